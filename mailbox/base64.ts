/** Base64 of bytes (RFC 4648); written out because the pure folders have neither Buffer nor btoa. */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const codes = Uint8Array.from(alphabet, (character) => character.charCodeAt(0));
/** The six bits of each character. */
const bits = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, alphabet.indexOf(String.fromCharCode(code))));
const padding = 0x3d;

/** Characters that become text at once; a call takes only so many arguments. */
const chunk = 8192;

export function base64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  for (let i = 0, at = 0; i < bytes.length; i += 3) {
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text[at++] = codes[word >> 18]!;
    text[at++] = codes[(word >> 12) & 63]!;
    text[at++] = i + 1 < bytes.length ? codes[(word >> 6) & 63]! : padding;
    text[at++] = i + 2 < bytes.length ? codes[word & 63]! : padding;
  }
  let whole = "";
  for (let at = 0; at < text.length; at += chunk) whole += String.fromCharCode(...text.subarray(at, at + chunk));
  return whole;
}

/** The bytes of a base64 text; undefined when it is not one. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const missing = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - missing);
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const word =
      (bits[text.charCodeAt(i)]! << 18) |
      (bits[text.charCodeAt(i + 1)]! << 12) |
      (bits[text.charCodeAt(i + 2)]! << 6) |
      bits[text.charCodeAt(i + 3)]!;
    // What is past the end is left out.
    bytes[at++] = word >> 16;
    bytes[at++] = word >> 8;
    bytes[at++] = word;
  }
  return bytes;
}
