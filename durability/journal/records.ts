/**
 * The texts of a journal: what the records and the state of a process say. Both are JSON. Reading checks the version and the shape of
 * what it needs; a text that cannot be read is a JournalError that names the process.
 */
import type { Input, PayloadRecord, ProcessSnapshot, Request, SpawnSpec } from "../../actors/index.js";
import {
  type Delivery,
  decodeEnvelope,
  decodeReason,
  type Envelope,
  type ExitReason,
  encodeEnvelope,
  type Pid,
  parsePid,
  unknownPid,
  type WireEnvelope,
} from "../../mailbox/index.js";
import { readInput } from "./inputs.js";
import { JournalError } from "./journal.js";

export const recordVersion = 1;

/** A spec with its parent's pid as text. */
export type StoredSpec = Omit<SpawnSpec, "parent"> & { readonly parent: string };

export type StoredRequest =
  | Exclude<Request, { kind: "spawn" } | { kind: "register" }>
  | { readonly kind: "spawn"; readonly spec: StoredSpec }
  | { readonly kind: "register"; readonly name: string; readonly pid: string };

/** A request that has not settled: its tag, when it was made, what it is. */
export type OpenRow = readonly [tag: number, at: number, request: StoredRequest];

/** What is known of a workflow beside its process. */
export interface WorkflowFacts {
  /** Ms since 1970 at which the run is ended with TIMEOUT. */
  readonly deadline?: number;
  /** The deadline is that of the whole execution, not of its one run. */
  readonly expires?: 1;
  /** Nothing runs before it, ms since 1970. */
  readonly startAt?: number;
  /** What the end of its parent means for it. */
  readonly parentClosePolicy?: "terminate" | "abandon" | "request_cancel";
  readonly memo?: PayloadRecord;
  /** Its parent was a workflow of the same journal. */
  readonly child?: 1;
  /** Children that are open workflows, and what its end means for them. */
  readonly children?: readonly (readonly [pid: string, policy: "terminate" | "request_cancel", incarnation: string])[];
}

/** The first record of every journal: where the process starts from. */
export interface Base {
  readonly v: typeof recordVersion;
  readonly incarnation: string;
  /** Source that the process is pinned to; "" when its program is not Lua. */
  readonly hash: string;
  readonly workflow?: WorkflowFacts;
  /** A new process. */
  readonly start?: { readonly at: number; readonly spec: StoredSpec };
  /** One that goes on: after an upgrade, or from the state of its program. */
  readonly from?: ProcessSnapshot;
  /** Of one that goes on: its parent's tag of the spawn. */
  readonly key?: number;
  readonly open: readonly OpenRow[];
}

/** Further records: inputs in order, and the answers other than accepted that were known at once, by tag. */
export interface Turn {
  readonly inputs: readonly Input[];
  readonly refused: ReadonlyMap<number, Delivery>;
}

/** An envelope that its receiver may not have: number, envelope, tag whose answer is still to come (0: none), when it was sent. */
export type OutRow = readonly [number: number, envelope: WireEnvelope, tag: number, at: number];

/** The state of a process. Everything but the first fields is left out when there is none of it. */
export interface StoredState {
  readonly v: typeof recordVersion;
  readonly inc: string;
  readonly entry: string;
  readonly hash: string;
  /** Time of the last input. */
  readonly at: number;
  /** Inputs in the journal. */
  readonly n: number;
  /** Effects that are committed, counted from the base. */
  readonly x: number;
  /** When the earliest timer is due. */
  readonly due?: number;
  /** It waits for more than messages and timers: after a restart it must run at once. */
  readonly busy?: 1;
  /** Tags of transmissions whose answer is still to come. */
  readonly deferred?: readonly number[];
  /** Other nodes on which somebody lives whom it is bound to. */
  readonly nodes?: readonly string[];
  readonly names?: readonly string[];
  readonly out?: readonly OutRow[];
  /** What the end of its parent means for it, when that is not nothing. */
  readonly close?: WorkflowFacts["parentClosePolicy"];
  readonly workflow?: 1;
  /** It has ended; kept for `out`, for a parent that may ask again, or until `until`. */
  readonly end?: StoredEnd;
}

export interface StoredEnd {
  readonly reason: ExitReason;
  readonly at: number;
  /** Remembered at least so long, ms since 1970. */
  readonly until: number;
  /** It was a workflow with an id that somebody chose. */
  readonly workflow?: 1;
}

// Records.

export function baseText(base: Base): string {
  return JSON.stringify(base);
}

/** From the texts of the inputs, which were made when each was taken. */
export function turnText(inputs: readonly string[], refused: ReadonlyMap<number, Delivery>): string {
  const body = `{"i":[${inputs.join(",")}]`;
  return refused.size === 0 ? `${body}}` : `${body},"r":${JSON.stringify([...refused])}}`;
}

export function readBase(text: string, whose: string): Base {
  return reading(whose, "base", () => {
    const base = JSON.parse(text) as Base;
    if (base.v !== recordVersion) throw new TypeError(`version ${String(base.v)} is not ${recordVersion}`);
    return base;
  });
}

export function readTurn(text: string, self: Pid): Turn {
  return reading(self.text, "record", () => {
    const raw = JSON.parse(text) as { i: unknown[][]; r?: [number, Delivery][] };
    return { inputs: raw.i.map((row) => readInput(row, self)), refused: new Map(raw.r) };
  });
}

export function stateText(state: StoredState): string {
  return JSON.stringify(state);
}

export function readState(text: string, whose: string): StoredState {
  return reading(whose, "state", () => {
    const state = JSON.parse(text) as StoredState;
    if (state.v !== recordVersion) throw new TypeError(`version ${String(state.v)} is not ${recordVersion}`);
    return state.end === undefined
      ? state
      : { ...state, end: { ...state.end, reason: decodeReason(state.end.reason) } };
  });
}

export function outRow(number: number, envelope: Envelope, tag: number, at: number): OutRow {
  return [number, encodeEnvelope(envelope), tag, at];
}

export function readOut([, wire, tag, at]: OutRow): { envelope: Envelope; tag: number; at: number } {
  return { envelope: decodeEnvelope(wire), tag, at };
}

export function storeSpec(spec: SpawnSpec): StoredSpec {
  return { ...spec, parent: spec.parent.text };
}

export function readSpec(spec: StoredSpec): SpawnSpec {
  return { ...spec, parent: parsePid(spec.parent) ?? unknownPid };
}

export function storeRequest(request: Request): StoredRequest {
  if (request.kind === "spawn") return { kind: "spawn", spec: storeSpec(request.spec) };
  return request.kind === "register" ? { ...request, pid: request.pid.text } : request;
}

export function readRequest(request: StoredRequest): Request {
  if (request.kind === "spawn") return { kind: "spawn", spec: readSpec(request.spec) };
  return request.kind === "register" ? { ...request, pid: parsePid(request.pid) ?? unknownPid } : request;
}

function reading<T>(whose: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new JournalError("INTERNAL", `the ${what} of ${whose} in the journal cannot be read: ${String(error)}`);
  }
}
