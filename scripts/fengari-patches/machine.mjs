// Patches for the machine's loop: a jump table, what is the same for all instructions of a frame, and the plain case of each operator in place.

const LABELS = "a switch is a jump table only when its labels are literals; names are compared one after the other";
const FRAME = "the same for all instructions of a frame";
export const PLACE = "the loop is too large for calls in it to be compiled in place";

const patch = (name, why, find, replace, more = {}) => ({ file: "lvm.js", name, why, find, replace, ...more });

const OPCODES =
  "MOVE LOADK LOADKX LOADBOOL LOADNIL GETUPVAL GETTABUP GETTABLE SETTABUP SETUPVAL SETTABLE NEWTABLE SELF ADD SUB MUL MOD POW DIV IDIV BAND BOR BXOR SHL SHR UNM BNOT NOT LEN CONCAT JMP EQ LT LE TEST TESTSET CALL TAILCALL RETURN FORLOOP FORPREP TFORCALL TFORLOOP SETLIST CLOSURE VARARG EXTRAARG".split(
    " ",
  );

const constantOr = (operand) => `((i.${operand} & 256) !== 0 ? k[i.${operand} & 255] : stack[base + i.${operand}])`;
export const NEXT_JUMP = `{
                    let jump = code[pc];
                    if (jump.A !== 0) lfunc.luaF_close(L, base + jump.A - 1);
                    pc += jump.sBx + 1;
                }`;
const copy = (from, to) => `{
                let from = ${from}, to = ${to};
                to.type = from.type;
                to.value = from.value;
            }`;
const isFalse = (slot) => `(${slot}.type === LUA_TNIL || (${slot}.type === LUA_TBOOLEAN && ${slot}.value === false))`;

const bodies = [
  patch(
    "MOVE",
    PLACE,
    "                lobject.setobjs2s(L, ra, RB(L, base, i));",
    `            ${copy("stack[base + i.B]", "stack[ra]")}`,
  ),
  patch(
    "LOADK",
    PLACE,
    "                let konst = k[i.Bx];\n                lobject.setobj2s(L, ra, konst);",
    `            ${copy("k[i.Bx]", "stack[ra]")}`,
  ),
  patch(
    "GETUPVAL",
    PLACE,
    "                let b = i.B;\n                lobject.setobj2s(L, ra, cl.upvals[b]);",
    `            ${copy("cl.upvals[i.B]", "stack[ra]")}`,
  ),
  patch("SETUPVAL", PLACE, "                uv.setfrom(L.stack[ra]);", `            ${copy("stack[ra]", "uv")}`),
  patch(
    "SELF",
    PLACE,
    "                lobject.setobjs2s(L, ra + 1, rb);\n",
    `            ${copy("stack[rb]", "stack[ra + 1]")}\n`,
  ),
  patch(
    "JMP",
    PLACE,
    "                dojump(L, ci, i, 0);",
    "                if (i.A !== 0) lfunc.luaF_close(L, base + i.A - 1);\n                ci.l_savedpc += i.sBx;",
  ),
  patch(
    "TEST",
    PLACE,
    `                if (i.C ? L.stack[ra].l_isfalse() : !L.stack[ra].l_isfalse())
                    ci.l_savedpc++;
                else
                    donextjump(L, ci);`,
    `                let tested = stack[ra];
                if (${isFalse("tested")} === (i.C !== 0))
                    ci.l_savedpc++;
                else
                    ${NEXT_JUMP}`,
  ),
  patch(
    "TESTSET",
    PLACE,
    `                if (i.C ? rb.l_isfalse() : !rb.l_isfalse())
                    ci.l_savedpc++;
                else {
                    lobject.setobjs2s(L, ra, rbIdx);
                    donextjump(L, ci);
                }`,
    `                if (${isFalse("rb")} === (i.C !== 0))
                    ci.l_savedpc++;
                else {
                    lobject.setobjs2s(L, ra, rbIdx);
                    ${NEXT_JUMP}
                }`,
  ),
  patch("NOT", PLACE, "L.stack[ra].setbvalue(op.l_isfalse());", `stack[ra].setbvalue(${isFalse("op")});`),
  patch(
    "FORLOOP",
    PLACE,
    `                if (L.stack[ra].ttisinteger()) { /* integer loop? */
                    let step = L.stack[ra + 2].value;
                    let idx = L.stack[ra].value + step;
                    let limit = L.stack[ra + 1].value;

                    if (0 < step ? idx <= limit : limit <= idx) {
                        ci.l_savedpc += i.sBx;
                        L.stack[ra].chgivalue(idx);  /* update internal index... */
                        L.stack[ra + 3].setivalue(idx);
                    }`,
    `                let index = stack[ra];
                if (index.type === LUA_TNUMINT) { /* integer loop? */
                    let step = stack[ra + 2].value;
                    let idx = index.value + step;
                    let limit = stack[ra + 1].value;

                    if (0 < step ? idx <= limit : limit <= idx) {
                        ci.l_savedpc += i.sBx;
                        index.value = idx;  /* update internal index... */
                        let visible = stack[ra + 3];
                        visible.type = LUA_TNUMINT;
                        visible.value = idx;
                    }`,
  ),
  patch("all opcodes: constants and registers", PLACE, "RKB(L, base, k, i)", constantOr("B"), { count: 17 }),
  patch("all opcodes: other constants and registers", PLACE, "RKC(L, base, k, i)", constantOr("C"), { count: 20 }),
  patch("all opcodes: registers", PLACE, "RB(L, base, i)", "(base + i.B)", { count: 7 }),
  patch("all opcodes: result", PLACE, "RA(L, base, i)", "(base + i.A)", { count: 2 }),
];

