/** What every journal driver must do (durability/journal/journal.ts), once for all of them; a driver's own tests say the rest. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Commit,
  type CommitResult,
  type Journal,
  JournalError,
  type JournalHealth,
  type JournalImage,
  type ProcessWrite,
  type Superseded,
} from "../../durability/journal/journal.js";
import { JournalModel, journalPlan } from "./journal-model.js";

/** One empty place to keep a journal in; driver instances come and go on it. */
export interface JournalStorage {
  /** What happens when a second instance claims while the first is open: it takes over, or it is refused with CONFLICT. */
  readonly second: "fences" | "refused";
  open(events: { health(health: JournalHealth): void; lost(why: Superseded, detail: string): void }): Promise<Journal>;
  /** Called after every journal was closed. */
  dispose(): Promise<void>;
}

export interface ContractOptions {
  /** Runs of the property test. */
  readonly runs?: number;
}

interface Opened {
  readonly journal: Journal;
  readonly lost: Superseded[];
  readonly health: JournalHealth[];
}

const committed: CommitResult = { kind: "committed" };
const graceMs = 10_000;

/** A commit with only what the test is about. */
export function commitOf(number: number, writes: readonly Partial<ProcessWrite>[], rest: Partial<Commit> = {}): Commit {
  return {
    number,
    writes: writes.map((write, index) => ({ id: `p${index}`, reset: false, records: [], state: "s", ...write })),
    sources: [],
    dropSources: [],
    ...rest,
  };
}

/** Any characters, at most 1000 bytes of UTF-8. */
export const awkwardIds = [
  "0",
  " ",
  "a b",
  "a/b",
  "a/b/c",
  "a//",
  "a",
  "a:b{c}d",
  "{tag}",
  `quotes " ' \``,
  "back\\slash",
  "nul\0in the middle",
  "nul at the end\0",
  "line\nfeed\r\ttab\x7f",
  "*?[a-z]",
  "..",
  "ünïcödé",
  "漢字",
  "🦜".repeat(250),
  "x".repeat(1000),
  `${"x".repeat(999)}y`,
  "__proto__",
  "constructor",
  "1e3",
  "\uffff",
  "\u0000",
];

