/** Laws of the journal contract about owners: claims, fencing and the end. */
import { expect, it } from "vitest";
import { JournalError } from "../../durability/journal/journal.js";
import { type ContractContext, commitOf, committed, graceMs } from "./journal-contract-context.js";

export function claims({ claimed, reopened }: ContractContext): void {
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

export function owners({ open, claimed, reopened, storage }: ContractContext): void {
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

export function closing({ open, claimed, reopened }: ContractContext): void {
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
