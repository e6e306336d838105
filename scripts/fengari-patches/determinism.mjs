// Patches that keep one process from showing in another: no closure cache in shared prototypes, no identities spent on them.

export const determinismPatches = [
  {
    file: "lvm.js",
    name: "constructors fill from the front",
    why: "pairs walks in insertion order, and {1, 2, 3} should be walked as written",
    find: "                for (; n > 0; n--) {\n                    ltable.luaH_setint(h, last--, L.stack[ra + n]);\n                }",
    replace: `                for (let j = 1; j <= n; j++)
                    ltable.luaH_setint(h, last - n + j, L.stack[ra + j]);`,
  },
  {
    file: "ltablib.js",
    name: "table.pack fills from the front",
    why: "as above",
    find: "    for (let i = n; i >= 1; i--)  /* assign elements */\n        lua_seti(L, 1, i);",
    replace: `    for (let i = 1; i <= n; i++) {  /* assign elements */
        lua_pushvalue(L, i + 1);
        lua_seti(L, 1, i);
    }
    lua_settop(L, 1);`,
  },
  {
    file: "lvm.js",
    name: "no closure cache",
    why: "prototypes are shared by processes: whether two closures are equal would depend on who ran in between",
    find: "const getcached = function(p, encup, stack, base) {",
    until: "/*\n** create a new Lua closure, push it in the stack",
    replace: "",
  },
  {
    file: "lvm.js",
    name: "closure without cache",
    why: "as above",
    find: "                let ncl = getcached(p, cl.upvals, L.stack, base);  /* cached closure */",
    until: "                break;\n            }\n            case OP_VARARG: {",
    replace: "                pushclosure(L, p, cl.upvals, base, ra);\n",
  },
  {
    file: "lvm.js",
    name: "closure is not cached",
    why: "as above",
    find: "    p.cache = ncl;  /* save it on cache for reuse */\n",
    replace: "",
  },
  {
    file: "lfunc.js",
    name: "prototypes have no identity",
    why: "a cached compilation must not change the addresses a process sees",
    find: "        this.id = L.l_G.id_counter++;\n",
    replace: "",
  },
  {
    file: "lobject.js",
    name: "userdata get their identity when it is printed",
    why: "the host keeps one for an object that several processes see; whoever was first would show in what it prints",
    find: "        this.id = L.l_G.id_counter++;\n\n        this.metatable = null;\n        this.uservalue",
    replace:
      "        this.G = L.l_G;\n        this.address = 0;\n\n        this.metatable = null;\n        this.uservalue",
  },
  {
    file: "lobject.js",
    name: "identity of a userdata",
    why: "as above",
    find: "        this.data = Object.create(null); // ignores size argument\n    }\n",
    replace: `        this.data = null;
    }

    get id() {
        if (this.address === 0) this.address = this.G.id_counter++;
        return this.address;
    }
`,
  },
];
