"use strict";

// Added to the engine by our build: string.format, in place of one that depends on sprintf-js and differs from C.

const { lua_gettop, lua_type, lua_pop, lua_isinteger, lua_tonumber, lua_tostring } = require("./lua.js");
const { LUA_TBOOLEAN, LUA_TNIL, LUA_TNUMBER, LUA_TSTRING } = require("./lua.js");
const {
  luaL_Buffer,
  luaL_addchar,
  luaL_addlstring,
  luaL_addstring,
  luaL_addvalue,
  luaL_argcheck,
} = require("./lauxlib.js");
const { luaL_argerror, luaL_buffinit, luaL_checkinteger, luaL_checknumber, luaL_checkstring } = require("./lauxlib.js");
const { luaL_error, luaL_pushresult, luaL_tolstring } = require("./lauxlib.js");
const { to_luastring } = require("./defs.js");
const { fixed, general, scientific } = require("./perdure_number.js");
const { frexp } = require("./luaconf.js");

const PERCENT = 37;
const isDigit = (byte) => byte >= 48 && byte <= 57;

/** Parse "flags width .precision conversion" at `i`. */
const parseItem = (L, format, i) => {
  const item = {
    minus: false,
    plus: false,
    space: false,
    sharp: false,
    zero: false,
    width: 0,
    precision: -1,
    next: 0,
    conversion: "",
  };
  const flags = { 45: "minus", 43: "plus", 32: "space", 35: "sharp", 48: "zero" };
  const start = i;
  while (flags[format[i]] !== undefined) item[flags[format[i++]]] = true;
  if (i - start >= 6) luaL_error(L, to_luastring("invalid format (repeated flags)"));
  const number = () => {
    let n = 0;
    for (let digits = 0; digits < 2 && isDigit(format[i]); digits++) n = n * 10 + format[i++] - 48;
    return n;
  };
  item.width = number();
  if (format[i] === 46) {
    i++;
    item.precision = number();
  }
  if (isDigit(format[i])) luaL_error(L, to_luastring("invalid format (width or precision too long)"));
  item.conversion = i < format.length ? String.fromCharCode(format[i]) : "";
  item.next = i + 1;
  return item;
};

/** Put sign and padding around digits. */
const pad = (item, sign, prefix, digits, zeroAllowed) => {
  const length = sign.length + prefix.length + digits.length;
  const fill = Math.max(0, item.width - length);
  if (item.minus) return sign + prefix + digits + " ".repeat(fill);
  if (item.zero && zeroAllowed) return sign + prefix + "0".repeat(fill) + digits;
  return " ".repeat(fill) + sign + prefix + digits;
};

const signOf = (item, negative) => (negative ? "-" : item.plus ? "+" : item.space ? " " : "");

const integerItem = (item, n) => {
  const signed = item.conversion === "d" || item.conversion === "i";
  const radix = { o: 8, x: 16, X: 16 }[item.conversion] ?? 10;
  const magnitude = signed || n >= 0 ? Math.abs(n) : BigInt.asUintN(64, BigInt(n));
  let digits = magnitude.toString(radix);
  if (item.precision >= 0) digits = item.precision === 0 && n === 0 ? "" : digits.padStart(item.precision, "0");
  if (item.sharp && radix === 8 && digits[0] !== "0") digits = `0${digits}`;
  const prefix = item.sharp && radix === 16 && n !== 0 ? "0x" : "";
  const text = pad(item, signed ? signOf(item, n < 0) : "", prefix, digits, item.precision < 0);
  return item.conversion === "X" ? text.toUpperCase() : text;
};

const hexFloat = (n, precision) => {
  if (n === 0) return `0${precision > 0 ? `.${"0".repeat(precision)}` : ""}p+0`;
  let [mantissa, exponent] = frexp(n);
  mantissa *= 2;
  exponent -= 1;
  if (precision >= 0 && precision < 13) {
    const scale = 16 ** precision;
    mantissa = Math.round(mantissa * scale) / scale;
  }
  let [whole, fraction = ""] = mantissa.toString(16).split(".");
  if (precision >= 0) fraction = fraction.padEnd(precision, "0");
  whole += fraction === "" ? "" : `.${fraction}`;
  return `${whole}p${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`;
};

const floatItem = (item, n) => {
  const lower = item.conversion.toLowerCase();
  const negative = n < 0 || Object.is(n, -0);
  const size = Math.abs(n);
  const precision = item.precision < 0 ? 6 : item.precision;
  let digits;
  let prefix = "";
  if (!Number.isFinite(n)) digits = Number.isNaN(n) ? "nan" : "inf";
  else if (lower === "f") digits = fixed(size, precision);
  else if (lower === "e") digits = scientific(size, precision);
  else if (lower === "g") digits = general(size, precision === 0 ? 1 : precision, item.sharp);
  else {
    prefix = "0x";
    digits = hexFloat(size, item.precision);
  }
  if (item.sharp && (lower === "f" || lower === "e") && !digits.includes(".")) digits = digits.replace(/^\d+/, "$&.");
  const text = pad(item, signOf(item, negative && !Number.isNaN(n)), prefix, digits, Number.isFinite(n));
  return item.conversion === lower ? text : text.toUpperCase();
};

