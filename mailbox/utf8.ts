/** UTF-8 without an encoder of the platform, as the pure folders have none; strict, so that bad bytes are never changed silently. */

/** Bytes of a text in UTF-8, without making them. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const point = char.codePointAt(0)!;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Lone surrogates become U+FFFD, as JavaScript's own encoder does. */
export function encodeUtf8(text: string): Uint8Array {
  const length = text.length;
  const ascii = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return encodeFrom(text, ascii, i);
    ascii[i] = unit;
  }
  return ascii;
}

function encodeFrom(text: string, head: Uint8Array, start: number): Uint8Array {
  const bytes = new Uint8Array(start + (text.length - start) * 3);
  bytes.set(head.subarray(0, start));
  let at = start;
  for (let i = start; i < text.length; i++) {
    let point = text.codePointAt(i)!;
    if (point > 0xffff) i++;
    else if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) bytes[at++] = point;
    else if (point < 0x800) {
      bytes[at++] = 0xc0 | (point >> 6);
      bytes[at++] = 0x80 | (point & 63);
    } else if (point < 0x10000) {
      bytes[at++] = 0xe0 | (point >> 12);
      bytes[at++] = 0x80 | ((point >> 6) & 63);
      bytes[at++] = 0x80 | (point & 63);
    } else {
      bytes[at++] = 0xf0 | (point >> 18);
      bytes[at++] = 0x80 | ((point >> 12) & 63);
      bytes[at++] = 0x80 | ((point >> 6) & 63);
      bytes[at++] = 0x80 | (point & 63);
    }
  }
  return bytes.slice(0, at);
}

const CHUNK = 4096;
const SHORT = 256;
const SMALLEST = [0, 0, 0x80, 0x800, 0x10000];

/** The text, or `undefined` when the bytes are not valid UTF-8. With `replace`, each bad byte becomes U+FFFD instead. */
export function decodeUtf8(bytes: Uint8Array): string | undefined;
export function decodeUtf8(bytes: Uint8Array, replace: true): string;
export function decodeUtf8(bytes: Uint8Array, replace = false): string | undefined {
  const length = bytes.length;
  if (length <= SHORT && isAscii(bytes)) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let text = "";
  let units: number[] = [];
  for (let i = 0; i < length; ) {
    const byte = bytes[i]!;
    if (byte < 0x80) {
      units.push(byte);
      i++;
    } else {
      const size = sequenceLength(bytes, i);
      if (size === 0 && !replace) return undefined;
      pushPoint(units, size === 0 ? 0xfffd : codePoint(bytes, i, size));
      i += size === 0 ? 1 : size;
    }
    if (units.length >= CHUNK) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 0x7f) return false;
  return true;
}

/** Length of the valid sequence at `i`, or 0. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const byte = bytes[i]!;
  const size = byte >= 0xf0 ? (byte <= 0xf4 ? 4 : 0) : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
  for (let k = 1; k < size; k++) if (((bytes[i + k] ?? 0) & 0xc0) !== 0x80) return 0;
  if (size === 0) return 0;
  const point = codePoint(bytes, i, size);
  return point < SMALLEST[size]! || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? 0 : size;
}

function codePoint(bytes: Uint8Array, i: number, size: number): number {
  let point = bytes[i]! & (0xff >> (size + 1));
  for (let k = 1; k < size; k++) point = (point << 6) | (bytes[i + k]! & 63);
  return point;
}

function pushPoint(units: number[], point: number): void {
  if (point > 0xffff) units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
  else units.push(point);
}
