/** Inputs as texts: what is written is what is read, for every kind and every message. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Input } from "../../actors/index.js";
import { inputText, readInput } from "../../durability/journal/inputs.js";
import { makePid, type Payload, parsePid } from "../../mailbox/index.js";

const self = makePid("j", "t:host", "me");
const from = makePid("n1", "t:host", 'odd "id" \u{1f600}\ud800');
const round = (input: Input): Input => readInput(JSON.parse(inputText(input)) as unknown[], self);

describe("the text of an input", () => {
  it("says the same of every message, whichever way it is made", () => {
    const seed = Number(process.env.PERDURE_SEED ?? Date.now() % 2 ** 31);
    const message = fc.record({
      topic: fc.string({ unit: "binary" }),
      payloads: fc.array(fc.jsonValue().map((value) => value as Payload)),
    });
    fc.assert(
      fc.property(message, fc.nat(), fc.string(), fc.boolean(), (signal, seq, incarnation, isCall) => {
        const call = isCall ? { call: { ref: 1, chain: [] } } : {};
        const input: Input = {
          kind: "envelope",
          at: 1_790_000_000_000.5,
          envelope: { from, incarnation, to: self, seq, signal: { kind: "message", ...signal, ...call } },
        };
        // -0 has no sign in JSON, and none in a payload.
        expect(JSON.parse(JSON.stringify(round(input)))).toEqual(JSON.parse(JSON.stringify(input)));
      }),
      { seed, numRuns: 300 },
    );
  });

  it.each<Input>([
    { kind: "answered", at: 1, tag: 2, delivery: { kind: "gone" } },
    { kind: "settled", at: 1, tag: 2, outcome: { ok: false, error: { kind: "INVALID", message: "no" } } },
    { kind: "spawned", at: 1, tag: 2, result: { ok: true, pid: from, incarnation: "i", existed: false } },
    { kind: "spawned", at: 1, tag: 2, result: { ok: false, error: { kind: "INVALID", message: "no" } } },
    { kind: "nodedown", at: 1, node: "n2" },
    { kind: "overrun", at: 1, slices: 3 },
    { kind: "discard", at: 1, count: 3 },
    { kind: "stop", at: 1, reason: { kind: "cancelled", reason: "over" } },
    { kind: "continue", at: 1 },
  ])("keeps $kind", (input) => {
    expect(round(input)).toEqual(input);
  });

  it("keeps to whom, when only one life of the process is meant", () => {
    const signal = { kind: "message", topic: "t", payloads: [1] } as const;
    const envelope = { from: parsePid(from.text)!, incarnation: "i", to: self, toIncarnation: "mine", seq: 0, signal };
    expect(round({ kind: "envelope", at: 5, envelope })).toEqual({ kind: "envelope", at: 5, envelope });
  });

  it("refuses what is no input", () => {
    expect(() => readInput(["q", 1], self)).toThrow('an input of the unknown kind "q"');
  });
});
