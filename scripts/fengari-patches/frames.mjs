// Patches for the frames of calls: registers and call records are used again, and closing upvalues touches only those.

const REGISTERS = "registers need not be nil, only be there; what a frame leaves behind is emptied when it returns";
const SMALL = "a field that was NaN once is a boxed number for ever";
const FRAMES = "one object per level and not one per call";

const patch = (file, name, why, find, replace, more = {}) => ({ file, name, why, find, replace, ...more });

export const framesPatches = [
  patch(
    "lapi.js",
    "the top of a Lua frame stays",
    "a pre-empted thread has one on top: its registers would grow with every resume, up to a stack overflow",
    "    if (res && ci.top < L.top + n)\n",
    "    if (res && ci.top < L.top + n && !(ci.callstatus & lstate.CIST_LUA))\n",
  ),
  patch(
    "lstate.js",
    "what is known of the stack",
    REGISTERS,
    "        this.stack = null;\n",
    `        this.stack = null;
        this.framed = 0;  /* all slots below are there */
        this.open = [];  /* slots that closures have as open upvalues, in rising order */
`,
  ),
  patch(
    "ldo.js",
    "unwinding empties what frames have left",
    REGISTERS,
    "    while (L.top > oldtop + 1)\n        delete L.stack[--L.top];\n",
    "    lobject.clearslots(L, oldtop + 1, Math.max(L.top, L.framed));\n    L.top = oldtop + 1;\n",
  ),
  patch(
    "ldo.js",
    "registers of a frame",
    REGISTERS,
    "            adjust_top(L, ci.top);\n            ci.l_code",
    "            if (L.framed < ci.top) growframes(L, ci.top);\n            L.top = ci.top;\n            ci.l_code",
  ),
  patch(
    "ldo.js",
    "export growframes",
    REGISTERS,
    "module.exports.adjust_top ",
    "module.exports.growframes = growframes;\nmodule.exports.adjust_top ",
  ),
  patch(
    "ldo.js",
    "what a returning frame leaves",
    REGISTERS,
    "const moveresults = function(L, firstResult, res, nres, wanted) {",
    `/* 'end' is the end of what the frame has used */
const moveresults = function(L, firstResult, res, nres, wanted, end) {`,
  ),
  patch(
    "ldo.js",
    "end of a returning frame",
    REGISTERS,
    "    return moveresults(L, firstResult, res, nres, wanted);",
    "    let end = ci.callstatus & lstate.CIST_LUA && ci.top > L.top ? ci.top : L.top;\n    return moveresults(L, firstResult, res, nres, wanted, end);",
  ),
  patch(
    "ldo.js",
    "after all results",
    REGISTERS,
    "            for (let i=L.top; i>=(res + nres); i--)\n                delete L.stack[i];\n            L.top = res + nres;",
    "            if (end > res + nres) lobject.clearslots(L, res + nres, end);\n            L.top = res + nres;",
  ),
  patch(
    "ldo.js",
    "after the wanted results",
    REGISTERS,
    "    for (let i=L.top; i>=newtop; i--)\n        delete L.stack[i];\n    L.top = newtop;",
    "    if (end > newtop) lobject.clearslots(L, newtop, end);\n    L.top = newtop;",
  ),
  patch("lvm.js", "top of a running frame", REGISTERS, "ldo.adjust_top(L, ci.top);", "frametop(L, ci);", { count: 8 }),
  patch("lvm.js", "top after a tail call", REGISTERS, "ldo.adjust_top(L, oci.top);", "frametop(L, oci);"),
  patch("lvm.js", "top of a call", REGISTERS, "ldo.adjust_top(L, ra+b);", "L.top = ra+b;", { count: 2 }),
  patch("lvm.js", "top of an iteration", REGISTERS, "ldo.adjust_top(L, cb+3);", "L.top = cb + 3;"),
  patch(
    "lvm.js",
    "top of variable arguments",
    REGISTERS,
    "ldo.adjust_top(L, ra + n);",
    "if (L.framed < ra + n) ldo.growframes(L, ra + n);\n                    L.top = ra + n;",
  ),
  patch(
    "lvm.js",
    "back to the top of a frame",
    REGISTERS,
    "/*\n** finish execution of an opcode interrupted by an yield",
    `/* more results than a frame has registers are emptied */
const frametop = function(L, ci) {
    if (L.top > ci.top) lobject.clearslots(L, ci.top, L.top);
    L.top = ci.top;
};

/*
** finish execution of an opcode interrupted by an yield`,
  ),
  patch(
    "lfunc.js",
    "open upvalues",
    "closing used to make every slot of the frame anew",
    "const luaF_findupval = function(L, level) {\n    return L.stack[level];",
    `const luaF_findupval = function(L, level) {
    let open = L.open;
    let n = open.length;
    while (n > 0 && open[n - 1] > level) n--;
    if (n === 0 || open[n - 1] !== level) {
        if (n === open.length) open.push(level);
        else open.splice(n, 0, level);
    }
    return L.stack[level];`,
  ),
  patch(
    "lfunc.js",
    "closing of upvalues",
    "as above",
    "    for (let i=level; i<L.top; i++) {\n        let old = L.stack[i];",
    "    let open = L.open;\n    while (open.length > 0 && open[open.length - 1] >= level) {\n        let i = open.pop();\n        let old = L.stack[i];",
  ),
  patch(
    "lstate.js",
    "used again by the next call",
    FRAMES,
    "    let ci = new CallInfo();\n    L.ci.next = ci;\n    ci.previous = L.ci;\n    ci.next = null;\n    L.ci = ci;",
    `    let ci = L.ci.next;
    if (ci === null) {
        ci = new CallInfo();
        L.ci.next = ci;
        ci.previous = L.ci;
    }
    L.ci = ci;`,
  ),
  patch("ldo.js", "kept for the next call", FRAMES, "    L.ci.next = null;\n", ""),
  patch(
    "ldo.js",
    "keeps nothing of a call",
    FRAMES,
    "    let res = ci.funcOff;\n    L.ci = ci.previous;\n",
    `    let res = ci.funcOff;
    L.ci = ci.previous;
    ci.func = null;  /* its slot may have been an upvalue since */
    if (ci.c_k !== null) {
        ci.c_k = null;
        ci.c_ctx = null;
    }
`,
  ),
  patch(
    "ldo.js",
    "not kept after an error",
    "the records of the frames it has unwound may hold on to values",
    "        seterrorobj(L, status, old_top);\n        L.ci = old_ci;\n",
    "        seterrorobj(L, status, old_top);\n        L.ci = old_ci;\n        lstate.luaE_freeCI(L);\n",
  ),
  patch(
    "ldo.js",
    "not kept after an error in a coroutine",
    "as above",
    "    seterrorobj(L, status, oldtop);\n    L.ci = ci;\n",
    "    seterrorobj(L, status, oldtop);\n    L.ci = ci;\n    lstate.luaE_freeCI(L);\n",
  ),
  patch(
    "ldo.js",
    "what is kept of a deep recursion",
    "a thread may wait for long, and has more slots and records than it needs",
    "    L.nny = oldnny;  /* restore 'nny' */",
    `    if (L.framed > 2 * L.top + 64 && status <= LUA_YIELD) {  /* what that costs was paid for by growing so far */
        lstate.luaE_freeCI(L);
        luaD_shrinkstack(L);
    }

    L.nny = oldnny;  /* restore 'nny' */`,
  ),
  patch(
    "lvm.js",
    "kept after a tail call",
    FRAMES,
    "                    oci.next = null;\n",
    "                    nci.func = null;\n",
  ),
  ...["this.funcOff = NaN;\n        this.top = NaN;", "this.l_base = NaN;", "this.l_savedpc = NaN;"].map((text) =>
    patch("lstate.js", `small integers: ${text}`, SMALL, text, text.replaceAll("NaN", "0")),
  ),
  patch(
    "lstate.js",
    "results and status of a frame are small integers",
    SMALL,
    "        this.nresults = NaN;\n        this.callstatus = NaN;",
    "        this.extra = 0;  /* where the function was, while it waits */\n        this.nresults = 0;\n        this.callstatus = 0;",
  ),
  patch(
    "lstate.js",
    "top of a thread is a small integer",
    SMALL,
    "        this.top = NaN; /* first free slot in the stack */\n        this.stack_last = NaN;",
    "        this.top = 0; /* first free slot in the stack */\n        this.stack_last = 0;",
  ),
  patch("lstate.js", "last pc is a small integer", SMALL, "        this.oldpc = NaN;", "        this.oldpc = 0;"),
];