const get = (name, why, find, table) =>
  patch(
    name,
    why,
    find,
    `                let indexed = ${table};
                if (indexed.type === LUA_TTABLE) {
                    let found = ltable.luaH_get(L, indexed.value, rc);
                    if (found.type !== LUA_TNIL) {
                        let to = stack[ra];
                        to.type = found.type;
                        to.value = found.value;
                        break;
                    }
                }
                missing(L, indexed, rc, ra);`,
  );

const tables = [
  get("GETTABUP", PLACE, "                luaV_gettable(L, upval, rc, ra);", "upval"),
  get("GETTABLE", PLACE, "                luaV_gettable(L, rb, rc, ra);", "rb"),
  get("SELF of a table", PLACE, "                luaV_gettable(L, L.stack[rb], rc, ra);", "stack[rb]"),
  patch(
    "a key that is missing",
    "the look for it must not be counted twice",
    "const luaV_gettable = function(L, t, key, ra) {",
    `const luaV_gettable = function(L, t, key, ra) {
    if (t.type === LUA_TTABLE) {
        let slot = ltable.luaH_get(L, t.value, key);
        if (slot.type !== LUA_TNIL) {
            lobject.setobj2s(L, ra, slot);
            return;
        }
    }
    missing(L, t, key, ra);
};

/* 't' is no table, or has no such key itself */
const missing = function(L, t, key, ra) {
    for (let loop = 0; loop < MAXTAGLOOP; loop++) {
        let tm;
        if (t.type === LUA_TTABLE) {
            if (loop > 0) {
                let slot = ltable.luaH_get(L, t.value, key);
                if (slot.type !== LUA_TNIL) {
                    lobject.setobj2s(L, ra, slot);
                    return;
                }
            }
            let mt = t.value.metatable;
            tm = mt === null ? null : ltm.fasttm(L, mt, ltm.TMS.TM_INDEX);
            if (tm === null) { /* no metamethod? */
                L.stack[ra].setnilvalue();
                return;
            }
        } else {
            tm = ltm.luaT_gettmbyobj(L, t, ltm.TMS.TM_INDEX);
            if (tm.type === LUA_TNIL)
                ldebug.luaG_typeerror(L, t, to_luastring('index', true)); /* no metamethod */
        }
`,
    {
      until:
        "        if (tm.ttisfunction()) { /* is metamethod a function? */\n            ltm.luaT_callTM(L, tm, t, key, L.stack[ra], 1);",
    },
  ),
];

const PC = "kept in the frame only for whoever asks where it is";
const counter = [
  patch("counter: jumps", PC, "ci.l_savedpc += i.sBx;", "pc += i.sBx;", { count: 5 }),
  patch("counter: skips", PC, "                    ci.l_savedpc++;", "                    pc++;", { count: 6 }),
  patch("counter: extra arguments", PC, "ci.l_code[ci.l_savedpc++]", "code[pc++]", { count: 3 }),
  patch(
    "return into a frame",
    FRAME,
    "                lua_assert(ci.callstatus & lstate.CIST_LUA);\n                lua_assert(ci.l_code[ci.l_savedpc - 1].opcode === OP_CALL);\n",
    "",
  ),
];

const loop = [
  patch("no operand functions", "written in place", "const RA = function(L, base, i) {", "", {
    until: "const luaV_execute = function(L) {",
  }),
  patch("no jump functions", "written in place", "const dojump = function(L, ci, i, e) {", "", {
    until: "const luaV_lessthan = function(L, l, r) {",
  }),
  patch("stack at hand", FRAME, "    let G = L.l_G;\n", "    let G = L.l_G;\n    let stack = L.stack;\n"),
  patch(
    "code at hand",
    FRAME,
    "        let base = ci.l_base;\n\n        let i = ci.l_code[ci.l_savedpc++];\n",
    "        let base = ci.l_base;\n        let code = ci.l_code;\n        let pc = ci.l_savedpc;\n\n        for (;;) {\n        let i = code[pc++];\n        ci.l_savedpc = pc;\n",
  ),
  patch(
    "end of the loop",
    FRAME,
    '                throw Error("invalid opcode");\n            }\n        }\n',
    '                throw Error("invalid opcode");\n            }\n        }\n        }\n',
  ),
  ...OPCODES.map((name, number) =>
    patch(
      `label of ${name}`,
      LABELS,
      `            case OP_${name}: {\n`,
      `            case ${number}: { /* ${name} */\n`,
    ),
  ),
];

export const machinePatches = [...bodies, ...tables, ...loop, ...counter];
