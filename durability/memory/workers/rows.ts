/** Rows: what threads of one host write to each other, as JSON texts of arrays. They cost half of a structured clone, and the main thread passes them on unread. */
import type { NameRequest, Outcome, Request, SpawnResult, SpawnSpec } from "../../../actors/index.js";
import {
  accepted,
  type Delivery,
  type Envelope,
  type MessageSignal,
  type Payload,
  type Pid,
  parsePid,
  pidMaker,
  type Signal,
  unknownPid,
} from "../../../mailbox/index.js";

/** What a row is about. */
export const rowKind = {
  message: 0,
  signal: 1,
  answer: 2,
  request: 3,
  drop: 4,
  outcome: 5,
  brought: 6,
  spawn: 7,
  spawned: 8,
  start: 9,
  started: 10,
  living: 11,
  alive: 19,
  crew: 12,
  lost: 13,
  credit: 14,
  wants: 15,
  event: 16,
  close: 17,
  closed: 18,
} as const;
type Kind = typeof rowKind;

/** The short form of a pid: its id for a process of the host that the threads belong to, else its text. */
export type PidText = string;

/** `ask`: the number under which the delivery is to be answered; without it nobody waits for it. */
export type MessageRow = readonly [
  kind: Kind["message"],
  to: PidText,
  from: PidText,
  topic: string,
  payloads: readonly Payload[],
  ask?: number,
];
/** An incarnation of 0 is the boot id. */
export type SignalRow = readonly [
  kind: Kind["signal"],
  to: PidText,
  from: PidText,
  incarnation: string | 0,
  toIncarnation: string | 0 | null,
  seq: number,
  signal: Signal,
  ask?: number,
];
export type EnvelopeRow = MessageRow | SignalRow;

/** A delivery of 0 is `accepted`. */
export type AnswerRow = readonly [
  kind: Kind["answer"],
  ask: number,
  delivery: Exclude<Delivery, { readonly kind: "accepted" }> | 0,
];

/** `SpawnSpec` with its pid in short form. */
export type SpecText = Omit<SpawnSpec, "parent"> & { readonly parent: PidText };
export type ResultText =
  | { readonly pid: PidText; readonly incarnation?: string; readonly existed: boolean }
  | { readonly error: Extract<SpawnResult, { ok: false }>["error"] };
export type FarRequest = Exclude<Request, { kind: "spawn" | "timer" | "register" | "random" }> | RegisterText;
export type RegisterText = { readonly kind: "register"; readonly name: string; readonly pid: PidText };

/** Numbers of the series up to `high` have been given; of those, these have ended, and these have a bounded mailbox. */
export type LivingRow = readonly [
  kind: Kind["living"],
  series: number,
  high: number,
  ended: readonly number[],
  bounded: readonly number[],
];
/** To a new thread: numbers of the series up to `high` have been given; of those, these live, and these have a bounded mailbox. */
export type AliveRow = readonly [
  kind: Kind["alive"],
  series: number,
  high: number,
  living: readonly number[],
  bounded: readonly number[],
];

export type Row =
  | EnvelopeRow
  | AnswerRow
  | readonly [kind: Kind["request"], request: number, caller: PidText, what: FarRequest]
  | readonly [kind: Kind["drop"], request: number]
  | readonly [kind: Kind["outcome"], request: number, outcome: Outcome]
  | readonly [kind: Kind["brought"], request: number, payload: Payload]
  /** To the main thread: start this somewhere. */
  | readonly [kind: Kind["spawn"], request: number, spec: SpecText]
  | readonly [kind: Kind["spawned"], request: number, result: ResultText]
  /** From the main thread: start this here, under this id. */
  | readonly [kind: Kind["start"], id: PidText, spec: SpecText]
  /** The error of a start that has failed; null otherwise. */
  | readonly [kind: Kind["started"], id: PidText, error: Extract<SpawnResult, { ok: false }>["error"] | null]
  | LivingRow
  | AliveRow
  /** The threads that may be started on; `full`: there will be no more of them. */
  | readonly [kind: Kind["crew"], threads: readonly number[], full: boolean]
  /** A thread is no more, nor is any process of it. */
  | readonly [kind: Kind["lost"], thread: number]
  /** So much of what was sent to that thread has been taken over. */
  | readonly [kind: Kind["credit"], thread: number, rows: number, chars: number]
  /** Which events of its system somebody listens to. */
  | readonly [kind: Kind["wants"], events: readonly string[]]
  | readonly [kind: Kind["event"], name: string, event: Payload]
  | readonly [kind: Kind["close"], graceMs: number]
  | readonly [kind: Kind["closed"]];