export const awkwardTexts = [
  "",
  " ",
  "\0",
  "a\0b\0",
  "ünïcödé 漢字 🦜 \u2028 \ufeff",
  JSON.stringify({ lone: "\ud800", pair: "\ud83e\udd9c", nul: "\0" }),
  '"\\ud800 \\udfff"',
  "\r\n",
  "x".repeat(100_000),
];

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
    async function claimed(): Promise<Opened & { readonly image: JournalImage }> {
      const entry = await open();
      return { ...entry, image: await entry.journal.claim() };
    }
    /** What the next node finds. */
    async function reopened(before: Opened): Promise<Opened & { readonly image: JournalImage }> {
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

interface ContractContext {
  storage(): JournalStorage;
  open(): Promise<Opened>;
  claimed(): Promise<Opened & { readonly image: JournalImage }>;
  reopened(before: Opened): Promise<Opened & { readonly image: JournalImage }>;
}

function claims({ claimed, reopened }: ContractContext): void {
  it("finds nothing in a new journal", async () => {
    const { image, journal, lost } = await claimed();
    expect(image).toEqual({ epoch: image.epoch, head: 0, states: new Map(), sources: [] });
    expect(image.epoch).toBeGreaterThan(0);
    expect(await journal.read(["nobody", "nobody else"])).toEqual([[], []]);
    expect(await journal.read([])).toEqual([]);
    expect(await journal.readSource("none")).toBeUndefined();
    expect(lost).toEqual([]);
  });

  it("finds after a close what was committed before, under a higher epoch", async () => {
    const first = await claimed();
    const writes = [
      { id: "a", records: ["1", "2"], state: "A" },
      { id: "b", records: ["3"], state: "B" },
    ];
    expect(await first.journal.commit(commitOf(1, writes, { sources: [["h", "return 1"]] }))).toEqual(committed);
    expect(await first.journal.commit(commitOf(2, [{ id: "a", records: ["4"], state: "A2" }]))).toEqual(committed);
    const second = await reopened(first);
    const states = new Map([
      ["a", "A2"],
      ["b", "B"],
    ]);
    expect(second.image).toEqual({ epoch: second.image.epoch, head: 2, states, sources: ["h"] });
    expect(second.image.epoch).toBeGreaterThan(first.image.epoch);
    expect(await second.journal.read(["b", "a"])).toEqual([["3"], ["1", "2", "4"]]);
    expect(await second.journal.readSource("h")).toBe("return 1");
    expect(await second.journal.commit(commitOf(3, [{ id: "a" }]))).toEqual(committed);
  });

  it("counts every claim, also of a journal that nobody wrote to", async () => {
    const first = await claimed();
    const second = await reopened(first);
    const third = await reopened(second);
    expect(third.image.epoch).toBeGreaterThan(second.image.epoch);
    expect(second.image.epoch).toBeGreaterThan(first.image.epoch);
  });
}

function commits({ claimed, reopened }: ContractContext): void {
  it("append, replace the state, start anew and forget", async () => {
    const first = await claimed();
    const { journal } = first;
    await journal.commit(
      commitOf(1, [
        { id: "a", records: ["1", "2", "3"] },
        { id: "ab", records: ["x"] },
      ]),
    );
    await journal.commit(commitOf(2, [{ id: "a", records: ["4"], state: "more" }]));
    expect(await journal.read(["a"])).toEqual([["1", "2", "3", "4"]]);
    await journal.commit(commitOf(3, [{ id: "a", reset: true, records: ["new"], state: "reset" }]));
    expect(await journal.read(["a", "ab"])).toEqual([["new"], ["x"]]);
    await journal.commit(commitOf(4, [{ id: "a", records: ["newer"], state: "appended" }]));
    expect(await journal.read(["a"])).toEqual([["new", "newer"]]);
    await journal.commit(commitOf(5, [{ id: "a", state: undefined }]));
    expect(await journal.read(["a", "ab"])).toEqual([[], ["x"]]);
    const second = await reopened(first);
    expect(second.image.states).toEqual(new Map([["ab", "s"]]));
    expect(await second.journal.read(["a"])).toEqual([[]]);
  });

  it("give an id that was forgotten a new journal", async () => {
    const { journal } = await claimed();
    await journal.commit(commitOf(1, [{ id: "a", records: ["old", "older", "oldest"] }]));
    await journal.commit(commitOf(2, [{ id: "a", state: undefined }]));
    await journal.commit(commitOf(3, [{ id: "a", records: ["new"], state: "again" }]));
    expect(await journal.read(["a"])).toEqual([["new"]]);
    await journal.commit(commitOf(4, [{ id: "a", reset: true, records: ["newest"], state: "again" }]));
    expect(await journal.read(["a"])).toEqual([["newest"]]);
  });

  it("may change only a state, or nothing but the head", async () => {
    const first = await claimed();
    await first.journal.commit(commitOf(1, [{ id: "a", records: [], state: "only" }]));
    expect(await first.journal.read(["a"])).toEqual([[]]);
    await first.journal.commit(commitOf(2, [{ id: "a", reset: true, records: [], state: "" }]));
    await first.journal.commit(commitOf(3, []));
    await first.journal.commit(commitOf(4, [{ id: "never there", state: undefined }]));
    const second = await reopened(first);
    expect(second.image.head).toBe(4);
    expect(second.image.states).toEqual(new Map([["a", ""]]));
  });

  it("keep sources until they are dropped; putting one again changes nothing", async () => {
    const first = await claimed();
    const { journal } = first;
    await journal.commit(commitOf(1, [], { sources: [...awkwardTexts.entries()].map(([i, text]) => [`h${i}`, text]) }));
    await journal.commit(commitOf(2, [], { sources: [["h1", awkwardTexts[1]!]], dropSources: ["h0", "none"] }));
    expect(await journal.readSource("h0")).toBeUndefined();
    for (const [i, text] of awkwardTexts.entries()) if (i > 0) expect(await journal.readSource(`h${i}`)).toBe(text);
    const second = await reopened(first);
    expect([...second.image.sources].sort()).toEqual(awkwardTexts.map((_, i) => `h${i}`).slice(1));
    expect(await second.journal.readSource("h4")).toBe(awkwardTexts[4]);
  });

  it("with a number that is not the next are refused, and so is every later one until a new claim", async () => {
    const { journal, lost, image } = await claimed();
    expect(await journal.commit(commitOf(1, [{ id: "a", records: ["1"] }]))).toEqual(committed);
    const refused = { kind: "superseded", why: "rolled_back", detail: expect.any(String) };
    expect(await journal.commit(commitOf(7, [{ id: "a", records: ["bad"] }]))).toEqual(refused);
    expect(await journal.commit(commitOf(2, [{ id: "a", records: ["late"] }]))).toEqual(refused);
    expect(lost.length).toBeLessThanOrEqual(1);
    const again = await journal.claim();
    expect(again.epoch).toBeGreaterThan(image.epoch);
    expect(again.head).toBe(1);
    expect(await journal.read(["a"])).toEqual([["1"]]);
    expect(await journal.commit(commitOf(2, [{ id: "a", records: ["2"] }]))).toEqual(committed);
    expect(await journal.read(["a"])).toEqual([["1", "2"]]);
  });
}

function order({ claimed, reopened }: ContractContext): void {
  it("commits handed over together are answered and written in their order", async () => {
    const first = await claimed();
    const answered: number[] = [];
    const results = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const result = await first.journal.commit(commitOf(i + 1, [{ id: `p${i % 3}`, records: [`${i}`] }]));
        answered.push(i);
        return result;
      }),
    );
    expect(results.every((result) => result.kind === "committed")).toBe(true);
    expect(answered).toEqual(answered.map((_, i) => i));
    const all = Array.from({ length: 300 }, (_, i) => i);
    const expected = [0, 1, 2].map((p) => all.filter((i) => i % 3 === p).map(String));
    expect(await first.journal.read(["p0", "p1", "p2"])).toEqual(expected);
    const second = await reopened(first);
    expect(second.image.head).toBe(300);
    expect(await second.journal.read(["p0", "p1", "p2"])).toEqual(expected);
  });

  it("a reset or an end between appends that are under way falls where it was put", async () => {
    const { journal } = await claimed();
    const results = await Promise.all([
      journal.commit(commitOf(1, [{ id: "a", records: ["1", "2"] }])),
      journal.commit(commitOf(2, [{ id: "a", reset: true, records: ["3"] }])),
      journal.commit(commitOf(3, [{ id: "a", records: ["4"] }])),
      journal.commit(commitOf(4, [{ id: "a", state: undefined }])),
      journal.commit(commitOf(5, [{ id: "a", records: ["5"] }])),
      journal.commit(commitOf(6, [{ id: "a", records: ["6"] }])),
    ]);
    expect(results).toEqual(Array(6).fill(committed));
    expect(await journal.read(["a"])).toEqual([["5", "6"]]);
  });

  it("a commit handed over while others are being written is written after them", async () => {
    const { journal } = await claimed();
    const results: CommitResult[] = [];
    let number = 0;
    const chain = async (name: string) => {
      for (let i = 0; i < 40; i++) {
        results.push(await journal.commit(commitOf(++number, [{ id: name, records: [`${i}`] }])));
      }
    };
    await Promise.all(["a", "b", "c", "d"].map(chain));
    expect(results.every((result) => result.kind === "committed")).toBe(true);
    const expected = Array.from({ length: 40 }, (_, i) => `${i}`);
    expect(await journal.read(["a", "b", "c", "d"])).toEqual(Array(4).fill(expected));
  });
}

