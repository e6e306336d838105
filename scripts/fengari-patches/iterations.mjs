// Patches for `for k, v in pairs(t)` and `ipairs(t)`: a step over a plain table is taken in place, all else is called as before.

const PLACE = "a call of next for each step costs more than the step";

const patch = (file, name, find, replace) => ({ file, name, why: PLACE, find, replace });

export const iterationsPatches = [
  patch(
    "lstate.js",
    "who steps",
    "        this.rng = null;  /* of the running environment */",
    `        this.rng = null;  /* of the running environment */
        this.next = null;  /* the function that pairs gives */
        this.ipairsaux = null;  /* and that of ipairs */`,
  ),
  patch(
    "lbaselib.js",
    "tell who steps",
    "    luaL_setfuncs(L, base_funcs, 0);",
    "    luaL_setfuncs(L, base_funcs, 0);\n    L.l_G.next = luaB_next;\n    L.l_G.ipairsaux = ipairsaux;",
  ),
  patch(
    "ltable.js",
    "one step",
    "module.exports.Walk         =",
    `/* as luaH_next, but from one slot to others; false where only a call of next can tell what is wrong */
const luaH_step = function(L, table, from, key, value) {
    if (from.type === LUA_TNUMFLT) return false;
    let at = from.type === LUA_TNIL ? storage.following(table, void 0, 0) : storage.followingKey(table, table_hash(L, from));
    if (at === null) return false;
    if (at === void 0) {
        key.type = value.type = LUA_TNIL;
        key.value = value.value = null;
        return true;
    }
    let found = setkey(table, key, at);
    value.type = found.type;
    value.value = found.value;
    return true;
};
module.exports.luaH_step    = luaH_step;
module.exports.Walk         =`,
  ),
  patch(
    "lvm.js",
    "step in place",
    "                let cb = ra + 3; /* call base */\n",
    `                let cb = ra + 3; /* call base */
                if (i.C <= 2 && step(L, G, stack, ra)) {
                    i = code[pc++];
                    ra = base + i.A;
                    if (stack[cb].type !== LUA_TNIL) {
                        lobject.setobjs2s(L, ra, cb); /* save control variable */
                        pc += i.sBx; /* jump back */
                    }
                    break;
                }
`,
  ),
  patch(
    "lvm.js",
    "limit of calls",
    "    lua_assert,\n    luai_nummod\n}",
    "    LUAI_MAXCCALLS,\n    lua_assert,\n    luai_nummod\n}",
  ),
  patch("lvm.js", "room of a call", "    LUA_MASKLINE,\n", "    LUA_MASKLINE,\n    LUA_MINSTACK,\n"),
  patch(
    "lvm.js",
    "steps",
    "const luaV_execute = function(L) {",
    `/* take the step of a loop whose iterator is at 'ra'; false where it must be called, as where a call may overflow a stack */
const step = function(L, G, stack, ra) {
    let f = stack[ra], state = stack[ra + 1], control = stack[ra + 2];
    if (f.type !== LUA_TLCF || state.type !== LUA_TTABLE) return false;
    if (L.nCcalls + 1 >= LUAI_MAXCCALLS || L.stack_last - ra - 6 <= LUA_MINSTACK) return false;
    let key = stack[ra + 3], value = stack[ra + 4];
    if (f.value === G.next) return ltable.luaH_step(L, state.value, control, key, value);
    if (f.value !== G.ipairsaux || control.type !== LUA_TNUMINT) return false;
    let index = control.value + 1;
    if ((index|0) !== index) return false;
    let found = ltable.luaH_getint(state.value, index);
    if (found.type === LUA_TNIL) {
        if (state.value.metatable !== null) return false;
        key.type = value.type = LUA_TNIL;
        key.value = value.value = null;
        return true;
    }
    key.type = LUA_TNUMINT;
    key.value = index;
    value.type = found.type;
    value.value = found.value;
    return true;
};

const luaV_execute = function(L) {`,
  ),
];