/** Pids kept by their short form, so that a sender that writes often is one object. */
const maxKept = 8192;

/** Between the short forms of pids and envelopes and the real ones, for one host. */
export class Codec {
  readonly node: string;
  readonly host: string;
  private readonly makePid: (id: string) => Pid;
  private readonly kept = new Map<PidText, Pid>();

  constructor(node: string, host: string) {
    this.node = node;
    this.host = host;
    this.makePid = pidMaker(node, host);
  }

  isOurs(pid: Pid): boolean {
    return pid.host === this.host && pid.node === this.node;
  }

  /** The id, where an id is enough. */
  short(pid: Pid): PidText {
    return this.isOurs(pid) ? pid.id : pid.text;
  }

  /** The same object each time, while it is in use. */
  pid(text: PidText): Pid {
    const known = this.kept.get(text);
    if (known !== undefined) return known;
    const pid = this.freshPid(text);
    if (this.kept.size >= maxKept) this.kept.clear();
    this.kept.set(text, pid);
    return pid;
  }

  /** For a pid that will hardly be needed again. */
  freshPid(text: PidText): Pid {
    if (text === "") return unknownPid;
    return text.startsWith("{") ? (parsePid(text) ?? unknownPid) : this.makePid(text);
  }

  /** A message as processes send them: it has a row of its own. */
  isPlain(envelope: Envelope): envelope is Envelope & { readonly signal: MessageSignal } {
    const { toIncarnation, seq, incarnation, signal } = envelope;
    return (
      signal.kind === "message" &&
      signal.call === undefined &&
      toIncarnation === undefined &&
      seq === 0 &&
      incarnation === this.node
    );
  }

  row(envelope: Envelope, ask?: number): EnvelopeRow {
    const { from, incarnation, to, toIncarnation, seq, signal } = envelope;
    if (this.isPlain(envelope)) {
      const { topic, payloads } = envelope.signal;
      const plain = [rowKind.message, this.short(to), this.short(from), topic, payloads] as const;
      return ask === undefined ? plain : [...plain, ask];
    }
    const own = incarnation === this.node ? 0 : incarnation;
    const theirs = toIncarnation === this.node ? 0 : (toIncarnation ?? null);
    return ask === undefined
      ? [rowKind.signal, this.short(to), this.short(from), own, theirs, seq, signal]
      : [rowKind.signal, this.short(to), this.short(from), own, theirs, seq, signal, ask];
  }

  /** `to` is the receiver when it is at hand. */
  envelope(row: EnvelopeRow, to = this.pid(row[1])): Envelope {
    const from = this.pid(row[2]);
    if (row[0] === rowKind.message) {
      const signal: Signal = { kind: "message", topic: row[3], payloads: row[4] };
      return { from, incarnation: this.node, to, seq: 0, signal };
    }
    const incarnation = row[3] === 0 ? this.node : row[3];
    const base = { from, incarnation, to, seq: row[5], signal: row[6] };
    return row[4] === null ? base : { ...base, toIncarnation: row[4] === 0 ? this.node : row[4] };
  }

  spec(spec: SpawnSpec): SpecText {
    return { ...spec, parent: this.short(spec.parent) };
  }

  readSpec(spec: SpecText): SpawnSpec {
    return { ...spec, parent: this.pid(spec.parent) };
  }

  result(result: SpawnResult): ResultText {
    if (!result.ok) return { error: result.error };
    const { pid, incarnation, existed } = result;
    return { pid: this.short(pid), existed, ...(incarnation === undefined ? {} : { incarnation }) };
  }

  readResult(result: ResultText): SpawnResult {
    if ("error" in result) return { ok: false, error: result.error };
    const { pid, ...rest } = result;
    return { ok: true, pid: this.pid(pid), ...rest };
  }

  nameRequest(request: NameRequest): Exclude<NameRequest, { kind: "register" }> | RegisterText {
    return request.kind === "register" ? { ...request, pid: this.short(request.pid) } : request;
  }

  readNameRequest(request: FarRequest & { kind: NameRequest["kind"] }): NameRequest {
    return request.kind === "register" ? { ...request, pid: this.pid(request.pid) } : request;
  }
}

/** Number under which a delivery is answered; undefined: nobody waits for it. */
export function askOf(row: EnvelopeRow): number | undefined {
  return row[0] === rowKind.message ? row[5] : row[7];
}

export function answerRow(ask: number, delivery: Delivery): AnswerRow {
  return [rowKind.answer, ask, delivery.kind === "accepted" ? 0 : delivery];
}

export function deliveryOf(row: AnswerRow): Delivery {
  return row[2] === 0 ? accepted : row[2];
}
