/** What every journal driver must do (durability/journal/journal.ts), once for all of them; a driver's own tests say the rest. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JournalHealth, Superseded } from "../../durability/journal/journal.js";
import { commits, content, order } from "./journal-contract-content.js";
import {
  awkwardIds,
  awkwardTexts,
  type ContractContext,
  committed,
  graceMs,
  type JournalStorage,
  type Opened,
} from "./journal-contract-context.js";
import { claims, closing, owners } from "./journal-contract-owners.js";
import { JournalModel, journalPlan } from "./journal-model.js";

export { awkwardIds, awkwardTexts, commitOf, type JournalStorage } from "./journal-contract-context.js";

export interface ContractOptions {
  /** Runs of the property test. */
  readonly runs?: number;
}

export function describeJournal(
  name: string,
  create: () => Promise<JournalStorage>,
  options: ContractOptions = {},
): void {
  describe(`journal driver ${name}`, () => {
    let storage: JournalStorage;
    let opened: Opened[];

    beforeEach(async () => {
      storage = await create();
      opened = [];
    });
    afterEach(async () => {
      for (const { journal } of opened) await journal.close(graceMs);
      await storage.dispose();
    });

    async function open(): Promise<Opened> {
      const lost: Superseded[] = [];
      const health: JournalHealth[] = [];
      const journal = await storage.open({
        health: (state) => health.push(state),
        lost: (why) => lost.push(why),
      });
      const entry = { journal, lost, health };
      opened.push(entry);
      return entry;
    }
    async function claimed() {
      const entry = await open();
      return { ...entry, image: await entry.journal.claim() };
    }
    /** What the next node finds. */
    async function reopened(before: Opened) {
      await before.journal.close(graceMs);
      return claimed();
    }

    const context: ContractContext = { storage: () => storage, open, claimed, reopened };
    describe("claim", () => claims(context));
    describe("commits", () => commits(context));
    describe("order", () => order(context));
    describe("content", () => content(context));
    describe("owners", () => owners(context));
    describe("close", () => closing(context));
    it("does what a map would, whatever the commits", () => property(create, options.runs ?? 30), 120_000);
  });
}

/** Random commits, handed over in batches of which none waits for the one before, with reopens between; all as in the model. */
async function property(create: () => Promise<JournalStorage>, numRuns: number): Promise<void> {
  const seed = process.env.PERDURE_SEED === undefined ? {} : { seed: Number(process.env.PERDURE_SEED) };
  await fc.assert(
    fc.asyncProperty(journalPlan(awkwardIds, awkwardTexts), async (plan) => {
      const storage = await create();
      const events = { health: () => undefined, lost: () => undefined };
      let journal = await storage.open(events);
      try {
        const model = new JournalModel();
        model.check(await journal.claim());
        for (const { batch, reopen } of plan) {
          const numbered = batch.map((commit) => model.apply(commit));
          const results = await Promise.all(numbered.map((commit) => journal.commit(commit)));
          expect(results).toEqual(numbered.map(() => committed));
          if (reopen) {
            await journal.close(graceMs);
            journal = await storage.open(events);
            model.check(await journal.claim());
          }
          const ids = [...model.ids, "never there"];
          expect(await journal.read(ids)).toEqual(ids.map((id) => model.records(id)));
          for (const hash of ["h0", "h1", "h2"]) expect(await journal.readSource(hash)).toBe(model.sources.get(hash));
        }
      } finally {
        await journal.close(graceMs);
        await storage.dispose();
      }
    }),
    { numRuns, ...seed },
  );
}
