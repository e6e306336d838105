/** The codec of envelopes: what goes out comes back, and what is malformed is refused with its place. */
import { describe, expect, it } from "vitest";
import {
  decodeEnvelope,
  decodeReason,
  decodeSignal,
  type Envelope,
  type ExitReason,
  encodeEnvelope,
  exitError,
  failure,
  isAbnormal,
  makePid,
  mirror,
  normalizeKind,
  parseFailure,
  type Signal,
  unknownPid,
} from "../../mailbox/index.js";

const from = makePid("n", "app:host", "1|}");
const to = makePid("c", "app:worker", "order-1");
const error = {
  ...failure("CONFLICT", "taken", { retryable: true, details: { by: "x" } }),
  context: ["while ordering"],
};

const reasons: ExitReason[] = [
  { kind: "normal", value: { a: [1] } },
  { kind: "failed", error },
  { kind: "cancelled", reason: "" },
  { kind: "killed" },
  { kind: "noproc" },
];
const signals: Signal[] = [
  { kind: "message", topic: "t", payloads: [] },
  {
    kind: "message",
    topic: "t",
    payloads: [null, 1, { a: "é" }],
    call: { ref: 3, chain: [{ pid: from.text, ref: 3 }] },
  },
  { kind: "reply", ref: 3, outcome: { ok: true, value: null } },
  { kind: "reply", ref: 3, outcome: { ok: false, error } },
  { kind: "link", ref: 1 },
  { kind: "unlink", refs: [1, -2] },
  { kind: "monitor", ref: 4 },
  { kind: "demonitor", refs: [] },
  ...reasons.map((reason): Signal => ({ kind: "exit", via: "link", refs: [5], reason })),
  { kind: "exit", via: "monitor", refs: [-5], reason: { kind: "killed" } },
  { kind: "cancel" },
  { kind: "cancel", reason: "enough", withinMs: 50 },
  { kind: "kill" },
];

