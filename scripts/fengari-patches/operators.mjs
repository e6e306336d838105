// Patches for operators on numbers: computed and compared in the loop; all else goes the stock way.

import { NEXT_JUMP, PLACE } from "./machine.mjs";

const patch = (name, why, find, replace) => ({ file: "lvm.js", name, why, find, replace });

const areNumbers = "(op1.type & 0x0F) === LUA_TNUMBER && (op2.type & 0x0F) === LUA_TNUMBER";

const arithmetic = ["+", "-", "*"].map((op) =>
  patch(
    `numbers: ${op}`,
    PLACE,
    `                if (op1.ttisinteger() && op2.ttisinteger()) {
                    L.stack[ra].setnumvalue(op1.value ${op} op2.value);
                } else if ((`,
    `                if (op1.type === LUA_TNUMINT && op2.type === LUA_TNUMINT) {
                    let n = op1.value ${op} op2.value;
                    let res = stack[ra];
                    if ((n|0) === n) {
                        res.type = LUA_TNUMINT;
                        res.value = n|0;
                    } else {
                        res.type = LUA_TNUMFLT;
                        res.value = n;
                    }
                } else if (${areNumbers}) {
                    let n = op1.value ${op} op2.value;
                    let res = stack[ra];
                    if ((n|0) === n) res.setresultvalue(op1.value, op2.value, n);
                    else {
                        res.type = LUA_TNUMFLT;
                        res.value = n;
                    }
                } else if ((`,
  ),
);

const division = patch(
  "numbers: /",
  PLACE,
  `                if ((numberop1 = tonumber(op1)) !== false && (numberop2 = tonumber(op2)) !== false) {
                    L.stack[ra].setfltvalue(numberop1 / numberop2);`,
  `                if (${areNumbers}) {
                    let res = stack[ra];
                    let n = op1.value / op2.value;
                    res.type = LUA_TNUMFLT;
                    res.value = n;
                } else if ((numberop1 = tonumber(op1)) !== false && (numberop2 = tonumber(op2)) !== false) {
                    L.stack[ra].setfltvalue(numberop1 / numberop2);`,
);

const comparison = (opcode, f, operator) =>
  patch(
    `${opcode} of numbers`,
    PLACE,
    `                if (${f}(L, RKB(L, base, k, i), RKC(L, base, k, i)) !== i.A)
                    ci.l_savedpc++;
                else
                    donextjump(L, ci);`,
    `                let op1 = RKB(L, base, k, i), op2 = RKC(L, base, k, i);
                let res = ${areNumbers}
                    ? (op1.value ${operator} op2.value ? 1 : 0)
                    : ${f}(L, op1, op2);
                if (res !== i.A)
                    ci.l_savedpc++;
                else
                    ${NEXT_JUMP}`,
  );

export const operatorsPatches = [
  ...arithmetic,
  division,
  comparison("EQ", "luaV_equalobj", "==="),
  comparison("LT", "luaV_lessthan", "<"),
  comparison("LE", "luaV_lessequal", "<="),
];
