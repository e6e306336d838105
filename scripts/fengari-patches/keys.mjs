// Patches for what a string is as the key of a table: a text, mostly the same one for equal strings.

const patch = (file, name, why, find, replace) => ({ file, name, why, find, replace });

export const keysPatches = [
  patch(
    "lstring.js",
    "equal strings",
    "what is known of both decides first",
    "    lua_assert(a instanceof TString);\n    lua_assert(b instanceof TString);\n    return a == b || luastring_eq(a.realstring, b.realstring);",
    "    if (a === b) return true;\n    if (a.hash !== null && b.hash !== null) return a.hash === b.hash;\n    return luastring_eq(a.realstring, b.realstring);",
  ),
  patch(
    "lstring.js",
    "keys of short strings",
    "the key of a string that was met lately is found again: equal keys are mostly the same text, which compares at once",
    "    if (len <= 32) {\n",
    `    if (len <= 32) {
        let at = len;
        for (let i=0; i<len; i++)
            at = at * 31 + str[i] | 0;
        at &= KNOWN - 1;
        let key = known[at];
        if (key !== void 0 && key.length === len + 1) {
            let i = 0;
            while (i < len && key.charCodeAt(i + 1) === str[i]) i++;
            if (i === len) return key;
        }
`,
  ),
  patch(
    "lstring.js",
    "remember a key",
    "as above",
    "            s += String.fromCharCode(str[i]);\n        return s;",
    "            s += String.fromCharCode(str[i]);\n        known[at] = s;\n        return s;",
  ),
  patch(
    "lstring.js",
    "known keys",
    "as above",
    "const luaS_hash = function(str) {\n    lua_assert(is_luastring(str));",
    `const KNOWN = 2048;
const known = new Array(KNOWN);
const luaS_hash = function(str) {`,
  ),
  patch(
    "lstring.js",
    "key at hand",
    "asked for with each look into a table",
    "    lua_assert(ts instanceof TString);\n    if(ts.hash",
    "    if(ts.hash",
  ),
];
