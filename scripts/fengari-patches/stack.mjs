// Patches for the stack: its slots stay and are used again. A slot above the top holds nil and belongs to nobody else.

const WHY =
  "a popped slot is emptied, not deleted: that turns the array into a slow object, and the next push makes a new one";

const patch = (file, name, why, find, replace, more = {}) => ({ file, name, why, find, replace, ...more });

const pops = (file, count) => patch(file, "pop", WHY, "delete L.stack[--L.top];", "lobject.popobj(L);", { count });

export const stackPatches = [
  patch(
    "lcode.js",
    "the size of a frame",
    "the compiler counts registers with numbers that are no small integers to the engine, and each frame would take boxes for its bounds",
    "        fs.f.maxstacksize = newstack;",
    "        fs.f.maxstacksize = newstack | 0;",
  ),
  patch(
    "lapi.js",
    "popping nothing",
    "-0 - 1 is no small integer to the engine, and from then on no top of any stack is: each takes a box, and each sum with it a new one",
    "    lua_settop(L, -n - 1);",
    "    lua_settop(L, -1 - n);",
  ),
  patch(
    "lobject.js",
    "push and pop",
    WHY,
    "const pushobj2s = function(L, tv) {\n    L.stack[L.top++] = new TValue(tv.type, tv.value);\n};\nconst pushsvalue2s = function(L, ts) {\n    L.stack[L.top++] = new TValue(LUA_TLNGSTR, ts);\n};",
    `/* the slot at 'i', which may be above the top */
const slotat = function(L, i) {
    let slot = L.stack[i];
    if (slot === void 0) slot = L.stack[i] = new TValue(LUA_TNIL, null);
    return slot;
};
const pushtyped = function(L, type, value) {
    let slot = slotat(L, L.top++);
    slot.type = type;
    slot.value = value;
};
const pushobj2s = function(L, tv) {
    let slot = slotat(L, L.top++);
    slot.type = tv.type;
    slot.value = tv.value;
};
const pushsvalue2s = function(L, ts) {
    let slot = slotat(L, L.top++);
    slot.type = LUA_TLNGSTR;
    slot.value = ts;
};
const popobj = function(L) {
    let slot = L.stack[--L.top];
    slot.type = LUA_TNIL;
    slot.value = null;
};
/* empty the slots from 'from' up to 'to' (exclusive) */
const clearslots = function(L, from, to) {
    let stack = L.stack;
    for (let i = from; i < to; i++) {
        let slot = stack[i];
        slot.type = LUA_TNIL;
        slot.value = null;
    }
};
module.exports.slotat = slotat;
module.exports.pushtyped = pushtyped;
module.exports.popobj = popobj;
module.exports.clearslots = clearslots;`,
  ),
  patch(
    "ltm.js",
    "result of a metamethod",
    WHY,
    "        let tv = L.stack[L.top-1];\n        delete L.stack[--L.top];\n        p3.setfrom(tv);",
    "        p3.setfrom(L.stack[L.top-1]);\n        lobject.popobj(L);",
  ),
  pops("ldebug.js", 1),
  pops("lparser.js", 1),
  patch(
    "lapi.js",
    "end of next",
    WHY,
    `    L.stack[L.top] = new TValue();
    let more = ltable.luaH_next(L, t.value, L.top - 1);
    if (more) {
        api_incr_top(L);
        return 1;
    } else {
        delete L.stack[L.top];
        delete L.stack[--L.top];
        return 0;`,
    `    lobject.slotat(L, L.top);
    let more = ltable.luaH_next(L, t.value, L.top - 1);
    if (more) {
        api_incr_top(L);
        return 1;
    } else {
        lobject.popobj(L);
        return 0;`,
  ),
  patch(
    "lapi.js",
    "nothing moved to another thread",
    "a pre-empted one may have more open results than its frame has registers",
    "    if (from === to) return;\n",
    "    if (from === to || n === 0) return;\n",
  ),
  patch("lapi.js", "values moved to another thread", WHY, "        delete from.stack[from.top + i];\n", ""),
  patch(
    "lapi.js",
    "values moved from one thread to another",
    WHY,
    "        to.stack[to.top] = new lobject.TValue();\n        lobject.setobj2s(to, to.top, from.stack[from.top + i]);\n        to.top++;\n    }",
    "        lobject.pushobj2s(to, from.stack[from.top + i]);\n    }\n    lobject.clearslots(from, from.top, from.top + n);",
  ),
  patch(
    "lapi.js",
    "upvalues of a C closure",
    WHY,
    "        for (let i=1; i<n; i++)\n            delete L.stack[--L.top];\n        if (n>0)\n            --L.top;",
    "        for (let i=0; i<n; i++)\n            lobject.popobj(L);",
  ),
  pops("lapi.js", 14),
  ...[
    ["nil", "LUA_TNIL, null", 3],
    ["number", "LUA_TNUMFLT, n", 1],
    ["function", "LUA_TLCF, fn", 1],
    ["boolean", "LUA_TBOOLEAN, !!b", 1],
    ["light userdata", "LUA_TLIGHTUSERDATA, p", 1],
    ["thread", "LUA_TTHREAD, L", 1],
    ["metatable", "LUA_TTABLE, mt", 1],
    ["user value", "uv.type, uv.value", 1],
    ["typed value", "type, value", 1],
  ].map(([name, args, count]) =>
    patch("lapi.js", `push a ${name}`, WHY, `L.stack[L.top] = new TValue(${args});`, `setslot(L, ${args});`, { count }),
  ),
  patch(
    "lapi.js",
    "set the slot at the top",
    WHY,
    "const isvalid = function(o) {",
    `/* before 'api_incr_top' */
const setslot = function(L, type, value) {
    let slot = lobject.slotat(L, L.top);
    slot.type = type;
    slot.value = value;
};

const isvalid = function(o) {`,
  ),
  patch(
    "lapi.js",
    "push an integer",
    WHY,
    "    L.stack[L.top] = new TValue();\n    L.stack[L.top].setnumvalue(n);",
    "    lobject.slotat(L, L.top).setnumvalue(n);",
    { count: 3 },
  ),
  patch(
    "lapi.js",
    "slot of a C closure",
    WHY,
    "        L.stack[L.top].setclCvalue(cl);",
    "        lobject.slotat(L, L.top).setclCvalue(cl);",
  ),
  patch(
    "ldo.js",
    "set the top",
    WHY,
    `    if (L.top < newtop) {
        while (L.top < newtop)
            L.stack[L.top++] = new lobject.TValue(LUA_TNIL, null);
    } else {
        while (L.top > newtop)
            delete L.stack[--L.top];
    }
};`,
    `    let top = L.top;
    if (top < newtop) {
        for (let i = top; i < newtop; i++)
            lobject.slotat(L, i).setnilvalue();
    } else
        lobject.clearslots(L, newtop, top);
    L.top = newtop;
};

/* see that all registers of a frame are there; below 'framed' they are */
const growframes = function(L, top) {
    for (let i = L.framed; i < top; i++)
        lobject.slotat(L, i);
    L.framed = top;
};`,
  ),
  patch(
    "ldo.js",
    "room for an error",
    WHY,
    "    while (L.top < oldtop + 1)\n        L.stack[L.top++] = new lobject.TValue(LUA_TNIL, null);\n",
    "    if (L.top < oldtop + 1) adjust_top(L, oldtop + 1);\n",
  ),
  patch(
    "ldo.js",
    "a stack that gets smaller",
    WHY,
    "    L.stack.length = newsize;\n",
    "    L.stack.length = newsize;\n    if (L.framed > newsize) L.framed = newsize;\n",
  ),
  patch(
    "ldo.js",
    "increment the top",
    WHY,
    "    luaD_checkstack(L, 1);\n    L.stack[L.top++] = new lobject.TValue(LUA_TNIL, null);",
    "    luaD_checkstack(L, 1);\n    lobject.slotat(L, L.top++);",
  ),
  patch(
    "ldo.js",
    "missing arguments",
    WHY,
    "                    L.stack[L.top++] = new lobject.TValue(LUA_TNIL, null); // complete missing arguments",
    "                    lobject.slotat(L, L.top++).setnilvalue(); // complete missing arguments",
  ),
  patch(
    "ldo.js",
    "missing arguments before variable ones",
    WHY,
    "    for (; i < nfixargs; i++)\n        L.stack[L.top++] = new lobject.TValue(LUA_TNIL, null);",
    "    for (; i < nfixargs; i++)\n        lobject.slotat(L, L.top++).setnilvalue();",
  ),
  patch(
    "ldo.js",
    "more results than slots",
    WHY,
    `                    if (res+i >= L.top)
                        L.stack[res + i] = new lobject.TValue(LUA_TNIL, null);
                    else
                        L.stack[res + i].setnilvalue();`,
    "                    lobject.slotat(L, res + i).setnilvalue();",
  ),
  pops("ldo.js", 1),
  patch(
    "ldo.js",
    "an error that goes to the main thread",
    "two stacks must not share a slot",
    "            g.mainthread.stack[g.mainthread.top++] = L.stack[L.top - 1];  /* copy error obj. */",
    "            lobject.pushobj2s(g.mainthread, L.stack[L.top - 1]);  /* copy error obj. */",
  ),
  patch(
    "lvm.js",
    "concatenated strings",
    WHY,
    "        for (; L.top > top-(n-1);)\n            delete L.stack[--L.top];",
    "        while (L.top > top-(n-1))\n            lobject.popobj(L);",
  ),
  pops("lvm.js", 2),
];
