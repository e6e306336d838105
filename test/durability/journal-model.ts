/** A journal as plain maps, and random commits for it: what the property test of the driver contract compares a driver with. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Commit, JournalImage, ProcessWrite } from "../../durability/journal/journal.js";

type UnnumberedCommit = Omit<Commit, "number">;

/** Commits handed over together; then perhaps another node opens the journal. */
export interface JournalStep {
  readonly batch: readonly UnnumberedCommit[];
  readonly reopen: boolean;
}

export class JournalModel {
  readonly sources = new Map<string, string>();
  /** Every id that was ever written. */
  readonly ids = new Set<string>();
  private readonly processes = new Map<string, { records: readonly string[]; state: string }>();
  private head = 0;
  private epoch = 0;

  apply(commit: UnnumberedCommit): Commit {
    for (const { id, reset, records, state } of commit.writes) {
      this.ids.add(id);
      const kept = reset ? [] : this.records(id);
      if (state === undefined) this.processes.delete(id);
      else this.processes.set(id, { records: [...kept, ...records], state });
    }
    for (const [hash, text] of commit.sources) this.sources.set(hash, text);
    for (const hash of commit.dropSources) this.sources.delete(hash);
    return { ...commit, number: ++this.head };
  }

  records(id: string): readonly string[] {
    return this.processes.get(id)?.records ?? [];
  }

  check(image: JournalImage): void {
    expect(image.head).toBe(this.head);
    expect(image.epoch).toBeGreaterThan(this.epoch);
    this.epoch = image.epoch;
    expect(image.states).toEqual(new Map([...this.processes].map(([id, { state }]) => [id, state])));
    expect([...image.sources].sort()).toEqual([...this.sources.keys()].sort());
  }
}

export function journalPlan(
  awkwardIds: readonly string[],
  awkwardTexts: readonly string[],
): fc.Arbitrary<readonly JournalStep[]> {
  const id = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("a", "b", "ab") },
    { weight: 1, arbitrary: fc.constantFrom(...awkwardIds) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 250 }) },
  );
  const text = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...awkwardTexts.filter(({ length }) => length < 1000)) },
    { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 300 }) },
    { weight: 1, arbitrary: fc.json() },
  );
  const write: fc.Arbitrary<ProcessWrite> = fc
    .record({
      id,
      reset: fc.boolean(),
      records: fc.array(text, { maxLength: 5 }),
      state: fc.option(text, { nil: undefined }),
    })
    .map((each) => (each.state === undefined ? { ...each, reset: false, records: [] } : each));
  const hash = fc.constantFrom("h0", "h1", "h2");
  const commit = fc.record({
    writes: fc.uniqueArray(write, { selector: ({ id }) => id, maxLength: 4 }),
    sources: fc
      .array(hash, { maxLength: 2 })
      .map((hashes) => hashes.map((each) => [each, `source of ${each}`] as const)),
    dropSources: fc.array(hash, { maxLength: 1 }),
  });
  // A commit that puts and drops one source says nothing.
  const sensible = commit.map((each) => ({
    ...each,
    dropSources: each.dropSources.filter((dropped) => each.sources.every(([put]) => put !== dropped)),
  }));
  const step = fc.record({ batch: fc.array(sensible, { maxLength: 6 }), reopen: fc.boolean() });
  return fc.array(step, { minLength: 1, maxLength: 8 });
}
