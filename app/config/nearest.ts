/** Which known names look like a mistyped one. Knows nothing of entries or fields. */

/** At most three candidates, nearest first. The limit is in edits: a third of the part that can be mistyped. */
export function nearest(name: string, candidates: Iterable<string>, limit = limitFor(name)): string[] {
  const scored: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit) scored.push({ candidate, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return scored.slice(0, 3).map((score) => score.candidate);
}

/** ` (did you mean "a" or "b"?)`, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>, limit?: number): string {
  const found = nearest(name, candidates, limit);
  return found.length === 0 ? "" : ` (did you mean ${found.map((text) => `"${text}"`).join(" or ")}?)`;
}

export function limitFor(text: string): number {
  return Math.max(1, Math.floor(text.length / 3));
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
