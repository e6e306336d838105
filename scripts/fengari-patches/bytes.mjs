// Patches for the making of strings: no views, no arrays of numbers and no second copies on the way to the bytes of a string.

const VIEWS = "a view costs as much as a string, and a short loop less than a call";
const TWICE = "the bytes were copied twice";

const patch = (file, name, why, find, replace, until) => ({ file, name, why, find, replace, until });

export const bytesPatches = [
  patch(
    "defs.js",
    "bytes of ASCII texts",
    "an array of numbers that is then copied is slow, and most texts need none",
    "    let outU8Array = Array(len);",
    `    let ascii = new Uint8Array(len);
    let at = 0;
    for (; at < len; at++) {
        let u = str.charCodeAt(at);
        if (u > 0x7F) break;
        ascii[at] = u;
    }
    if (at === len) {
        if (cache) to_luastring_cache[str] = ascii;
        return ascii;
    }
    let outU8Array = Array(len);`,
  ),
  patch(
    "lobject.js",
    "digits of an integer",
    "no text on the way",
    "        buff = to_luastring(lua_integer2str(obj.value));",
    "        buff = digits(obj.value);",
  ),
  patch(
    "lobject.js",
    "writing digits",
    "as above",
    "const luaO_tostring = function(L, obj) {",
    `const digits = function(n) {
    let rest = n < 0 ? -n : n;
    let length = n < 0 ? 2 : 1;
    for (let limit = 10; limit <= rest; limit *= 10) length++;
    let bytes = new Uint8Array(length);
    if (n < 0) bytes[0] = 45;
    do {
        let tenth = Math.floor(rest / 10);
        bytes[--length] = 48 + rest - tenth * 10;
        rest = tenth;
    } while (rest > 0);
    return bytes;
};

const luaO_tostring = function(L, obj) {`,
  ),
  patch(
    "lapi.js",
    "part of a string",
    TWICE,
    "const lua_pushlstring = function(L, s, len) {",
    `/* push the bytes of 's' from 'start' up to 'end' */
const lua_pushslice = function(L, s, start, end) {
    lobject.pushsvalue2s(L, luaS_bless(L, s.slice(start, end)));
    api_check(L, L.top <= L.ci.top, "stack overflow");
};
module.exports.lua_pushslice = lua_pushslice;

const lua_pushlstring = function(L, s, len) {`,
  ),
  patch(
    "lapi.js",
    "start of a string",
    TWICE,
    "        ts = luaS_new(L, s.subarray(0, len));",
    "        ts = luaS_bless(L, s.slice(0, len));",
  ),
  patch(
    "lapi.js",
    "metafields",
    "pushing a metatable and a key only to look it up is most of tostring",
    "const lua_getuservalue = function(L, idx) {",
    `const metafields = new WeakMap();

/* push the field of the metatable, unless it is nil; 'event' are bytes that never change */
const lua_pushmetafield = function(L, objindex, event) {
    let obj = index2addr(L, objindex);
    let type = obj.ttnov();
    let mt = type === LUA_TTABLE || type === LUA_TUSERDATA ? obj.value.metatable : L.l_G.mt[type];
    if (mt === null || mt === undefined) return LUA_TNIL;
    let name = metafields.get(event);
    if (name === undefined) {
        name = luaS_bless(L, event);
        metafields.set(event, name);
    }
    let field = ltable.luaH_getstr(mt, name);
    if (field.type === LUA_TNIL) return LUA_TNIL;
    lobject.pushobj2s(L, field);
    api_check(L, L.top <= L.ci.top, "stack overflow");
    return field.ttnov();
};
module.exports.lua_pushmetafield = lua_pushmetafield;

const lua_getuservalue = function(L, idx) {`,
  ),
  patch(
    "lauxlib.js",
    "metafields of values",
    "as above",
    "    if (!lua_getmetatable(L, obj))  /* no metatable? */\n        return LUA_TNIL;",
    "    return lua_pushmetafield(L, obj, from_userstring(event));\n};\n\n",
    "const luaL_callmeta = function(L, obj, event) {",
  ),
  patch(
    "lauxlib.js",
    "part of a string at hand",
    TWICE,
    'const { luaG_liberror } = require("./ldebug.js");',
    'const { luaG_liberror } = require("./ldebug.js");\nconst { lua_pushmetafield, lua_pushslice } = require("./lapi.js");',
  ),
  patch(
    "lauxlib.js",
    "texts of numbers",
    "a format and its arguments are not needed",
    "                if (lua_isinteger(L, idx))\n                    lua_pushfstring(L, p_I, lua_tointeger(L, idx));",
    "                lua_pushvalue(L, idx);  /* becomes a string below */\n                break;\n            }\n",
    "            case LUA_TSTRING:\n                lua_pushvalue(L, idx);",
  ),
  patch(
    "lauxlib.js",
    "no formats of numbers",
    "as above",
    'const p_I = to_luastring("%I");\nconst p_f = to_luastring("%f");\n',
    "",
  ),
  patch(
    "lauxlib.js",
    "room in a buffer",
    VIEWS,
    "const luaL_prepbuffsize = function(B, sz) {\n    let newend = B.n + sz;",
    "const growbuffer = function(B, sz) {\n    let newend = B.n + sz;",
  ),
  patch(
    "lauxlib.js",
    "smallest buffer",
    "one that grows by what is added next grows with each of the first few",
    "Math.max(B.b.length * 2, newend);",
    "Math.max(B.b.length * 2, newend, 64);",
  ),
  patch(
    "lauxlib.js",
    "view of a buffer",
    VIEWS,
    "        B.b = newbuff;\n    }\n    return B.b.subarray(B.n, newend);",
    `        B.b = newbuff;
    }
};

const luaL_prepbuffsize = function(B, sz) {
    growbuffer(B, sz);
    return B.b.subarray(B.n, B.n + sz);`,
  ),
  patch(
    "lauxlib.js",
    "add to a buffer",
    VIEWS,
    "        let b = luaL_prepbuffsize(B, l);\n        b.set(s.subarray(0, l));\n        luaL_addsize(B, l);",
    `        growbuffer(B, l);
        let b = B.b;
        let n = B.n;
        if (l > 32) b.set(l === s.length ? s : s.subarray(0, l), n);
        else for (let i = 0; i < l; i++) b[n + i] = s[i];
        B.n = n + l;`,
  ),
  patch(
    "lauxlib.js",
    "result of a buffer",
    TWICE,
    "    lua_pushlstring(B.L, B.b, B.n);",
    "    lua_pushslice(B.L, B.b, 0, B.n);",
  ),
  patch(
    "lstrlib.js",
    "part of a string at hand",
    TWICE,
    "const { luaG_charge, luaG_liberror } = require('./ldebug.js');",
    "const { luaG_charge, luaG_liberror } = require('./ldebug.js');\nconst { lua_pushslice } = require('./lapi.js');",
  ),
  patch(
    "lstrlib.js",
    "string.sub",
    TWICE,
    "        lua_pushstring(L, s.subarray(start - 1, (start - 1) + (end - start + 1)));",
    "        lua_pushslice(L, s, start - 1, end);",
  ),
  patch(
    "lstrlib.js",
    "whole match",
    TWICE,
    "            lua_pushlstring(ms.L, ms.src.subarray(s, e), e - s);  /* add whole match */",
    "            lua_pushslice(ms.L, ms.src, s, e);  /* add whole match */",
  ),
  patch(
    "lstrlib.js",
    "captures",
    TWICE,
    "            lua_pushlstring(ms.L, ms.src.subarray(ms.capture[i].init), l);",
    "            lua_pushslice(ms.L, ms.src, ms.capture[i].init, ms.capture[i].init + l);",
  ),
  patch(
    "lvm.js",
    "copy to a concatenation",
    VIEWS,
    "        let l = tv.vslen();  /* length of string being copied */\n        let s = tv.svalue();\n        buff.set(s, tl);\n",
    `        let s = tv.value.realstring;
        let l = s.length;  /* length of string being copied */
        if (l > 32) buff.set(s, tl);
        else for (let i = 0; i < l; i++) buff[tl + i] = s[i];
`,
  ),
];
