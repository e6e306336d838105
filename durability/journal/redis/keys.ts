/** Names of the keys that a journal has on a Redis server. Knows no connection. */

/** Partition 0 of one journal. All its keys have the hash tag `{name:0}`, so that one script may touch every one of them. */
export interface Keys {
  /** Hash: epoch, owner, head, and broken when a script ended half-way. */
  readonly meta: string;
  /** Hash: field -> state, by process. */
  readonly states: string;
  /** Hash: hash -> source text. */
  readonly sources: string;
  /** List of records of the process with this field. */
  records(field: string): string;
}

/** `prefix` must have no braces: Redis takes the first pair as the hash tag. */
export function keysOf(name: string, prefix: string): Keys {
  const base = `${prefix}perdure:{${escapeName(name)}:0}`;
  return {
    meta: `${base}:meta`,
    states: `${base}:states`,
    sources: `${base}:sources`,
    records: (field) => `${base}:records:${field}`,
  };
}

/** Escaped is what ends the tag early, what separates parts, and lone surrogates, which all become the same bytes. */
function escapeName(name: string): string {
  return name.replace(/[%:{}\ud800-\udfff]/gu, escapeCharacter);
}

const loneSurrogate = /[\ud800-\udfff]/u;

/** A process id as the field of a hash and the end of a key, where all but lone surrogates may stand as it is. */
export function fieldOf(id: string): string {
  return id.includes("%") || loneSurrogate.test(id) ? id.replace(/[%\ud800-\udfff]/gu, escapeCharacter) : id;
}

/** The reverse of `fieldOf`. */
export function idOf(field: string): string {
  if (!field.includes("%")) return field;
  return field.replace(/%([0-9a-f]{2,4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, "0")}_`;
}