function content({ claimed, reopened }: ContractContext): void {
  it("ids may have any characters", async () => {
    const first = await claimed();
    const writes = awkwardIds.map((id, i) => ({
      id,
      records: [`first of ${i}`, `second of ${i}`],
      state: `state ${i}`,
    }));
    expect(await first.journal.commit(commitOf(1, writes))).toEqual(committed);
    const second = await reopened(first);
    expect(second.image.states).toEqual(new Map(awkwardIds.map((id, i) => [id, `state ${i}`])));
    expect(await second.journal.read(awkwardIds)).toEqual(writes.map(({ records }) => records));
    // Forgetting one leaves those whose ids begin alike.
    for (const [i, id] of awkwardIds.entries()) {
      if (i % 2 === 0) await second.journal.commit(commitOf(2 + i / 2, [{ id, state: undefined }]));
    }
    const left = awkwardIds.map((_, i) => (i % 2 === 0 ? [] : writes[i]!.records));
    expect(await second.journal.read(awkwardIds)).toEqual(left);
  });

  it("texts come back as they went in", async () => {
    const first = await claimed();
    const writes = awkwardTexts.map((text, i) => ({
      id: `t${i}`,
      records: [text, ...awkwardTexts, text],
      state: text,
    }));
    await first.journal.commit(commitOf(1, writes));
    const second = await reopened(first);
    expect(second.image.states).toEqual(new Map(writes.map(({ id, state }) => [id, state])));
    expect(await second.journal.read(writes.map(({ id }) => id))).toEqual(writes.map(({ records }) => records));
  });

  it("a record may have 5 MB", async () => {
    const first = await claimed();
    const large = "0123456789".repeat(500_000);
    expect(await first.journal.commit(commitOf(1, [{ id: "a", records: ["before", large, "after"] }]))).toEqual(
      committed,
    );
    const second = await reopened(first);
    const [records] = await second.journal.read(["a"]);
    expect(records!.map((text) => text.length)).toEqual([6, 5_000_000, 5]);
    expect(records![1] === large).toBe(true);
  });

  it("ten thousand processes are found by one claim", async () => {
    const first = await claimed();
    const ids = Array.from({ length: 10_000 }, (_, i) => `process ${i}`);
    for (let i = 0; i < 10; i++) {
      const writes = ids
        .slice(i * 1000, (i + 1) * 1000)
        .map((id) => ({ id, records: [`a ${id}`, `b ${id}`], state: id }));
      expect(await first.journal.commit(commitOf(i + 1, writes))).toEqual(committed);
    }
    const second = await reopened(first);
    expect(second.image.states.size).toBe(10_000);
    expect(ids.every((id) => second.image.states.get(id) === id)).toBe(true);
    const records = await second.journal.read(ids);
    expect(ids.every((id, i) => records[i]!.length === 2 && records[i]![1] === `b ${id}`)).toBe(true);
  });

  it("one process may have many records, also in one commit", async () => {
    const first = await claimed();
    const records = Array.from({ length: 3000 }, (_, i) => `record ${i}`);
    await first.journal.commit(commitOf(1, [{ id: "a", records }]));
    await first.journal.commit(commitOf(2, [{ id: "a", records: ["last"] }]));
    const second = await reopened(first);
    expect(await second.journal.read(["a"])).toEqual([[...records, "last"]]);
    await second.journal.commit(commitOf(3, [{ id: "a", state: undefined }]));
    expect(await second.journal.read(["a"])).toEqual([[]]);
  });

  it("reads an id that is asked for twice twice", async () => {
    const { journal } = await claimed();
    await journal.commit(commitOf(1, [{ id: "a", records: ["1"] }]));
    expect(await journal.read(["a", "none", "a"])).toEqual([["1"], [], ["1"]]);
  });
}

