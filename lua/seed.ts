/** Seed: a number that follows from a text, for `math.random`. */

/** FNV-1a over UTF-16 units. */
export function seedOf(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
