/** FNV-1 of 32 bits: quick and not for secrets. Source: draft-eastlake-fnv. */

const offset = 0x811c9dc5;
const prime = 0x01000193;

export function fnv32(data: Uint8Array): number {
  let hash = offset;
  for (const byte of data) hash = Math.imul(hash, prime) ^ byte;
  return hash >>> 0;
}
