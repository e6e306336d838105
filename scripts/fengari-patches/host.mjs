// Patches that remove the host (process, fs, os, console output) and every source of chance from the engine.

export const hostPatches = [
  {
    file: "luaconf.js",
    name: "length of a chunk name",
    why: "errors name the whole file",
    find: "conf.LUA_IDSIZE || (60-1)",
    replace: "conf.LUA_IDSIZE || 255",
  },
  {
    file: "luaconf.js",
    name: "no environment variable",
    why: "process does not exist in the workflow sandbox, and settings must not differ between machines",
    find: "const conf = (process.env.FENGARICONF ? JSON.parse(process.env.FENGARICONF) : {});",
    replace: "const conf = {};",
  },
  {
    file: "luaconf.js",
    name: "no file paths",
    why: "only the package library uses them, and it is not built in; luaconf then needs no other file, so load order is free",
    find: "const {\n    LUA_VERSION_MAJOR,",
    until: "/*\n@@ LUA_COMPAT_FLOATSTRING",
    replace: "",
  },
  {
    file: "lauxlib.js",
    name: "no files",
    why: "loads Node's fs",
    find: "const errfile = function(",
    until: "const luaL_checkversion_ = function(",
    replace: "",
  },
  ...[
    "luaL_dofile          = luaL_dofile",
    "luaL_loadfile        = luaL_loadfile",
    "luaL_loadfilex       = luaL_loadfilex",
  ].map((text) => ({
    file: "lauxlib.js",
    name: `no export ${text}`,
    why: "loads files",
    find: `module.exports.${text};\n`,
    replace: "",
  })),
  {
    file: "lauxlib.js",
    name: "no export lua_writestringerror",
    why: "writes to stderr",
    find: "module.exports.lua_writestringerror = lua_writestringerror;\n",
    replace: "",
  },
  {
    file: "lbaselib.js",
    name: "no print",
    why: "writes to stdout; print belongs to the process layer",
    find: "let lua_writestring;",
    until: "const luaB_tostring = function",
    replace: "",
  },
  {
    file: "lbaselib.js",
    name: "no load",
    why: "load, loadfile and dofile compile what a program made up or found on disk; bytecode can crash the host",
    find: "const load_aux = function(",
    until: "const base_funcs = {",
    replace: "",
  },
  ...["collectgarbage: luaB_collectgarbage", "dofile:         luaB_dofile", "load:           luaB_load"]
    .concat(["loadfile:       luaB_loadfile", "print:          luaB_print", "rawlen:         luaB_rawlen"])
    .map((text) => {
      const [key, value] = text.split(/:\s*/);
      return {
        file: "lbaselib.js",
        name: `no function ${key}`,
        why: "not part of the allow-list",
        find: `    "${key}":${" ".repeat(Math.max(1, 15 - key.length))}${value},\n`,
        replace: "",
      };
    }),
  {
    file: "lbaselib.js",
    name: "no collectgarbage body",
    why: "not part of the allow-list",
    find: "const opts = [",
    until: "const luaB_type = function(",
    replace: "",
  },
  {
    file: "lmathlib.js",
    name: "random from the running environment",
    why: "Math.random cannot be replayed, and a sequence shared by processes would depend on their interleaving",
    find: "let rand_state;",
    until: "const math_abs = function(",
    replace: `const math_random = function(L) {
    let r = L.l_G.rng.next();
    let low, up;
    switch (lua_gettop(L)) {
        case 0:
            lua_pushnumber(L, r);
            return 1;
        case 1:
            low = 1;
            up = luaL_checkinteger(L, 1);
            break;
        case 2:
            low = luaL_checkinteger(L, 1);
            up = luaL_checkinteger(L, 2);
            break;
        default: return luaL_error(L, to_luastring("wrong number of arguments"));
    }
    luaL_argcheck(L, low <= up, 1, to_luastring("interval is empty"));
    luaL_argcheck(L, up - low < Number.MAX_SAFE_INTEGER, 1, to_luastring("interval too large"));
    lua_pushinteger(L, Math.floor(r * (up - low + 1)) + low);
    return 1;
};

const math_randomseed = function(L) {
    L.l_G.rng.seed(luaL_checknumber(L, 1));
    return 0;
};

`,
  },
  {
    file: "ltablib.js",
    name: "sort without chance",
    why: "a sort that calls Lua code in another order is another execution",
    find: "return Math.floor(Math.random()*0x100000000);",
    replace: "return 0x9E3779B9;",
  },
  {
    file: "ltablib.js",
    name: "sort without lualib",
    why: "lualib loads every library",
    find: "const lualib = require('./lualib.js');",
    replace: "const lualib = { lua_assert: function() {} };",
  },
  {
    file: "lstrlib.js",
    name: "string without lualib",
    why: "lualib loads every library",
    find: "const lualib = require('./lualib.js');",
    replace: "const lualib = { lua_assert: function() {} };",
  },
  {
    file: "lapi.js",
    name: "no console",
    why: "the engine writes nowhere",
    find: "const lua_getallocf = function () {",
    until: "module.exports.api_incr_top ",
    replace: "",
  },
  ...["getallocf        ", "getextraspace    ", "setallocf        "].map((name) => ({
    file: "lapi.js",
    name: `no export lua_${name.trim()}`,
    why: "only prints a warning",
    find: `module.exports.lua_${name} = lua_${name.trim()};\n`,
    replace: "",
  })),
  {
    file: "lstate.js",
    name: "what the host keeps in a state",
    why: "fuel, caps, chance and kills belong to the engine that owns the state",
    find: "        this.ids = new WeakMap();",
    replace: `        this.ids = new WeakMap();
        this.fuel = 1073741824;  /* instructions left before 'onfuel' is asked */
        this.onfuel = null;  /* (L, instruction) => true to yield; refills or kills */
        this.maxstring = 16 * 1024 * 1024;
        this.killed = false;  /* a kill is passing: nothing may catch it */
        this.rng = null;  /* of the running environment */`,
  },
  {
    file: "lstate.js",
    name: "what the host keeps in a thread",
    why: "a coroutine must know whether the scheduler can be reached from it",
    find: "        this.errfunc = 0;",
    replace: `        this.errfunc = 0;
        this.reach = false;  /* every resumer up to the host's thread can yield */
        this.waiting = false;  /* suspended by the scheduler, not by coroutine.yield */
        this.resumer = null;  /* the thread that resumed this one, while it runs or waits for the scheduler */
        this.host = null;  /* the host's object for this thread */`,
  },
  {
    file: "ldebug.js",
    name: "host functions look like C functions",
    why: "an error shows no JavaScript",
    find: 'ar.source = to_luastring("=[JS]", true);',
    replace: 'ar.source = to_luastring("=[C]", true);',
  },
  {
    file: "ldebug.js",
    name: "host functions are C in debug information",
    why: "an error shows no JavaScript",
    find: 'ar.what = to_luastring("J", true);',
    replace: 'ar.what = to_luastring("C", true);',
  },
  {
    file: "ldebug.js",
    name: "errors raised by library code on behalf of Lua code",
    why: "they should show the Lua position even when a library function is on top",
    find: "const luaG_errormsg = function(L) {",
    replace: `const luaG_liberror = function(L, msg) {
    let ci = L.ci;
    while (ci !== null && ci !== L.base_ci && !(ci.callstatus & lstate.CIST_LUA)) ci = ci.previous;
    ldo.luaD_checkstack(L, 5);
    lobject.luaO_pushfstring(L, to_luastring("%s"), to_luastring(msg));
    if (ci !== null && ci.callstatus & lstate.CIST_LUA)
        luaG_addinfo(L, L.stack[L.top - 1].svalue(), ci.func.value.p.source, currentline(ci));
    luaG_errormsg(L);
};
module.exports.luaG_liberror = luaG_liberror;

const luaG_errormsg = function(L) {`,
  },
];
