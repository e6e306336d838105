/** Patterns over names of dotted segments, such as the systems of the event bus. */

type Segment =
  | { readonly kind: "any" }
  | { readonly kind: "rest" }
  | { readonly kind: "one"; readonly of: readonly string[] };

export type EventPattern = readonly Segment[];

/** Bounds the work of one comparison, as patterns and names come from programs. */
export const maxEventNameLength = 255;

/**
 * Segments are parted by dots: a text stands for itself, `*` for one segment, `**` for any number of them, `(a|b)` for one of these.
 * The text says what is wrong.
 */
export function parseEventPattern(text: string): EventPattern | string {
  if (text.length > maxEventNameLength) return `may have ${maxEventNameLength} characters`;
  const segments: Segment[] = [];
  for (const part of text.split(".")) {
    const choice = /^\(([^()*]*)\)$/.exec(part);
    if (part === "") return 'must not have an empty segment: write it as "a.b"';
    if (part === "*") segments.push({ kind: "any" });
    else if (part === "**") segments.push({ kind: "rest" });
    else if (choice !== null) segments.push({ kind: "one", of: choice[1]!.split("|") });
    else if (/[*()|]/.test(part)) return `has the segment "${part}"; a segment is a text, *, **, or (a|b)`;
    else segments.push({ kind: "one", of: [part] });
  }
  return segments;
}

/** At most as many steps as the product of both lengths: `**` goes back to its last place only. */
export function matchesEvent(pattern: EventPattern, name: string): boolean {
  const parts = name.split(".");
  let [at, part] = [0, 0];
  let restAt = -1;
  let restPart = 0;
  while (part < parts.length) {
    const segment = pattern[at];
    if (segment?.kind === "rest") {
      restAt = at++;
      restPart = part;
    } else if (segment !== undefined && (segment.kind === "any" || segment.of.includes(parts[part]!))) {
      at++;
      part++;
    } else if (restAt >= 0) {
      at = restAt + 1;
      part = ++restPart;
    } else return false;
  }
  while (pattern[at]?.kind === "rest") at++;
  return at === pattern.length;
}
