/** TagTable and Queue next to the plain structures that they stand for, under any mix of operations. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TagTable } from "../../actors/tag-table.js";
import { Queue } from "../../mailbox/index.js";

describe("a table by tags", () => {
  it("holds what a map holds, whatever is taken when", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), gap: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("take" as const), at: fc.nat(80) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new TagTable<string>();
        const model = new Map<number, string>();
        let last = 0;
        for (const one of steps) {
          if (one.do === "add") {
            last += one.gap;
            table.set(last, `v${last}`);
            model.set(last, `v${last}`);
          } else {
            const tag = Math.max(0, last - one.at);
            expect(table.get(tag)).toBe(model.get(tag));
            expect(table.take(tag)).toBe(model.get(tag));
            model.delete(tag);
          }
          expect(table.size).toBe(model.size);
          expect(table.entries()).toEqual([...model]);
        }
      }),
    );
  });

  it("keeps no more rows than twice what it holds and a few", () => {
    const table = new TagTable<number>();
    table.set(1, 1);
    for (let tag = 2; tag < 100_000; tag++) {
      table.set(tag, tag);
      table.take(tag - 1 === 1 ? 0 : tag - 1);
    }
    expect(table.entries()).toEqual([
      [1, 1],
      [99_999, 99_999],
    ]);
    expect((table as unknown as { tags: number[] }).tags.length).toBeLessThan(30);
  });
});

describe("a queue", () => {
  it("is an array, at any length and under any mix of operations", () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant("push" as const), n: fc.nat(9) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("shift" as const), n: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("first" as const), n: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("all" as const), n: fc.nat(9) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new Queue<number>();
        let model: number[] = [];
        for (const { do: what, n } of steps) {
          const matches = (item: number): boolean => item === n;
          if (what === "push") {
            queue.push(n);
            model.push(n);
          } else if (what === "shift") expect(queue.shift()).toBe(model.shift());
          else if (what === "first") {
            const at = model.indexOf(n);
            expect(queue.shiftFirst(matches)).toBe(at < 0 ? undefined : model.splice(at, 1)[0]);
          } else {
            expect(queue.countOf(matches)).toBe(model.filter(matches).length);
            expect(queue.takeAll(matches)).toEqual(model.filter(matches));
            model = model.filter((item) => item !== n);
          }
          expect([queue.size, queue.first]).toEqual([model.length, model[0]]);
        }
        expect(queue.drain()).toEqual(model);
      }),
    );
  });
});
