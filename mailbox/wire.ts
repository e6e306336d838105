/** The only codec of envelopes: versioned JSON, for transports that leave this Node process. */
import { parseFailure } from "./failure.js";
import type { Payload } from "./payload.js";
import { type Pid, parsePid, unknownPid } from "./pid.js";
import type { CallHop, CallMark, Envelope, ExitReason, ReplyOutcome, Signal } from "./signal.js";

export const wireVersion = 1;

/** Envelope as plain JSON data: `{ v, from, inc, to, toInc?, seq, sig }`. */
export type WireEnvelope = { readonly [key: string]: Payload };

export function encodeEnvelope(envelope: Envelope): WireEnvelope {
  return {
    v: wireVersion,
    from: envelope.from.text,
    inc: envelope.incarnation,
    to: envelope.to.text,
    ...(envelope.toIncarnation === undefined ? {} : { toInc: envelope.toIncarnation }),
    seq: envelope.seq,
    sig: withoutUndefined(envelope.signal),
  };
}

/** Read an envelope; throws a TypeError that says what is wrong, as the text may come from anyone. */
export function decodeEnvelope(value: unknown): Envelope {
  const raw = record(value, "envelope");
  if (raw.v !== wireVersion) throw new TypeError(`envelope version ${String(raw.v)} is not ${wireVersion}`);
  const from = raw.from === "" ? unknownPid : pidField(raw.from, "from");
  return {
    from,
    incarnation: text(raw.inc, "inc"),
    to: pidField(raw.to, "to"),
    ...(raw.toInc === undefined ? {} : { toIncarnation: text(raw.toInc, "toInc") }),
    seq: sequence(raw.seq),
    signal: decodeSignal(raw.sig),
  };
}

const signalKinds: ReadonlySet<Signal["kind"]> = new Set([
  "message",
  "reply",
  "link",
  "unlink",
  "monitor",
  "demonitor",
  "exit",
  "cancel",
  "kill",
]);

/** Read a signal of any kind; throws a TypeError that says what is wrong. */
export function decodeSignal(value: unknown): Signal {
  const raw = record(value, "signal");
  const kind = text(raw.kind, "signal.kind") as Signal["kind"];
  if (!signalKinds.has(kind)) throw new TypeError(`signal kind ${kind} is unknown`);
  switch (kind) {
    case "message": {
      const topic = text(raw.topic, "signal.topic");
      const payloads = list(raw.payloads, "signal.payloads") as Payload[];
      return { kind, topic, payloads, ...(raw.call === undefined ? {} : { call: callMark(raw.call) }) };
    }
    case "reply":
      return { kind, ref: whole(raw.ref, "signal.ref"), outcome: outcome(raw.outcome) };
    case "link":
    case "monitor":
      return { kind, ref: whole(raw.ref, "signal.ref") };
    case "unlink":
    case "demonitor":
      return { kind, refs: refs(raw.refs) };
    case "exit":
      if (raw.via !== "link" && raw.via !== "monitor") throw new TypeError("signal.via is neither link nor monitor");
      return { kind, via: raw.via, refs: refs(raw.refs), reason: decodeReason(raw.reason) };
    case "cancel":
      return {
        kind,
        ...(raw.reason === undefined ? {} : { reason: text(raw.reason, "signal.reason") }),
        ...(raw.withinMs === undefined ? {} : { withinMs: milliseconds(raw.withinMs) }),
      };
    case "kill":
      return { kind };
  }
}

export function decodeReason(value: unknown): ExitReason {
  const raw = record(value, "reason");
  switch (raw.kind) {
    case "normal":
      return { kind: "normal", value: (raw.value ?? null) as Payload };
    case "failed": {
      const error = parseFailure(raw.error);
      if (error === undefined) throw new TypeError("reason.error is not a failure");
      return { kind: "failed", error };
    }
    case "cancelled":
      return { kind: "cancelled", reason: text(raw.reason, "reason.reason") };
    case "killed":
      return { kind: "killed" };
    case "noproc":
      return { kind: "noproc" };
    default:
      throw new TypeError(`reason kind ${String(raw.kind)} is unknown`);
  }
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new TypeError(`${what} is not a string`);
  return value;
}

function whole(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new TypeError(`${what} is not a whole number`);
  return value;
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${what} is not an array`);
  return value;
}

function refs(value: unknown): number[] {
  return list(value, "signal.refs").map((ref) => whole(ref, "signal.refs"));
}

function sequence(value: unknown): number {
  if (whole(value, "seq") < 0) throw new TypeError(`seq is below zero: ${value}`);
  return value as number;
}

function milliseconds(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new TypeError("signal.withinMs is not a number of milliseconds");
}

function callMark(value: unknown): CallMark {
  const raw = record(value, "signal.call");
  const ref = whole(raw.ref, "signal.call.ref");
  const chain = list(raw.chain, "signal.call.chain").map((hop): CallHop => {
    const { pid, ref } = record(hop, "a hop of signal.call.chain");
    return { pid: text(pid, "pid in signal.call.chain"), ref: whole(ref, "ref in signal.call.chain") };
  });
  return { ref, chain };
}

function outcome(value: unknown): ReplyOutcome {
  const raw = record(value, "signal.outcome");
  if (raw.ok === true) return { ok: true, value: (raw.value ?? null) as Payload };
  if (raw.ok !== false) throw new TypeError("signal.outcome.ok is not a boolean");
  const error = parseFailure(raw.error);
  if (error === undefined) throw new TypeError("signal.outcome.error is not a failure");
  return { ok: false, error };
}

function pidField(value: unknown, what: string): Pid {
  const pid = parsePid(text(value, what));
  if (pid === undefined) throw new TypeError(`${what} is not a pid: ${String(value)}`);
  return pid;
}

function withoutUndefined(signal: Signal): Payload {
  return JSON.parse(JSON.stringify(signal)) as Payload;
}
