// Patches for limits: string sizes, stack depth, and JavaScript exceptions (a kill passes everything, others become Lua errors).

export const limitsPatches = [
  {
    file: "ldo.js",
    name: "levels that an error unwinds",
    why: "a JavaScript exception takes longer the deeper it is thrown, some microseconds a level; so does the way back",
    find: "    L.nCcalls = oldnCcalls;\n\n    return lj.status;",
    replace: `    if (lj.status > LUA_YIELD) L.l_G.fuel -= 200 * (L.nCcalls - oldnCcalls);
    L.nCcalls = oldnCcalls;

    return lj.status;`,
  },
  {
    file: "ldo.js",
    name: "results that are passed on",
    why: "a chain of calls can pass thousands of results on with a few instructions",
    find: "        case LUA_MULTRET: {\n            for (let i = 0; i < nres; i++)",
    replace:
      "        case LUA_MULTRET: {\n            L.l_G.fuel -= nres >> 2;\n            for (let i = 0; i < nres; i++)",
  },
  {
    file: "luaconf.js",
    name: "stack size",
    why: "a million slots per coroutine is 100 MB before an endless recursion is stopped",
    find: "conf.LUAI_MAXSTACK || 1000000",
    replace: "conf.LUAI_MAXSTACK || 200000",
  },
  {
    file: "lstring.js",
    name: "string size",
    why: "every new Lua string passes here; its bytes are also charged",
    find: "    lua_assert(str instanceof Uint8Array);\n    return new TString(L, str);",
    replace: `    lua_assert(str instanceof Uint8Array);
    if (str.length > 64) {
        let g = L.l_G;
        if (str.length > g.maxstring) require('./ldebug.js').luaG_liberror(L, "string too large");
        g.fuel -= str.length >> 4;
    }
    return new TString(L, str);`,
  },
  {
    file: "lauxlib.js",
    name: "buffer size",
    why: "refuse before allocating",
    find: "    if (B.b.length < newend) {",
    replace: `    if (newend > B.L.l_G.maxstring) luaG_liberror(B.L, "string too large");
    if (B.b.length < newend) {`,
  },
  {
    file: "lauxlib.js",
    name: "buffer size needs the error",
    why: "as above",
    find: '} = require("./fengaricore.js");',
    replace: '} = require("./fengaricore.js");\nconst { luaG_liberror } = require("./ldebug.js");',
  },
  {
    file: "lauxlib.js",
    name: "one character",
    why: "a view per character is most of the time of gsub",
    find: "    luaL_prepbuffsize(B, 1);\n    B.b[B.n++] = c;",
    replace: "    if (B.n >= B.b.length) luaL_prepbuffsize(B, 1);\n    B.b[B.n++] = c;",
  },
  {
    file: "lstrlib.js",
    name: "string.rep size",
    why: "refuse before allocating; nothing repeated is nothing",
    find: '    if (n <= 0) lua_pushliteral(L, "");\n    else if (l + lsep < l || l + lsep > MAXSIZE / n)  /* may overflow? */\n        return luaL_error(L, to_luastring("resulting string too large"));',
    replace:
      '    if (n <= 0 || l + lsep === 0) lua_pushliteral(L, "");\n    else if (n * l + (n - 1) * lsep > L.l_G.maxstring)\n        return luaG_liberror(L, "string too large");',
  },
  {
    file: "lvm.js",
    name: "concatenation size",
    why: "refuse before allocating",
    find: "            let buff = new Uint8Array(tl);",
    replace:
      '            if (tl > L.l_G.maxstring) ldebug.luaG_liberror(L, "string too large");\n            let buff = new Uint8Array(tl);',
  },
  {
    file: "ldo.js",
    name: "a kill passes",
    why: "no pcall, error handler or coroutine may see the end of a thread",
    find: "    } catch (e) {\n        if (lj.status === LUA_OK) {",
    replace: "    } catch (e) {\n        if (L.l_G.killed) throw e;\n        if (lj.status === LUA_OK) {",
  },
  {
    file: "ldo.js",
    name: "a kill passes error handling",
    why: "the handler of a JavaScript error may be where the kill happens",
    find: "                } catch (e2) {\n",
    replace: "                } catch (e2) {\n                    if (L.l_G.killed) throw e2;\n",
  },
  {
    file: "ldo.js",
    name: "call depth message",
    why: "as Lua says it",
    find: 'ldebug.luaG_runerror(L, to_luastring("JS stack overflow", true));',
    replace: 'ldebug.luaG_runerror(L, to_luastring("C stack overflow", true));',
  },
  {
    file: "ldo.js",
    name: "resume depth message",
    why: "as Lua says it",
    find: 'return resume_error(L, "JS stack overflow", nargs);',
    replace: 'return resume_error(L, "C stack overflow", nargs);',
  },
  {
    file: "ldo.js",
    name: "yield message",
    why: "as Lua says it",
    find: "attempt to yield across a JS-call boundary",
    replace: "attempt to yield across a C-call boundary",
  },
  {
    file: "lparser.js",
    name: "nesting message",
    why: "as Lua says it",
    find: 'checklimit(ls.fs, L.nCcalls, LUAI_MAXCCALLS, to_luastring("JS levels", true));',
    replace: 'checklimit(ls.fs, L.nCcalls, LUAI_MAXCCALLS, to_luastring("C levels", true));',
  },
  {
    file: "lparser.js",
    name: "assignment nesting message",
    why: "as Lua says it",
    find: 'checklimit(ls.fs, nvars + ls.L.nCcalls, LUAI_MAXCCALLS, to_luastring("JS levels", true));',
    replace: 'checklimit(ls.fs, nvars + ls.L.nCcalls, LUAI_MAXCCALLS, to_luastring("C levels", true));',
  },
];
