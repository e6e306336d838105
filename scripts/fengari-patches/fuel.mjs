// Patches that count instructions: one counter per state, taken down by the machine and by library functions that do much work.

const charge = (file, name, find, replace) => ({
  file,
  name,
  why: "work in a library function counts as instructions",
  find,
  replace,
});

export const fuelPatches = [
  {
    file: "lvm.js",
    name: "count each instruction",
    why: "one counter for all coroutines; a count hook is per coroutine, so many short ones escape it",
    find: "        if (L.hookmask & (LUA_MASKLINE | LUA_MASKCOUNT)) {\n            ldebug.luaG_traceexec(L);\n        }",
    replace: "        if (--G.fuel < 0) ldebug.luaG_outoffuel(L);",
  },
  {
    file: "lvm.js",
    name: "counter at hand",
    why: "as above",
    find: "    ci.callstatus |= lstate.CIST_FRESH;\n    newframe:",
    replace: "    let G = L.l_G;\n\n    ci.callstatus |= lstate.CIST_FRESH;\n    newframe:",
  },
  {
    file: "ldebug.js",
    name: "out of fuel",
    why: "yields before the instruction, as a count hook may; the instruction runs when resumed",
    find: "const luaG_traceexec = function(L) {",
    replace: `const luaG_outoffuel = function(L) {
    let ci = L.ci;
    if (!L.l_G.onfuel(L, true)) return;
    L.status = LUA_YIELD;
    ci.l_savedpc--;  /* the instruction has not run */
    ci.extra = ci.funcOff;  /* stays where it is: nothing is passed at this yield, and a traceback reads it */
    ldo.luaD_throw(L, LUA_YIELD);
};
module.exports.luaG_outoffuel = luaG_outoffuel;

/* library code cannot yield here, only be killed */
const luaG_charge = function(L, n) {
    let g = L.l_G;
    if ((g.fuel -= n) < 0) g.onfuel(L, false);
};
module.exports.luaG_charge = luaG_charge;

const luaG_traceexec = function(L) {`,
  },
  {
    file: "lapi.js",
    name: "allowhook after pcall",
    why: "the stock expression keeps the old bit, so hooks stay off in a coroutine once pcall has caught an error",
    find: "ci.callstatus &= ~lstate.CIST_OAH | L.allowhook;",
    replace: "ci.callstatus = (ci.callstatus & ~lstate.CIST_OAH) | L.allowhook;",
  },
  charge(
    "lstrlib.js",
    "match steps",
    "    if (ms.matchdepth-- === 0)",
    "    luaG_charge(ms.L, 1);\n    if (ms.matchdepth-- === 0)",
  ),
  charge(
    "lstrlib.js",
    "class of a match",
    "                    let ep = classend(ms, p);  /* points to optional suffix */",
    "                    let ep = classend(ms, p);  /* points to optional suffix */\n                    luaG_charge(ms.L, 1 + (ep - p >> 3));",
  ),
  charge(
    "lstrlib.js",
    "repetitions",
    "    while (singlematch(ms, s + i, p, ep))\n        i++;",
    "    let cost = 1 + (ep - p >> 3);\n    while (singlematch(ms, s + i, p, ep)) {\n        luaG_charge(ms.L, cost);\n        i++;\n    }",
  ),
  charge(
    "lstrlib.js",
    "shortest repetitions",
    "        else if (singlematch(ms, s, p, ep))\n            s++;",
    "        else if (luaG_charge(ms.L, 1 + (ep - p >> 3)), singlematch(ms, s, p, ep))\n            s++;",
  ),
  charge(
    "lstrlib.js",
    "balanced match",
    "        while (++s < ms.src_end) {\n            if (ms.src[s] === e) {",
    "        while (++s < ms.src_end) {\n            luaG_charge(ms.L, 1);\n            if (ms.src[s] === e) {",
  ),
  charge(
    "lstrlib.js",
    "back reference",
    "    let len = ms.capture[l].len;\n    if (",
    "    let len = ms.capture[l].len;\n    luaG_charge(ms.L, len >> 3);\n    if (",
  ),
  charge(
    "lstrlib.js",
    "plain search",
    "const find_subarray = function(arr, subarr, from_index) {",
    "const find_subarray = function(L, arr, subarr, from_index) {",
  ),
  charge(
    "lstrlib.js",
    "plain search candidates",
    "    for (; (i = arr.indexOf(subarr[0], i)) !== -1; i++) {\n        if (",
    "    luaG_charge(L, arr.length >> 4);\n    for (; (i = arr.indexOf(subarr[0], i)) !== -1; i++) {\n        luaG_charge(L, 1 + (sl >> 3));\n        if (",
  ),
  charge(
    "lstrlib.js",
    "plain search call",
    "let f = find_subarray(s.subarray(init - 1), p, 0);",
    "let f = find_subarray(L, s.subarray(init - 1), p, 0);",
  ),
  charge(
    "lstrlib.js",
    "look for specials",
    "    /* explicit request or no special characters? */",
    "    luaG_charge(L, lp >> 2);\n    /* explicit request or no special characters? */",
  ),
  charge(
    "lstrlib.js",
    "string.rep",
    "        while (n-- > 1) {  /* first n-1 copies",
    "        luaG_charge(L, n);\n        while (n-- > 1) {  /* first n-1 copies",
  ),
  charge(
    "lstrlib.js",
    "string.byte",
    '    luaL_checkstack(L, n, "string slice too long");',
    '    luaG_charge(L, n);\n    luaL_checkstack(L, n, "string slice too long");',
  ),
  charge(
    "ltablib.js",
    "charge in table",
    "const TAB_R  = 1; ",
    "const { luaG_charge } = require('./ldebug.js');\n\nconst TAB_R  = 1; ",
  ),
  charge(
    "ltablib.js",
    "table.insert",
    "                lua_geti(L, 1, i - 1);",
    "                luaG_charge(L, 2);\n                lua_geti(L, 1, i - 1);",
  ),
  charge(
    "ltablib.js",
    "table.remove",
    "        lua_geti(L, 1, pos + 1);",
    "        luaG_charge(L, 2);\n        lua_geti(L, 1, pos + 1);",
  ),
  charge(
    "ltablib.js",
    "table.move up",
    "            for (let i = 0; i < n; i++) {\n                lua_geti(L, 1, f + i);",
    "            for (let i = 0; i < n; i++) {\n                luaG_charge(L, 2);\n                lua_geti(L, 1, f + i);",
  ),
  charge(
    "ltablib.js",
    "table.move down",
    "            for (let i = n - 1; i >= 0; i--) {\n                lua_geti(L, 1, f + i);",
    "            for (let i = n - 1; i >= 0; i--) {\n                luaG_charge(L, 2);\n                lua_geti(L, 1, f + i);",
  ),
  charge(
    "ltablib.js",
    "table.concat",
    "const addfield = function(L, b, i) {",
    "const addfield = function(L, b, i) {\n    luaG_charge(L, 2);",
  ),
  charge(
    "ltablib.js",
    "table.unpack",
    "    for (; i < e; i++)  /* push arg[i..e - 1]",
    "    luaG_charge(L, n);\n    for (; i < e; i++)  /* push arg[i..e - 1]",
  ),
  charge(
    "ltablib.js",
    "table.sort",
    "const sort_comp = function(L, a, b) {",
    "const sort_comp = function(L, a, b) {\n    luaG_charge(L, 4);",
  ),
  charge(
    "ltable.js",
    "long keys",
    "        case LUA_TLNGSTR:\n            return luaS_hashlongstr(key.tsvalue());",
    "        case LUA_TLNGSTR:\n            if (key.value.realstring.length > 64) L.l_G.fuel -= key.value.realstring.length >> 4;\n            return luaS_hashlongstr(key.tsvalue());",
  ),
  charge(
    "lvm.js",
    "comparing strings for equality",
    "        case LUA_TLNGSTR: {\n            return luaS_eqlngstr(",
    "        case LUA_TLNGSTR: {\n            if (L !== null && t1.value !== t2.value && t1.value.realstring.length > 64) L.l_G.fuel -= t1.value.realstring.length >> 4;\n            return luaS_eqlngstr(",
  ),
  ...["<", "<="].map((op) =>
    charge(
      "lvm.js",
      `comparing strings with ${op}`,
      `        return l_strcmp(l.tsvalue(), r.tsvalue()) ${op} 0 ? 1 : 0;`,
      `        return l_strcmp(L, l.tsvalue(), r.tsvalue()) ${op} 0 ? 1 : 0;`,
    ),
  ),
  charge(
    "lvm.js",
    "comparing strings",
    "const l_strcmp = function(ls, rs) {",
    "const l_strcmp = function(L, ls, rs) {\n    if (ls.realstring.length > 64) L.l_G.fuel -= ls.realstring.length >> 4;",
  ),
  charge(
    "lapi.js",
    "rawequal",
    "    return isvalid(o1) && isvalid(o2) ? lvm.luaV_equalobj(null, o1, o2) : 0;",
    "    if (o1.ttisstring()) L.l_G.fuel -= o1.vslen() >> 4;\n    return isvalid(o1) && isvalid(o2) ? lvm.luaV_equalobj(null, o1, o2) : 0;",
  ),
  charge(
    "lstrlib.js",
    "options of pack",
    "const getoption = function(h, fmt) {",
    "const getoption = function(h, fmt) {\n    luaG_charge(h.L, 1);",
  ),
  charge(
    "lvm.js",
    "all variable arguments",
    "                    b = n;  /* get all var. arguments */",
    "                    b = n;  /* get all var. arguments */\n                    G.fuel -= n >> 2;",
  ),
  charge(
    "lobject.js",
    "texts that are no numbers",
    "const luaO_str2num = function(s, o) {",
    "const luaO_str2num = function(s, o) {\n    if (s.length > 4096) return 0;  /* no numeral; reading it would cost without being counted */",
  ),
  charge(
    "lbaselib.js",
    "texts in a base that are no numbers",
    "        let n = b_str2int(s, base);",
    "        let n = s.length > 4096 ? null : b_str2int(s, base);",
  ),
  charge(
    "ltable.js",
    "new tables",
    "        this.id = L.l_G.id_counter++;\n        this.strong",
    "        this.id = L.l_G.id_counter++;\n        L.l_G.fuel -= 8;  /* memory: about 16 bytes an instruction */\n        this.strong",
  ),
  charge(
    "lstate.js",
    "new coroutines",
    "    let L1 = new lua_State(g);\n    L.stack[L.top]",
    "    let L1 = new lua_State(g);\n    g.fuel -= 64;  /* memory, as for tables */\n    L.stack[L.top]",
  ),
];