const addQuoted = (b, s) => {
  luaL_addchar(b, 34);
  for (let i = 0; i < s.length; i++) {
    const byte = s[i];
    if (byte === 34 || byte === 92 || byte === 10) {
      luaL_addchar(b, 92);
      luaL_addchar(b, byte);
    } else if (byte < 32 || byte === 127) {
      const code = String(byte);
      luaL_addstring(b, to_luastring(`\\${isDigit(s[i + 1]) ? code.padStart(3, "0") : code}`));
    } else luaL_addchar(b, byte);
  }
  luaL_addchar(b, 34);
};

const addLiteral = (L, b, arg) => {
  switch (lua_type(L, arg)) {
    case LUA_TSTRING:
      addQuoted(b, lua_tostring(L, arg));
      break;
    case LUA_TNUMBER: {
      const n = lua_tonumber(L, arg);
      if (lua_isinteger(L, arg) || Number.isSafeInteger(n)) luaL_addstring(b, to_luastring(String(n + 0)));
      else if (Number.isFinite(n)) luaL_addstring(b, to_luastring(`${n < 0 ? "-" : ""}0x${hexFloat(Math.abs(n), -1)}`));
      else luaL_addstring(b, to_luastring(Number.isNaN(n) ? "(0/0)" : n > 0 ? "1e9999" : "-1e9999"));
      break;
    }
    case LUA_TNIL:
    case LUA_TBOOLEAN:
      luaL_tolstring(L, arg);
      luaL_addvalue(b);
      break;
    default:
      luaL_argerror(L, arg, to_luastring("value has no literal form"));
  }
};

const addString = (L, b, item, arg) => {
  const s = luaL_tolstring(L, arg);
  if (item.width === 0 && item.precision < 0) {
    luaL_addvalue(b);
    return;
  }
  luaL_argcheck(L, s.indexOf(0) < 0, arg, to_luastring("string contains zeros"));
  const length = item.precision < 0 ? s.length : Math.min(s.length, item.precision);
  const fill = Math.max(0, item.width - length);
  if (!item.minus) for (let i = 0; i < fill; i++) luaL_addchar(b, 32);
  luaL_addlstring(b, s, length);
  if (item.minus) for (let i = 0; i < fill; i++) luaL_addchar(b, 32);
  lua_pop(L, 1);
};

/** %c with a width pads like %s. */
const addCharacter = (b, item, code) => {
  const fill = Math.max(0, item.width - 1);
  if (!item.minus) for (let i = 0; i < fill; i++) luaL_addchar(b, 32);
  luaL_addchar(b, code);
  if (item.minus) for (let i = 0; i < fill; i++) luaL_addchar(b, 32);
};

const addItem = (L, b, item, arg) => {
  switch (item.conversion) {
    case "c":
      addCharacter(b, item, luaL_checkinteger(L, arg));
      break;
    case "d":
    case "i":
    case "o":
    case "u":
    case "x":
    case "X":
      luaL_addstring(b, to_luastring(integerItem(item, luaL_checkinteger(L, arg))));
      break;
    case "a":
    case "A":
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G":
      luaL_addstring(b, to_luastring(floatItem(item, luaL_checknumber(L, arg))));
      break;
    case "q":
      addLiteral(L, b, arg);
      break;
    case "s":
      addString(L, b, item, arg);
      break;
    default:
      luaL_error(L, to_luastring("invalid option '%%%s' to 'format'"), to_luastring(item.conversion));
  }
};

const str_format = (L) => {
  const top = lua_gettop(L);
  const format = luaL_checkstring(L, 1);
  const b = new luaL_Buffer();
  luaL_buffinit(L, b);
  let arg = 1;
  for (let i = 0; i < format.length; ) {
    const percent = format.indexOf(PERCENT, i);
    if (percent !== i) {
      const end = percent < 0 ? format.length : percent;
      luaL_addlstring(b, format.subarray(i, end), end - i);
      i = end;
    } else if (format[i + 1] === PERCENT) {
      luaL_addchar(b, PERCENT);
      i += 2;
    } else {
      const item = parseItem(L, format, i + 1);
      if (++arg > top) luaL_argerror(L, arg, to_luastring("no value"));
      addItem(L, b, item, arg);
      i = item.next;
    }
  }
  luaL_pushresult(b);
  return 1;
};

module.exports = { str_format };
