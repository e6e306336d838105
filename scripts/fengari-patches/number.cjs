"use strict";

// Added to the engine by our build: how numbers print, and 64-bit bit operators on numbers that are exact below 2^53.

const EXACT = 9007199254740992; // 2^53

const trimZeros = (digits) => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);

/** Digits by which an exact half shows: no double is closer to a half than that without being one. */
const EXTRA = 25;

/** C rounds an exact half to the even digit, JavaScript up. `write(digits)` writes a positive number; `mark` is what follows its digits. */
const halfToEven = (write, digits, mark) => {
  const text = write(digits);
  const at = mark === "" ? text.length : text.indexOf(mark);
  if (digits + EXTRA > 100 || (text.charCodeAt(at - 1) & 1) === 0) return text;
  const more = write(digits + EXTRA);
  const end = mark === "" ? more.length : more.indexOf(mark);
  if (!/^50+$/.test(more.slice(end - EXTRA, end))) return text;
  const down = more.slice(0, end - EXTRA);
  return (digits === 0 ? down.slice(0, -1) : down) + more.slice(end);
};

/** As C's %.<digits>f. */
const fixed = (n, digits) => {
  if (Math.abs(n) < 1e21) return halfToEven((count) => n.toFixed(count), digits, "");
  return BigInt(n).toString() + (digits > 0 ? `.${"0".repeat(digits)}` : "");
};

/** As C's %.<digits>e. */
const scientific = (n, digits) =>
  halfToEven((count) => n.toExponential(count), digits, "e").replace(/e([+-])(\d)$/, "e$10$2");

/** As C's %.<precision>g; `keepZeros` is its # flag. */
const general = (n, precision, keepZeros) => {
  const trim = keepZeros ? (digits) => digits : trimZeros;
  const text = scientific(n, precision - 1);
  const at = text.indexOf("e");
  const exponent = Number(text.slice(at + 1));
  if (exponent >= -4 && exponent < precision) return trim(fixed(n, Math.max(0, precision - 1 - exponent)));
  return trim(text.slice(0, at)) + text.slice(at);
};

/** As tostring: an integral number below 2^53 without point or exponent, the rest as %.14g. */
const tostring = (n) => {
  if (Number.isInteger(n) && n < EXACT && n > -EXACT) return String(n);
  if (Number.isNaN(n)) return "nan";
  if (n === Infinity) return "inf";
  if (n === -Infinity) return "-inf";
  return general(n, 14);
};

const small = (a, b) => (a | 0) === a && (b | 0) === b;

/** A signed 64-bit result as a number, or null where no number is exact. */
const exact = (big) => {
  const signed = BigInt.asIntN(64, big);
  const n = Number(signed);
  return BigInt(n) === signed ? n : null;
};

const band = (a, b) => (small(a, b) ? a & b : exact(BigInt(a) & BigInt(b)));
const bor = (a, b) => (small(a, b) ? a | b : exact(BigInt(a) | BigInt(b)));
const bxor = (a, b) => (small(a, b) ? a ^ b : exact(BigInt(a) ^ BigInt(b)));
const bnot = (a) => -1 - a;

/** Shift left by `by`; a negative one shifts right, filling with zeros, as in 64 bits. */
const shl = (a, by) => {
  if (by <= -64 || by >= 64) return 0;
  if (by >= 0) {
    if (a >= 0 && by <= 20 && (a | 0) === a) return a * 2 ** by;
    return exact(BigInt(a) << BigInt(by));
  }
  if (a >= 0) return Math.floor(a / 2 ** -by);
  return exact(BigInt.asUintN(64, BigInt(a)) >> BigInt(-by));
};

module.exports = { band, bnot, bor, bxor, fixed, general, scientific, shl, tostring };