function owners({ open, claimed, reopened, storage }: ContractContext): void {
  it("a second owner fences the first, or is refused while the first is there", async () => {
    const first = await claimed();
    expect(await first.journal.commit(commitOf(1, [{ id: "a", records: ["1"] }]))).toEqual(committed);
    if (storage().second === "refused") {
      const attempt = open().then(({ journal }) => journal.claim());
      await expect(attempt).rejects.toBeInstanceOf(JournalError);
      await expect(attempt).rejects.toMatchObject({ kind: "CONFLICT" });
      expect(await first.journal.commit(commitOf(2, [{ id: "a", records: ["2"] }]))).toEqual(committed);
      expect(first.lost).toEqual([]);
      return;
    }
    const second = await claimed();
    expect(second.image.head).toBe(1);
    const fenced = { kind: "superseded", why: "fenced", detail: expect.any(String) };
    const late = [2, 3, 4].map((number) => first.journal.commit(commitOf(number, [{ id: "a", records: ["late"] }])));
    expect(await Promise.all(late)).toEqual([fenced, fenced, fenced]);
    expect(await first.journal.commit(commitOf(2, []))).toEqual(fenced);
    expect(first.lost.length).toBeLessThanOrEqual(1);
    expect(await second.journal.commit(commitOf(2, [{ id: "a", records: ["2"] }]))).toEqual(committed);
    expect(await second.journal.read(["a"])).toEqual([["1", "2"]]);
    expect(second.lost).toEqual([]);
  });

  it("a claim can be taken back, with what the other wrote", async () => {
    const first = await claimed();
    await first.journal.commit(commitOf(1, [{ id: "a", records: ["1"] }]));
    const second = storage().second === "refused" ? await reopened(first) : await claimed();
    await second.journal.commit(commitOf(2, [{ id: "b", records: ["2"], state: "of the second" }]));
    const back = storage().second === "refused" ? await reopened(second) : first;
    if (back === first) await first.journal.commit(commitOf(2, []));
    const image = await back.journal.claim();
    expect(image.epoch).toBeGreaterThan(second.image.epoch);
    expect(image.head).toBe(2);
    expect(image.states.get("b")).toBe("of the second");
    expect(await back.journal.commit(commitOf(3, [{ id: "a" }]))).toEqual(committed);
  });

  it("commits race with another claim: each is kept or refused, never half, never both", async () => {
    if (storage().second === "refused") return;
    const first = await claimed();
    const results = Array.from({ length: 50 }, (_, i) =>
      first.journal.commit(
        commitOf(i + 1, [
          { id: "a", records: [`${i}`] },
          { id: "b", records: [`${i}`] },
        ]),
      ),
    );
    const second = await claimed();
    const kept = (await Promise.all(results)).filter(({ kind }) => kind === "committed").length;
    expect(second.image.head).toBe(kept);
    const expected = Array.from({ length: kept }, (_, i) => `${i}`);
    expect(await second.journal.read(["a", "b"])).toEqual([expected, expected]);
  });
}

