// Patches for integers in the API and the libraries: integral floats up to 2^53 are taken and given exactly.

export const integersPatches = [
  {
    file: "luaconf.js",
    name: "what counts as an integer",
    why: "integral floats up to 2^53 are exact; -0 becomes 0",
    find: "return n >= LUA_MININTEGER && n < -LUA_MININTEGER ? n : false;",
    replace: "return n >= -9007199254740992 && n <= 9007199254740992 ? n + 0 : false;",
  },
  {
    file: "lapi.js",
    name: "integer arguments of the API",
    why: "integral floats up to 2^53 are integers for library code",
    find: 'fengari_argcheck(typeof n === "number" && (n|0) === n);',
    replace:
      'fengari_argcheck(typeof n === "number" && n >= -9007199254740992 && n <= 9007199254740992 && Math.floor(n) === n);',
  },
  {
    file: "lapi.js",
    name: "pushinteger",
    why: "as above",
    find: `const lua_pushinteger = function(L, n) {
    fengari_argcheckinteger(n);
    L.stack[L.top] = new TValue(LUA_TNUMINT, n);`,
    replace: `const lua_pushinteger = function(L, n) {
    fengari_argcheckinteger(n);
    L.stack[L.top] = new TValue();
    L.stack[L.top].setnumvalue(n);`,
  },
  {
    file: "lapi.js",
    name: "geti",
    why: "as above",
    find: `    let t = index2addr(L, idx);
    fengari_argcheckinteger(n);
    L.stack[L.top] = new TValue(LUA_TNUMINT, n);
    api_incr_top(L);
    lvm.luaV_gettable(`,
    replace: `    let t = index2addr(L, idx);
    fengari_argcheckinteger(n);
    L.stack[L.top] = new TValue();
    L.stack[L.top].setnumvalue(n);
    api_incr_top(L);
    lvm.luaV_gettable(`,
  },
  {
    file: "lapi.js",
    name: "seti",
    why: "as above",
    find: `    let t = index2addr(L, idx);
    L.stack[L.top] = new TValue(LUA_TNUMINT, n);
    api_incr_top(L);
    lvm.settable(`,
    replace: `    let t = index2addr(L, idx);
    L.stack[L.top] = new TValue();
    L.stack[L.top].setnumvalue(n);
    api_incr_top(L);
    lvm.settable(`,
  },
  {
    file: "lbaselib.js",
    name: "tonumber with a base",
    why: "the stock one wraps, and ignores trailing garbage",
    find: "    let v = parseInt(r[1]+r[2], base);\n    if (isNaN(v)) return null;\n    return v|0;",
    replace: `    let v = 0;
    for (let i = 0; i < r[2].length; i++) {
        let d = parseInt(r[2][i], 36);
        if (d >= base) return null;
        v = v * base + d;
    }
    return r[1] === "-" ? 0 - v : v;`,
  },
  {
    file: "lbaselib.js",
    name: "tonumber result",
    why: "a numeral in a base may leave 2^53",
    find: "            lua_pushinteger(L, n);\n            return 1;\n        }\n    }\n\n    lua_pushnil(L);",
    replace:
      "            if (n <= Number.MAX_SAFE_INTEGER && n >= -Number.MAX_SAFE_INTEGER) lua_pushinteger(L, n);\n            else lua_pushnumber(L, n);\n            return 1;\n        }\n    }\n\n    lua_pushnil(L);",
  },
  {
    file: "lbaselib.js",
    name: "tonumber needs pushnumber",
    why: "as above",
    find: "    lua_pushnil,\n",
    replace: "    lua_pushnil,\n    lua_pushnumber,\n",
  },
  {
    file: "lmathlib.js",
    name: "abs",
    why: "32-bit integers wrap silently",
    find: "if (n < 0) n = (-n)|0;",
    replace: "if (n < 0) n = -n;",
  },
  {
    file: "lmathlib.js",
    name: "largest integer",
    why: "integers are exact up to 2^53 - 1",
    find: "    lua_pushinteger(L, LUA_MAXINTEGER);",
    replace: "    lua_pushinteger(L, Number.MAX_SAFE_INTEGER);",
  },
  {
    file: "lmathlib.js",
    name: "smallest integer",
    why: "integers are exact down to -(2^53 - 1)",
    find: "    lua_pushinteger(L, LUA_MININTEGER);",
    replace: "    lua_pushinteger(L, Number.MIN_SAFE_INTEGER);",
  },
  {
    file: "ltablib.js",
    name: "table.move bounds",
    why: "the stock bounds are those of 32 bits",
    find: "luaL_argcheck(L, f > 0 || e < LUA_MAXINTEGER + f, 3,",
    replace: "luaL_argcheck(L, e - f < Number.MAX_SAFE_INTEGER, 3,",
  },
  {
    file: "ltablib.js",
    name: "table.move destination",
    why: "as above",
    find: "luaL_argcheck(L, t <= LUA_MAXINTEGER - n + 1, 4,",
    replace: "luaL_argcheck(L, t <= Number.MAX_SAFE_INTEGER - n + 1, 4,",
  },
];
