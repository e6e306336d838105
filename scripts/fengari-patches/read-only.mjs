// Patches for tables: a read-only flag that every write path obeys, and a base table that missing keys fall through to.

const REFUSE = 'ldebug.luaG_liberror(L, "attempt to modify a read-only table");';

export const readOnlyPatches = [
  {
    file: "ltable.js",
    name: "table fields",
    why: "shared libraries are read-only; an environment falls through to the shared globals without copying or metatable",
    find: "        this.flags = ~0;",
    replace: `        this.flags = ~0;
        this.frozen = false;
        this.base = void 0;  /* table that missing keys are looked up in */
        this.host = void 0;  /* the host's object for this table */`,
  },
  {
    file: "lapi.js",
    name: "rawseti",
    why: "the one write of library code that does not go through luaH_setfrom, where all others are refused",
    find: "    ltable.luaH_setint(o.value, n, L.stack[L.top - 1]);",
    replace: `    if (o.value.frozen) ${REFUSE}
    ltable.luaH_setint(o.value, n, L.stack[L.top - 1]);`,
  },
  {
    file: "lapi.js",
    name: "setmetatable",
    why: "a metatable changes what a table does",
    find: "            obj.value.metatable = mt;\n            break;\n        }\n        default: {\n            L.l_G.mt[",
    replace: `            if (obj.value.frozen) ${REFUSE}
            obj.value.metatable = mt;
            break;
        }
        default: {
            L.l_G.mt[`,
  },
];
