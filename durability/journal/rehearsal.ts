/** Rehearsal: a stored process is replayed apart from any node, to see what its journal makes of it. Nothing leaves it. */
import { createHash, type Hash } from "node:crypto";
import { createSystem, type LogRecord, type Port, type Request, type System } from "../../actors/index.js";
import {
  type Envelope,
  type ExitReason,
  encodeEnvelope,
  failure,
  type Payload,
  type Pid,
} from "../../mailbox/index.js";
import { Scheduler, type Tape } from "../memory/index.js";
import { Batches } from "./batch.js";
import { workflowInfo } from "./info.js";
import { type Journal, JournalError } from "./journal.js";
import { type StoredState, storeRequest } from "./records.js";
import { revive } from "./revival.js";
import type { Slot } from "./slot.js";
import type { LoadedProgram, SlotHost } from "./slot-host.js";

/** A stored process whose state has been read. */
export interface StoredProcess {
  readonly pid: Pid;
  readonly state: StoredState;
  readonly records: readonly string[];
}

export interface Rehearsal {
  /** As far as its journal goes; it is to be looked at, and to be fed nothing more. */
  readonly slot: Slot;
  /** As many as are committed, unless journal and program do not belong together. */
  readonly effects: number;
  /** Of the committed effects in order, with everything in them, and of what is open at the end. */
  readonly digest: string;
}

export interface RehearsalOptions {
  readonly maxSlices: number;
  /** What the clock of the host shows: any time must give the same. */
  readonly now: number;
}

/** Throws a JournalError when the records cannot be read, or one input takes more slices than a host grants. */
export function rehearse(stored: StoredProcess, loaded: LoadedProgram, options: RehearsalOptions): Rehearsal {
  const { pid, state, records } = stored;
  const counter = new Counter(state.x, options.maxSlices);
  const slot = revive(stage(pid, options, counter), stored, records, loaded);
  const { process } = slot;
  // A process that was written in the middle of its work had gone on after its last input, up to the last committed effect.
  while (counter.effects < state.x && !process.hasEnded && process.upgrading === undefined) {
    if (process.runnable) slot.slice();
    else if (!slot.feedAnswer()) break;
  }
  counter.hash.update(JSON.stringify(slot.requests.rows()));
  return { slot, effects: counter.effects, digest: counter.hash.digest("hex") };
}

/** Stands between a process and its slot: counts the effects, and lets the committed ones through, which the slot only counts too. */
class Counter implements Port, Tape {
  readonly port = this;
  effects = 0;
  readonly hash: Hash = createHash("sha256");
  behind: Port | undefined;
  private readonly committed: number;
  private readonly maxSlices: number;
  private slices = 0;

  constructor(committed: number, maxSlices: number) {
    this.committed = committed;
    this.maxSlices = maxSlices;
  }

  input(): void {
    this.slices = 0;
  }

  become(): void {
    this.slices = 0;
  }

  slice(): void {
    if (++this.slices <= this.maxSlices) return;
    const message = `its replay does not come to rest: one input takes more than ${this.maxSlices} slices`;
    throw new JournalError("INTERNAL", message);
  }

  transmit(envelope: Envelope, tag: number): boolean {
    return this.note(["transmit", encodeEnvelope(envelope), tag])?.transmit(envelope, tag) ?? false;
  }

  request(tag: number, request: Request): void {
    this.note(["request", tag, storeRequest(request)])?.request(tag, request);
  }

  drop(tag: number): void {
    this.note(["drop", tag])?.drop(tag);
  }

  log(record: LogRecord): void {
    this.note(["log", record])?.log(record);
  }

  info(): Payload | undefined {
    return this.behind?.info();
  }

  /** Not let through: a process whose end is committed has no records. */
  halt(reason: ExitReason): void {
    this.note(["halt", reason]);
  }

  /** Undefined after the last committed effect: from there on the slot would act. */
  private note(effect: readonly unknown[]): Port | undefined {
    this.effects++;
    if (this.effects > this.committed) return undefined;
    this.hash.update(JSON.stringify(effect)).update("\n");
    return this.behind;
  }
}

/** A host of one process, where no time passes and nobody else is. */
function stage(pid: Pid, { maxSlices, now }: RehearsalOptions, counter: Counter): SlotHost {
  const clock = { now: () => now, timer: () => ({ cancel: () => {} }), soon: () => {} };
  const system = emptySystem(clock);
  const batches = new Batches(noJournal, 0, { soon: () => {}, superseded: () => {}, fault: () => {} });
  return {
    id: pid.host,
    system,
    scheduler: new Scheduler(clock),
    batches,
    maxSlices,
    isOpen: false,
    continueAt: 0,
    snapshotEvery: Number.POSITIVE_INFINITY,
    catchUp: "one",
    firstNumber: () => 0,
    now: clock.now,
    record: (_process, behind) => {
      counter.behind = behind;
      return counter;
    },
    info: workflowInfo,
    closePolicy: () => undefined,
    birthHeard: () => {},
    ended: () => {},
    writeEnded: () => undefined,
    rested: () => {},
    revived: () => {},
    mailboxOf: () => undefined,
    verdict: never,
    judge: never,
    pass: never,
    current: never,
    spawnInside: never,
    invoke: never,
  };
}

function emptySystem(clock: System["clock"]): System {
  return createSystem({
    node: "",
    clock,
    load: () => failure("INTERNAL", "a replay starts nothing"),
    invoke: never,
    randomBytes: never,
  });
}

const noJournal: Journal = {
  driver: "none",
  claim: never,
  commit: never,
  read: never,
  readSource: never,
  close: never,
};

/** Only a process that acts asks for these, and none does in a replay. */
function never(): never {
  throw new Error("a replay does nothing but count");
}