describe("an envelope on the wire", () => {
  for (const signal of signals) {
    it(`comes back with ${JSON.stringify(signal).slice(0, 70)}`, () => {
      const envelope: Envelope = { from, incarnation: "life", to, toIncarnation: "run", seq: 7, signal };
      expect(decodeEnvelope(JSON.parse(JSON.stringify(encodeEnvelope(envelope))))).toEqual(envelope);
    });
  }

  it("may come from outside and name no incarnation", () => {
    const envelope: Envelope = { from: unknownPid, incarnation: "", to, seq: 0, signal: { kind: "kill" } };
    const text = JSON.stringify(encodeEnvelope(envelope));
    expect(text).not.toContain("toInc");
    expect(decodeEnvelope(JSON.parse(text))).toEqual(envelope);
  });

  const good = encodeEnvelope({ from, incarnation: "i", to, seq: 1, signal: { kind: "kill" } });
  it.each([
    ["no object", null, "envelope is not an object"],
    ["an array", [], "envelope is not an object"],
    ["another version", { ...good, v: 2 }, "envelope version 2 is not 1"],
    ["a sender that is no pid", { ...good, from: "name" }, "from is not a pid"],
    ["a receiver that is no pid", { ...good, to: "" }, "to is not a pid"],
    ["an incarnation that is no text", { ...good, inc: 1 }, "inc is not a string"],
    ["a number that is no whole one", { ...good, seq: 1.5 }, "seq is not a whole number"],
    ["a number below zero", { ...good, seq: -1 }, "seq is below zero"],
    ["no signal", { ...good, sig: "kill" }, "signal is not an object"],
  ])("is refused when it has %s", (_what, value, text) => {
    expect(() => decodeEnvelope(value)).toThrow(TypeError);
    expect(() => decodeEnvelope(value)).toThrow(text);
  });

  it.each([
    [{ kind: "explode" }, "signal kind explode is unknown"],
    [{ kind: "toString" }, "signal kind toString is unknown"],
    [{ kind: "message", payloads: [] }, "signal.topic is not a string"],
    [{ kind: "message", topic: "t" }, "signal.payloads is not an array"],
    [{ kind: "message", topic: "t", payloads: [], call: {} }, "signal.call.ref is not a whole number"],
    [{ kind: "message", topic: "t", payloads: [], call: { ref: 1 } }, "signal.call.chain is not an array"],
    [
      { kind: "message", topic: "t", payloads: [], call: { ref: 1, chain: [1] } },
      "a hop of signal.call.chain is not an object",
    ],
    [{ kind: "reply", ref: 1, outcome: {} }, "signal.outcome.ok is not a boolean"],
    [{ kind: "reply", ref: 1, outcome: { ok: false } }, "signal.outcome.error is not a failure"],
    [{ kind: "link", ref: "1" }, "signal.ref is not a whole number"],
    [{ kind: "unlink", refs: 1 }, "signal.refs is not an array"],
    [{ kind: "demonitor", refs: ["1"] }, "signal.refs is not a whole number"],
    [{ kind: "exit", via: "hearsay", refs: [], reason: { kind: "killed" } }, "signal.via is neither link nor monitor"],
    [{ kind: "exit", via: "link", refs: [], reason: { kind: "bored" } }, "reason kind bored is unknown"],
    [{ kind: "exit", via: "link", refs: [], reason: { kind: "failed", error: "x" } }, "reason.error is not a failure"],
    [{ kind: "cancel", reason: 5 }, "signal.reason is not a string"],
    [{ kind: "cancel", withinMs: "5s" }, "signal.withinMs is not a number of milliseconds"],
    [{ kind: "cancel", withinMs: -1 }, "signal.withinMs is not a number of milliseconds"],
  ])("is refused with the signal %j", (signal, text) => {
    expect(() => decodeSignal(signal)).toThrow(TypeError);
    expect(() => decodeSignal(signal)).toThrow(text);
  });

  it("brings no field that its kind does not have", () => {
    expect(decodeSignal({ kind: "kill", extra: 1 })).toEqual({ kind: "kill" });
  });

  it("reads a normal end without a value as null", () => {
    expect(decodeReason({ kind: "normal" })).toEqual({ kind: "normal", value: null });
  });
});

describe("exit reasons", () => {
  it("are abnormal but for a normal end", () => {
    expect(reasons.map(isAbnormal)).toEqual([false, true, true, true, true]);
  });

  it("say the error that an event shows", () => {
    expect(exitError({ kind: "normal", value: null })).toBeUndefined();
    expect(exitError({ kind: "failed", error })).toBe(error);
    expect(exitError({ kind: "cancelled", reason: "" })).toMatchObject({ kind: "CANCELED", retryable: false });
    expect(exitError({ kind: "cancelled", reason: "why" })?.message).toBe("why");
    expect(exitError({ kind: "killed" })).toEqual({ kind: "INTERNAL", message: "process terminated" });
    expect(exitError({ kind: "noproc" })).toMatchObject({ kind: "NOT_FOUND", message: "process not found" });
  });

  it("name refs from the other end with the opposite sign", () => expect(mirror([1, -2])).toEqual([-1, 2]));
});

describe("failures from elsewhere", () => {
  it.each([
    ["NotFound", "NOT_FOUND"],
    ["not_found", "NOT_FOUND"],
    ["limit-exceeded", "LIMIT_EXCEEDED"],
    ["", "UNKNOWN"],
    ["MyKind", "MyKind"],
  ])("have the kind %j as %s", (kind, normal) => expect(normalizeKind(kind)).toBe(normal));

  it("keep the difference between retryable false and unsaid", () => {
    expect(parseFailure({ kind: "INTERNAL", message: "x" })).toEqual({ kind: "INTERNAL", message: "x" });
    expect(parseFailure({ kind: "INTERNAL", message: "x", retryable: false })?.retryable).toBe(false);
  });

  it.each([null, "x", {}, { kind: "x" }, { message: "x" }, { kind: 1, message: "x" }])(
    "are not made of %j",
    (value) => {
      expect(parseFailure(value)).toBeUndefined();
    },
  );
});
