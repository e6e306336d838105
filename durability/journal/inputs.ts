/** Inputs as the rows of a record: arrays with a letter in front, as they are the bulk of every journal. */
import type { Input, Outcome, SpawnResult } from "../../actors/index.js";
import {
  type Delivery,
  decodeReason,
  decodeSignal,
  type Payload,
  type Pid,
  parsePid,
  unknownPid,
} from "../../mailbox/index.js";

export function inputText(input: Input): string {
  if (input.kind === "envelope") {
    const { from, incarnation, seq, signal, toIncarnation } = input.envelope;
    if (signal.kind === "message" && signal.call === undefined && toIncarnation === undefined) {
      // The bulk of the bulk, in half the time: the same text as below.
      const { topic, payloads } = signal;
      const message = `{"kind":"message","topic":${JSON.stringify(topic)},"payloads":${JSON.stringify(payloads)}}`;
      return `["e",${input.at},${JSON.stringify(from.text)},${JSON.stringify(incarnation)},${seq},${message}]`;
    }
  }
  return JSON.stringify(inputRow(input));
}

function inputRow(input: Input): readonly unknown[] {
  const { at } = input;
  switch (input.kind) {
    case "envelope": {
      const { from, incarnation, seq, signal, toIncarnation } = input.envelope;
      const row = ["e", at, from.text, incarnation, seq, signal];
      return toIncarnation === undefined ? row : [...row, toIncarnation];
    }
    case "answered":
      return ["a", at, input.tag, input.delivery];
    case "settled":
      return ["s", at, input.tag, input.outcome];
    case "brought":
      return ["b", at, input.tag, input.payload];
    case "spawned":
      return ["p", at, input.tag, storedResult(input.result)];
    case "nodedown":
      return ["d", at, input.node];
    case "overrun":
      return ["o", at, input.slices];
    case "discard":
      return ["f", at, input.count];
    case "stop":
      return ["x", at, input.reason];
    case "continue":
      return ["c", at];
    case "start":
    case "wake":
      throw new Error(`an input ${input.kind} is not part of a turn`);
  }
}

function storedResult(result: SpawnResult): unknown {
  return result.ok ? { ...result, pid: result.pid.text } : result;
}

/** Throws for what is no input. */
export function readInput(row: readonly unknown[], self: Pid): Input {
  const [letter, time, a, b, c, d, e] = row as readonly [string, number, ...unknown[]];
  const at = Number(time);
  switch (letter) {
    case "e":
      return {
        kind: "envelope",
        at,
        envelope: {
          from: parsePid(String(a)) ?? unknownPid,
          incarnation: String(b),
          to: self,
          seq: Number(c),
          signal: decodeSignal(d),
          ...(e === undefined ? {} : { toIncarnation: String(e) }),
        },
      };
    case "a":
      return { kind: "answered", at, tag: Number(a), delivery: b as Delivery };
    case "s":
      return { kind: "settled", at, tag: Number(a), outcome: b as Outcome };
    case "b":
      return { kind: "brought", at, tag: Number(a), payload: b as Payload };
    case "p":
      return { kind: "spawned", at, tag: Number(a), result: readResult(b) };
    case "d":
      return { kind: "nodedown", at, node: String(a) };
    case "o":
      return { kind: "overrun", at, slices: Number(a) };
    case "f":
      return { kind: "discard", at, count: Number(a) };
    case "x":
      return { kind: "stop", at, reason: decodeReason(a) };
    case "c":
      return { kind: "continue", at };
    default:
      throw new TypeError(`an input of the unknown kind ${JSON.stringify(letter)}`);
  }
}

function readResult(value: unknown): SpawnResult {
  const result = value as Exclude<SpawnResult, { ok: true }> | { ok: true; pid: string; existed: boolean };
  return result.ok ? { ...result, pid: parsePid(result.pid) ?? unknownPid } : result;
}