function closing({ open, claimed, reopened }: ContractContext): void {
  const closed = { kind: "superseded", why: "closed", detail: expect.any(String) };

  it("waits for what is under way; what comes later is refused and nothing is lost", async () => {
    const first = await claimed();
    const results = Array.from({ length: 20 }, (_, i) =>
      first.journal.commit(commitOf(i + 1, [{ id: "a", records: [`${i}`] }])),
    );
    const close = first.journal.close(graceMs);
    expect(await first.journal.commit(commitOf(21, [{ id: "a", records: ["late"] }]))).toEqual(closed);
    await close;
    expect(await Promise.all(results)).toEqual(Array(20).fill(committed));
    expect(await first.journal.commit(commitOf(22, []))).toEqual(closed);
    expect(first.lost).toEqual([]);
    const second = await reopened(first);
    expect(second.image.head).toBe(20);
    expect((await second.journal.read(["a"]))[0]).toHaveLength(20);
  });

  it("may be repeated, and come before any claim", async () => {
    const { journal } = await claimed();
    await Promise.all([journal.close(graceMs), journal.close(0)]);
    await journal.close(graceMs);
    const unclaimed = await open();
    await unclaimed.journal.close(graceMs);
    await unclaimed.journal.close(0);
  });

  it("leaves nothing to read or to claim", async () => {
    const { journal } = await claimed();
    await journal.close(graceMs);
    await expect(journal.read(["a"])).rejects.toBeInstanceOf(JournalError);
    await expect(journal.readSource("h")).rejects.toBeInstanceOf(JournalError);
    await expect(journal.claim()).rejects.toBeInstanceOf(JournalError);
  });

  it("without a grace answers every commit all the same, each truly", async () => {
    const first = await claimed();
    const results = Array.from({ length: 20 }, (_, i) =>
      first.journal.commit(commitOf(i + 1, [{ id: "a", records: [`${i}`] }])),
    );
    await first.journal.close(0);
    const kept = (await Promise.all(results)).filter(({ kind }) => kind === "committed").length;
    const second = await reopened(first);
    expect(second.image.head).toBe(kept);
    expect((await second.journal.read(["a"]))[0]).toHaveLength(kept);
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
