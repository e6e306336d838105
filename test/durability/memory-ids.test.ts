/** Ids of processes in memory: what is written is read, and nothing else is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counterId } from "../../actors/index.js";
import { readId, seriesSpan } from "../../durability/memory/id.js";

describe("the id of a process in memory", () => {
  it("is read as it is written, with and without a series", () => {
    const number = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 20 }));
    fc.assert(
      fc.property(number, fc.integer({ min: 1, max: 999_999 }), (count, series) => {
        expect(readId(counterId(count))).toBe(count);
        expect(readId(`${counterId(count)}.${series}`)).toBe(series * seriesSpan + count);
      }),
    );
  });

  it.each([
    "",
    "0",
    "0x",
    "x00001",
    "0x1",
    "0X00001",
    "0x0000A",
    "0x000001",
    "0x00001.",
    "0x00001.0",
    "0x00001.01",
    "0x00001.-1",
  ])("is not %j", (id) => {
    expect(readId(id)).toBe(-1);
  });

  it("is no other text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const number = readId(text);
        const series = Math.floor(number / seriesSpan);
        const written = counterId(number % seriesSpan) + (series > 0 ? `.${series}` : "");
        if (number >= 0) expect(written).toBe(text);
      }),
    );
  });
});
