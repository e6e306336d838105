/** Keys and values of the LMDB file as bytes, and back. Knows nothing of what a text means. */

/** First byte of a text: how the rest is encoded. UTF-8 cannot hold lone surrogates. */
const utf8 = 0;
const utf16 = 1;

const loneSurrogate = /\p{Surrogate}/u;

/** Never empty: LMDB has no empty keys. */
export function encodeText(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(textBytes(text));
  writeText(text, bytes, 0);
  return bytes;
}

function textBytes(text: string): number {
  return 1 + (loneSurrogate.test(text) ? 2 * text.length : Buffer.byteLength(text));
}

/** Answers where the text ends. */
function writeText(text: string, bytes: Buffer, at: number): number {
  const encoding = loneSurrogate.test(text) ? utf16 : utf8;
  bytes[at] = encoding;
  return at + 1 + bytes.write(text, at + 1, encoding === utf8 ? "utf8" : "utf16le");
}

export function decodeText(bytes: Buffer, start = 0, end = bytes.length): string {
  return bytes.toString(bytes[start] === utf16 ? "utf16le" : "utf8", start + 1, end);
}

/** The value of a process. `first` and `next` are numbers of records. */
export interface StoredProcess {
  readonly id: string;
  readonly state: string;
  readonly first: number;
  readonly next: number;
}

/** Before id and state: first, next, length of the id. */
const headerBytes = 20;

export function encodeProcess({ id, state, first, next }: StoredProcess): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + textBytes(id) + textBytes(state));
  bytes.writeDoubleBE(first, 0);
  bytes.writeDoubleBE(next, 8);
  const idEnd = writeText(id, bytes, headerBytes);
  bytes.writeUInt32BE(idEnd - headerBytes, 16);
  writeText(state, bytes, idEnd);
  return bytes;
}

export function decodeProcess(bytes: Buffer): StoredProcess {
  const idEnd = headerBytes + bytes.readUInt32BE(16);
  const id = decodeText(bytes, headerBytes, idEnd);
  return { id, state: decodeText(bytes, idEnd), first: bytes.readDoubleBE(0), next: bytes.readDoubleBE(8) };
}

/** Who owns the journal, and the number of its last commit. */
export interface Owner {
  readonly epoch: number;
  readonly head: number;
}

export function encodeOwner({ epoch, head }: Owner): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeDoubleBE(epoch, 0);
  bytes.writeDoubleBE(head, 8);
  return bytes;
}

export function decodeOwner(bytes: Buffer): Owner {
  return { epoch: bytes.readDoubleBE(0), head: bytes.readDoubleBE(8) };
}

/** Key of a process, and where the keys of its records begin: big-endian, so that keys sort as numbers. */
export function slotKey(slot: number): Buffer {
  const key = Buffer.allocUnsafe(6);
  key.writeUIntBE(slot, 0, 6);
  return key;
}

export function slotOf(key: Buffer): number {
  return key.readUIntBE(0, 6);
}

export function recordKey(slot: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(12);
  key.writeUIntBE(slot, 0, 6);
  key.writeUIntBE(number, 6, 6);
  return key;
}
