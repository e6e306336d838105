// Patches that let a yield return instead of throw when no JavaScript frame of a Lua call lies between it and its resume.

// `L.status` is looked at too: only a yield sets it, so a function that returns -1 by mistake is still refused.
const SUSPENDED = "n === YIELDED && L.status === LUA_YIELD";

/** `addition` goes after `find`, or before it. */
const add = (file, name, why, find, { before = "", after = "" }) => ({
  file,
  name,
  why,
  find,
  replace: before + find + after,
});

const ANSWER = "lua_yieldk answers a sentinel, which goes down through the few frames to lua_resume as any result does";
const STATUS = "the thread, not an exception, says that it has yielded";

export const yieldsPatches = [
  add(
    "lstate.js",
    "depth of a resume",
    "every call from JavaScript counts up nCcalls, so an equal count means that nothing lies between",
    "        this.nCcalls = 0;\n",
    {
      after:
        "        this.baseCcalls = -1;  /* nCcalls at the resume that runs this thread; never equal before it */\n",
    },
  ),
  add(
    "ldo.js",
    "note the depth of a resume",
    "as above; catching an error puts nCcalls back to the same value",
    "    L.nny = 0;  /* allow yields */\n",
    { after: "    L.baseCcalls = L.nCcalls;\n" },
  ),
  add("ldo.js", "the sentinel", ANSWER, "const { MBuffer } = require('./lzio.js');\n", {
    after: "\n/* what a function answers that has yielded without throwing */\nconst YIELDED = -1;\n",
  }),
  {
    file: "ldo.js",
    name: "yield without throwing",
    why: "throwing and catching costs more than all the rest of a message",
    find: "        ci.func = L.stack[ci.funcOff];\n        luaD_throw(L, LUA_YIELD);",
    replace:
      "        ci.func = L.stack[ci.funcOff];\n        if (L.nCcalls === L.baseCcalls) return YIELDED;\n        luaD_throw(L, LUA_YIELD);",
  },
  {
    file: "ldo.js",
    name: "yield hands on its answer",
    why: ANSWER,
    find: "    lua_yieldk(L, n, 0, null);",
    replace: "    return lua_yieldk(L, n, 0, null);",
  },
  add("ldo.js", "a function yields", ANSWER, "            let n = f(L); /* do the actual call */\n", {
    after: `            if (${SUSPENDED}) return true;\n`,
  }),
  add(
    "ldo.js",
    "a continuation yields",
    ANSWER,
    "    let n = c_k(L, status, ci.c_ctx);  /* call continuation function */\n",
    { after: `    if (${SUSPENDED}) return;\n` },
  ),
  add(
    "ldo.js",
    "the continuation of a yield yields",
    ANSWER,
    "                n = ci.c_k(L, LUA_YIELD, ci.c_ctx); /* call continuation */\n",
    { after: `                if (${SUSPENDED}) return;\n` },
  ),
  {
    file: "ldo.js",
    name: "unrolling ends at a yield",
    why: STATUS,
    find: "    while (L.ci !== L.base_ci) {  /* something in the stack */",
    replace: "    while (L.status !== LUA_YIELD && L.ci !== L.base_ci) {  /* something in the stack */",
  },
  add("ldo.js", "resume sees a yield", STATUS, "    let status = luaD_rawrunprotected(L, resume, nargs);\n", {
    after: "    if (status === LUA_OK) status = L.status;\n",
  }),
  add(
    "ldo.js",
    "resume sees a yield after an error",
    STATUS,
    "            status = luaD_rawrunprotected(L, unroll, status);\n",
    { after: "            if (status === LUA_OK) status = L.status;\n" },
  ),
  add("lvm.js", "status at hand", STATUS, "    to_luastring\n} = require('./defs.js');", {
    before: "    thread_status: {\n        LUA_YIELD\n    },\n",
  }),
  add("lvm.js", "a call yields", STATUS, "                if (ldo.luaD_precall(L, ra, nresults)) {\n", {
    after: "                    if (L.status === LUA_YIELD) return;\n",
  }),
  add(
    "lvm.js",
    "a tail call yields",
    STATUS,
    "                if (ldo.luaD_precall(L, ra, LUA_MULTRET)) { // JS function\n",
    { after: "                    if (L.status === LUA_YIELD) return;\n" },
  ),
];
