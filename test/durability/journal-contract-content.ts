/** Laws of the journal contract about what is written and read, and in which order. */
import { expect, it } from "vitest";
import type { CommitResult } from "../../durability/journal/journal.js";
import { awkwardIds, awkwardTexts, type ContractContext, commitOf, committed } from "./journal-contract-context.js";

export function commits({ claimed, reopened }: ContractContext): void {
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

export function order({ claimed, reopened }: ContractContext): void {
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

export function content({ claimed, reopened }: ContractContext): void {
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
