/** Ids of processes in memory as numbers: `0x00001`, and `0x00001.3` for the first of series 3. */

/** Numbers of one series are below this. */
export const seriesSpan = 2 ** 32;

const zero = 0x30;
const dot = 0x2e;
/** Digits that are always written. */
const digits = 5;

/**
 * The number, and `seriesSpan` for each series before it; below zero for what no host writes, so that no process answers to two ids. Reads
 * characters, as this is done for each start and each end.
 */
export function readId(id: string): number {
  if (id.charCodeAt(0) !== zero || id.charCodeAt(1) !== 0x78) return -1;
  let at = 2;
  let number = 0;
  for (; at < id.length && id.charCodeAt(at) !== dot; at++) {
    const digit = hexDigit(id.charCodeAt(at));
    if (digit < 0) return -1;
    number = number * 16 + digit;
  }
  const written = at - 2;
  if (written < digits || (written > digits && id.charCodeAt(2) === zero) || number >= seriesSpan) return -1;
  if (at === id.length) return number;
  const series = readSeries(id, at + 1);
  return series < 0 ? -1 : series * seriesSpan + number;
}

function hexDigit(code: number): number {
  if (code >= zero && code <= 0x39) return code - zero;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
}

/** A decimal number above zero, up to the end. */
function readSeries(id: string, from: number): number {
  if (from >= id.length || id.length - from > 6 || id.charCodeAt(from) === zero) return -1;
  let series = 0;
  for (let at = from; at < id.length; at++) {
    const digit = id.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return -1;
    series = series * 10 + digit;
  }
  return series;
}
