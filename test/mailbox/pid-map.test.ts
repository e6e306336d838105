/** PidMap next to a map by text, under any mix of operations. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makePid, PidMap } from "../../mailbox/index.js";

const pid = fc
  .tuple(fc.constantFrom("", "n1", "n2"), fc.constantFrom("a:x", "a:y"), fc.constantFrom("", "1", "2", "3"))
  .map(([node, host, id]) => makePid(node, host, id));
const step = fc.oneof(
  fc.record({ do: fc.constant("set" as const), pid, value: fc.nat() }),
  fc.record({ do: fc.constant("delete" as const), pid }),
);

describe("a map by pid", () => {
  it("holds what a map by text holds, also where ids are equal", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const map = new PidMap<number>();
        const model = new Map<string, number>();
        for (const one of steps) {
          if (one.do === "set") {
            map.set(one.pid, one.value);
            model.set(one.pid.text, one.value);
          } else expect(map.delete(one.pid)).toBe(model.delete(one.pid.text));
          expect(map.get(one.pid)).toBe(model.get(one.pid.text));
          expect(map.size).toBe(model.size);
          expect(map.values().sort()).toEqual([...model.values()].sort());
        }
      }),
    );
  });

  it("tells its values in the order in which they were set", () => {
    const map = new PidMap<number>();
    for (let i = 0; i < 100; i++) map.set(makePid("n", "a:x", String((i * 37) % 100)), i);
    expect(map.values()).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
