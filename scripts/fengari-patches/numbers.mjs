// Patches for numbers: integers that leave 32 bits become floats, integral floats below 2^53 behave as integers everywhere.

const arith = (file, find, replace, name) => ({
  file,
  name,
  why: "32-bit integers wrap silently",
  find,
  replace,
});

const bitop = (name, op, expression) => ({
  file: "lvm.js",
  name: `64-bit ${name}`,
  why: "bit operators take integral floats below 2^53 and follow 64-bit two's complement",
  find: `L.stack[ra].setivalue(${expression});`,
  replace: `bitresult(L, L.stack[ra], perdure_number.${op});`,
});

export const numbersPatches = [
  {
    file: "lobject.js",
    name: "a number that is an integer when it fits",
    why: "one place decides between integer and float; -0 becomes 0",
    find: "    setivalue(x) {",
    replace: `    setnumvalue(x) {
        if ((x|0) === x) {
            this.type = LUA_TNUMINT;
            this.value = x|0;
        } else {
            this.type = LUA_TNUMFLT;
            this.value = x;
        }
    }

    /* of two numbers of which one is an integer past 32 bits: an integer again, when it fits */
    setresultvalue(n1, n2, x) {
        if ((x|0) === x && ((n1|0) !== n1 || (n2|0) !== n2) && Number.isSafeInteger(n1) && Number.isSafeInteger(n2)) {
            this.type = LUA_TNUMINT;
            this.value = x|0;
        } else {
            this.type = LUA_TNUMFLT;
            this.value = x;
        }
    }

    setivalue(x) {`,
  },
  arith(
    "lvm.js",
    "L.stack[ra].setivalue((op1.value + op2.value)|0);",
    "L.stack[ra].setnumvalue(op1.value + op2.value);",
    "add",
  ),
  arith(
    "lvm.js",
    "L.stack[ra].setivalue((op1.value - op2.value)|0);",
    "L.stack[ra].setnumvalue(op1.value - op2.value);",
    "subtract",
  ),
  arith(
    "lvm.js",
    "L.stack[ra].setivalue(luaV_imul(op1.value, op2.value));",
    "L.stack[ra].setnumvalue(op1.value * op2.value);",
    "multiply",
  ),
  arith(
    "lvm.js",
    "L.stack[ra].setivalue(luaV_div(L, op1.value, op2.value));",
    "L.stack[ra].setnumvalue(luaV_div(L, op1.value, op2.value));",
    "floor division",
  ),
  arith("lvm.js", "L.stack[ra].setivalue((-op.value)|0);", "L.stack[ra].setnumvalue(-op.value);", "unary minus"),
  ...["+", "-", "*"].map((op) =>
    arith(
      "lvm.js",
      `L.stack[ra].setfltvalue(numberop1 ${op} numberop2);`,
      `L.stack[ra].setresultvalue(numberop1, numberop2, numberop1 ${op} numberop2);`,
      `${op} that comes back to 32 bits`,
    ),
  ),
  arith(
    "lvm.js",
    "L.stack[ra].setfltvalue(-numberop);",
    "L.stack[ra].setresultvalue(numberop, numberop, -numberop);",
    "unary minus that comes back to 32 bits",
  ),
  arith(
    "lobject.js",
    `            else if ((n1 = lvm.tonumber(p1)) !== false && (n2 = lvm.tonumber(p2)) !== false) {
                res.setfltvalue(numarith(L, op, n1, n2));`,
    `            else if ((n1 = lvm.tonumber(p1)) !== false && (n2 = lvm.tonumber(p2)) !== false) {
                res.setresultvalue(n1, n2, numarith(L, op, n1, n2));`,
    "folding that comes back to 32 bits",
  ),
  arith("lvm.js", "return Math.floor(m / n)|0;", "return Math.floor(m / n);", "floor division result"),
  {
    file: "lvm.js",
    name: "modulo by the integer 0",
    why: "an integer past 32 bits is a float here, and is to fail as a smaller one does",
    find: "L.stack[ra].setfltvalue(luai_nummod(L, numberop1, numberop2));",
    replace: `checkdivisor(L, numberop1, op2, "attempt to perform 'n%%0'");
                    L.stack[ra].setresultvalue(numberop1, numberop2, luai_nummod(L, numberop1, numberop2));`,
  },
  {
    file: "lvm.js",
    name: "floor division by the integer 0",
    why: "as above",
    find: "L.stack[ra].setfltvalue(Math.floor(numberop1 / numberop2));",
    replace: `checkdivisor(L, numberop1, op2, "attempt to divide by zero");
                    L.stack[ra].setresultvalue(numberop1, numberop2, Math.floor(numberop1 / numberop2));`,
  },
  {
    file: "lvm.js",
    name: "bit results",
    why: "a result that no number can show exactly is an error, never a rounded number",
    find: "const NBITS = 32;",
    replace: `const bitresult = function(L, res, n) {
    if (n === null) ldebug.luaG_runerror(L, to_luastring("result of bitwise operation has no exact number representation", true));
    res.setnumvalue(n);
};

const checkdivisor = function(L, n, divisor, message) {
    if (divisor.value === 0 && divisor.ttisinteger() && Number.isSafeInteger(n) && (n|0) !== n)
        ldebug.luaG_runerror(L, to_luastring(message, true));
};

const NBITS = 32;`,
  },
  bitop("and", "band(numberop1, numberop2)", "numberop1 & numberop2"),
  bitop("or", "bor(numberop1, numberop2)", "numberop1 | numberop2"),
  bitop("xor", "bxor(numberop1, numberop2)", "numberop1 ^ numberop2"),
  bitop("shift left", "shl(numberop1, numberop2)", "luaV_shiftl(numberop1, numberop2)"),
  bitop("shift right", "shl(numberop1, -numberop2)", "luaV_shiftl(numberop1, -numberop2)"),
  {
    file: "lvm.js",
    name: "64-bit not",
    why: "as the other bit operators; the stock one refuses floats and numerals",
    find: `                if (op.ttisinteger()) {
                    L.stack[ra].setivalue(~op.value);`,
    replace: `                let numberop;
                if ((numberop = tointeger(op)) !== false) {
                    bitresult(L, L.stack[ra], perdure_number.bnot(numberop));`,
  },
  {
    file: "lvm.js",
    name: "number module",
    why: "used by the bit operators",
    find: "const ldebug  = require('./ldebug.js');",
    replace: "const ldebug  = require('./ldebug.js');\nconst perdure_number = require('./perdure_number.js');",
  },
  arith(
    "lvm.js",
    "let idx = (L.stack[ra].value + step)|0;",
    "let idx = L.stack[ra].value + step;",
    "for step: the limit is 32-bit, so an index within it is too",
  ),
  {
    file: "lvm.js",
    name: "for preparation",
    why: "a limit outside 32 bits makes it a loop of floats; a clipped limit would end too early",
    find: "                if (init.ttisinteger() && pstep.ttisinteger() && (forlim = forlimit(plimit, pstep.value))) {",
    until: "                } else { /* try making all values floats */",
    replace: `                if (init.ttisinteger() && pstep.ttisinteger() && (forlim = forlimit(plimit, pstep.value)) !== false) {
                    plimit.setivalue(forlim);
                    init.value -= pstep.value;
`,
  },
  {
    file: "lvm.js",
    name: "for limit",
    why: "as above",
    find: "const forlimit = function(obj, step) {",
    until: "/*\n** try to convert a value to an integer, rounding",
    replace: `const forlimit = function(obj, step) {
    let n = tonumber(obj);
    if (n === false) return false;
    let limit = step < 0 ? Math.ceil(n) : Math.floor(n);
    return (limit|0) === limit ? limit|0 : false;
};

`,
  },
  {
    file: "lobject.js",
    name: "folding of integers",
    why: "constants must compute as the machine does",
    find: "const intarith = function(",
    until: "const numarith = function(",
    replace: `const intarith = function(L, op, v1, v2) {
    switch (op) {
        case LUA_OPADD:  return v1 + v2;
        case LUA_OPSUB:  return v1 - v2;
        case LUA_OPMUL:  return v1 * v2;
        case LUA_OPMOD:  return lvm.luaV_mod(L, v1, v2);
        case LUA_OPIDIV: return lvm.luaV_div(L, v1, v2);
        case LUA_OPUNM:  return 0 - v1;
        default: return bitarith(op, v1, v2);
    }
};

const bitarith = function(op, v1, v2) {
    switch (op) {
        case LUA_OPBAND: return perdure_number.band(v1, v2);
        case LUA_OPBOR:  return perdure_number.bor(v1, v2);
        case LUA_OPBXOR: return perdure_number.bxor(v1, v2);
        case LUA_OPSHL:  return perdure_number.shl(v1, v2);
        case LUA_OPSHR:  return perdure_number.shl(v1, -v2);
        case LUA_OPBNOT: return perdure_number.bnot(v1);
        default: lua_assert(0);
    }
};
module.exports.bitarith = bitarith;

`,
  },
  arith(
    "lobject.js",
    "res.setivalue(intarith(L, op, i1, i2));",
    "res.setnumvalue(intarith(L, op, i1, i2));",
    "folded bit result",
  ),
  arith(
    "lobject.js",
    "res.setivalue(intarith(L, op, p1.value, p2.value));",
    "res.setnumvalue(intarith(L, op, p1.value, p2.value));",
    "folded integer result",
  ),
  {
    file: "lobject.js",
    name: "number module in lobject",
    why: "used by folding and printing",
    find: "const ltm     = require('./ltm.js');",
    replace: "const ltm     = require('./ltm.js');\nconst perdure_number = require('./perdure_number.js');",
  },
  {
    file: "lcode.js",
    name: "fold only exact bit operations",
    why: "the others must raise their error when they run",
    find: "return (lvm.tointeger(v1) !== false && lvm.tointeger(v2) !== false);",
    replace: `let i1 = lvm.tointeger(v1), i2 = lvm.tointeger(v2);
            return i1 !== false && i2 !== false && lobject.bitarith(op, i1, i2) !== null;`,
  },
  arith(
    "lobject.js",
    "a = (a * 16 + luaO_hexavalue(s[i]))|0;",
    "a = a * 16 + luaO_hexavalue(s[i]);",
    "hexadecimal literals",
  ),
  arith("lobject.js", "            n: (neg ? -a : a)|0,", "            n: neg ? 0 - a : a,", "sign of a literal"),
  arith("lobject.js", "        o.setivalue(s2i.n);", "        o.setnumvalue(s2i.n);", "value of a literal"),
  {
    file: "lobject.js",
    name: "printing of floats",
    why: "an integral float below 2^53 prints as an integer, the rest as %.14g",
    find: `        let str = lua_number2str(obj.value);
        if (!LUA_COMPAT_FLOATSTRING && /^[-0123456789]+$/.test(str)) {  /* looks like an int? */
            str += '.0'; /* adds '.0' to result: lua_getlocaledecpoint removed as optimisation */
        }
        buff = to_luastring(str);`,
    replace: "        buff = to_luastring(perdure_number.tostring(obj.value));",
  },
];
