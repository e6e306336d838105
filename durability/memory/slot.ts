/** One process on a memory host: its queue of inputs, its timers, and its port to the system. */
import type { Input, LogRecord, Port, Request, SpawnSpec, System } from "../../actors/index.js";
import { guarded, mayTurnAway, Process, type Program, Queue } from "../../actors/index.js";
import {
  accepted,
  type Delivery,
  type Envelope,
  type ExitReason,
  type Failure,
  type MailboxLimit,
  type Pid,
  type Signal,
} from "../../mailbox/index.js";
import { Door } from "./door.js";
import { Requests } from "./requests.js";
import type { Scheduler, Turn } from "./scheduler.js";

/** Inputs of one process handled in one turn. */
const inputsPerTurn = 64;

/** Sees everything that goes into and out of one process; for tests of replay. */
export interface Tape {
  /** Stands between the process and its host. */
  readonly port: Port;
  input(input: Input): void;
  /** The process goes on with a piece of work, without an input. */
  slice(): void;
  /** The process goes on as another program. */
  become(program: Program | Failure, at: number): void;
}

export type Recorder = (process: Process, port: Port) => Tape;

export interface SlotOwner {
  readonly system: System;
  readonly scheduler: Scheduler;
  /** Slices of one turn before the process is ended for using too much. */
  readonly maxSlices: number;
  readonly record: Recorder | undefined;
  /** A program of an entry for a process that runs already. */
  program(entry: string): Program | Failure;
  /** The limit of the mailboxes of an entry's processes. */
  mailboxOf(entry: string): MailboxLimit | undefined;
  ended(slot: Slot, reason: ExitReason): void;
}

export class Slot implements Turn, Port {
  queued = false;
  /** Observers have heard of this process. */
  announced = false;
  readonly process: Process;
  private readonly owner: SlotOwner;
  private readonly tape: Tape | undefined;
  private readonly port: Port;
  readonly inputs = new Queue<Input>();
  /** Of a process whose mailbox is bounded. */
  private door: Door | undefined;
  private slices = 0;
  private readonly requests: Requests;

  constructor(owner: SlotOwner, pid: Pid, program: Program) {
    this.owner = owner;
    this.process = new Process({ pid, incarnation: owner.system.node, program: guarded(program), counted: false });
    this.requests = new Requests(owner, pid, (input) => this.push(input));
    this.tape = owner.record?.(this.process, this);
    this.port = this.tape?.port ?? this;
  }

  get pid(): Pid {
    return this.process.pid;
  }

  /** Load the program; the process runs in its own turn. */
  start(spec: SpawnSpec): void {
    this.bound(spec.entry);
    this.feed({ kind: "start", at: this.owner.system.clock.now(), spec });
    if (this.process.runnable) this.owner.scheduler.enqueue(this);
  }

  push(input: Input): void {
    if (this.process.status === "ended") {
      this.refuse(input);
      return;
    }
    this.inputs.push(input);
    this.owner.scheduler.enqueue(this);
  }

  /** Take an envelope over. */
  deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    if (this.door !== undefined && !this.process.hasEnded) return this.door.deliver(envelope);
    this.push({ kind: "envelope", at: this.owner.system.clock.now(), envelope });
    return accepted;
  }

  /** A message may have to wait for its answer. */
  mayTurnAway(signal: Signal): boolean {
    return this.door !== undefined && mayTurnAway(this.door.gate.limit, { signal });
  }

  turn(): boolean {
    const { scheduler } = this.owner;
    for (let i = 0; i < inputsPerTurn; i++) {
      if (this.process.upgrading !== undefined) this.upgrade();
      if (this.process.runnable) {
        this.goOn();
        if (this.process.runnable) return true;
        continue;
      }
      this.door?.keepLimit();
      const input = this.inputs.shift();
      if (input === undefined) return false;
      this.door?.taken(input);
      this.slices = 1;
      this.feed(input);
      if (scheduler.spent()) break;
    }
    this.door?.gate.settle();
    return this.process.runnable || this.process.upgrading !== undefined || this.inputs.size > 0;
  }

  /** The process goes on as another program, before anything that waits in its queue. */
  private upgrade(): void {
    const { system } = this.owner;
    const { entry } = this.process.upgrading!;
    this.slices = 1;
    this.bound(entry);
    const program = this.owner.program(entry);
    const at = system.clock.now();
    this.tape?.become(program, at);
    this.process.become("kind" in program ? program : guarded(program), at, this.port);
  }

  private goOn(): void {
    const at = this.owner.system.clock.now();
    if (this.slices >= this.owner.maxSlices) this.feed({ kind: "overrun", at, slices: this.slices });
    else {
      this.tape?.slice();
      this.process.run(this.port);
    }
    this.slices++;
  }

  /** Its mailbox has the limit of this entry. */
  private bound(entry: string): void {
    const limit = this.owner.mailboxOf(entry);
    const { door } = this;
    if (limit === undefined) {
      this.door = undefined;
      door?.open();
    } else if (door !== undefined) door.gate.change(limit);
    else this.door = new Door(limit, this, this.owner.system);
  }

  feed(input: Input): void {
    this.tape?.input(input);
    this.process.feed(input, this.port);
  }

  // Port

  transmit(envelope: Envelope, tag: number): boolean {
    const delivery = this.owner.system.router.route(envelope);
    if (delivery === accepted) return true;
    if (tag === 0) return false;
    if (delivery instanceof Promise) void delivery.then((settled) => this.answer(tag, settled));
    else this.answer(tag, delivery);
    return false;
  }

  request(tag: number, request: Request): void {
    this.requests.start(tag, request);
  }

  drop(tag: number): void {
    this.requests.drop(tag);
  }

  log(record: LogRecord): void {
    this.owner.system.events.emit("log", { pid: this.pid, entry: this.process.entry, record });
  }

  info(): undefined {
    return undefined;
  }

  halt(reason: ExitReason): void {
    this.requests.dropAll();
    this.owner.ended(this, reason);
    for (const input of this.inputs.drain()) this.refuse(input);
    this.door?.close();
  }

  /** An input that came after the end: its sender is answered as by a dead pid. */
  private refuse(input: Input): void {
    const { router } = this.owner.system;
    for (const answer of this.process.refuse(input)) void router.route(answer);
    if (input.kind === "envelope") router.lost(input.envelope, "process ended before it read the message");
  }

  private answer(tag: number, delivery: Delivery): void {
    this.push({ kind: "answered", at: this.owner.system.clock.now(), tag, delivery });
  }
}
