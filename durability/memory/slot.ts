/** One process on a memory host: its queue of inputs, its timers, and its port to the system. */
import type { Home, Input, LogRecord, Port, Request, Router, SpawnSpec, System } from "../../actors/index.js";
import { guarded, mayTurnAway, Process, type Program } from "../../actors/index.js";
import {
  accepted,
  type Delivery,
  type Envelope,
  type ExitReason,
  type Failure,
  type MailboxLimit,
  type Pid,
  type Signal,
  setHome,
} from "../../mailbox/index.js";
import { Backlog, isEnvelope, type Queued } from "./backlog.js";
import { Door } from "./door.js";
import { type Asker, Requests } from "./requests.js";
import type { Scheduler, Turn, TurnEnd } from "./scheduler.js";

/** Inputs of one process handled in one turn, at most. */
const inputsPerTurn = 1024;

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

export class Slot extends Backlog implements Turn, Port, Asker, Home {
  queued = false;
  /** Observers have heard of this process. */
  announced = false;
  readonly process: Process;
  private readonly owner: SlotOwner;
  private readonly tape: Tape | undefined;
  /** Of a process whose mailbox is bounded. */
  private door: Door | undefined = undefined;
  private requests: Requests | undefined = undefined;
  private slices = 0;

  constructor(owner: SlotOwner, pid: Pid, program: Program) {
    super();
    this.owner = owner;
    this.process = new Process({ pid, incarnation: owner.system.node, program: guarded(program), counted: false });
    this.tape = owner.record?.(this.process, this);
    setHome(pid, this);
  }

  get pid(): Pid {
    return this.process.pid;
  }

  get system(): System {
    return this.owner.system;
  }

  get scheduler(): Scheduler {
    return this.owner.scheduler;
  }

  private get port(): Port {
    return this.tape === undefined ? this : this.tape.port;
  }

  /** Load the program; the process runs in its own turn. */
  start(spec: SpawnSpec): void {
    this.bound(spec.entry);
    this.feed({ kind: "start", at: this.system.clock.now(), spec });
    if (this.process.runnable) this.scheduler.begin(this);
  }

  push(input: Queued): void {
    if (this.process.hasEnded) this.refuse(input);
    else this.put(input);
  }

  /** Take an envelope over. */
  deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    if (this.door !== undefined && !this.process.hasEnded) return this.door.deliver(envelope);
    this.push(envelope);
    return accepted;
  }

  // Home

  get router(): Router {
    return this.owner.system.router;
  }

  take(envelope: Envelope): boolean {
    if (this.process.hasEnded || this.door !== undefined) return false;
    this.put(envelope);
    return true;
  }

  /** A message may have to wait for its answer. */
  mayTurnAway(signal: Signal): boolean {
    return this.door !== undefined && mayTurnAway(this.door.gate.limit, { signal });
  }

  turn(): TurnEnd {
    const { scheduler, process } = this;
    // What was there at its start, so that who has much to read keeps up with those who write it.
    for (let left = Math.max(1, Math.min(this.waiting, inputsPerTurn)); left > 0; left--) {
      if (process.upgrading !== undefined) this.upgrade();
      if (process.runnable) {
        this.goOn();
        if (process.runnable) return "computing";
      } else {
        this.door?.keepLimit();
        const next = this.shift();
        if (next === undefined) break;
        this.door?.taken(next);
        this.slices = 1;
        this.feedNext(next);
      }
      if (scheduler.spent()) break;
    }
    this.door?.gate.settle();
    if (process.runnable) return "computing";
    return process.upgrading !== undefined || this.waiting > 0;
  }

  /** The process goes on as another program, before anything that waits in its queue. */
  private upgrade(): void {
    const { system } = this;
    const { entry } = this.process.upgrading!;
    this.slices = 1;
    this.bound(entry);
    const program = this.owner.program(entry);
    const at = system.clock.now();
    this.tape?.become(program, at);
    this.process.become("kind" in program ? program : guarded(program), at, this.port);
  }

  private goOn(): void {
    const at = this.scheduler.now;
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
    else this.door = new Door(limit, this, this.system);
  }

  feed(input: Input): void {
    this.tape?.input(input);
    this.process.feed(input, this.port);
  }

  private put(queued: Queued): void {
    this.append(queued);
    this.owner.scheduler.enqueue(this);
  }

  private feedNext(queued: Queued): void {
    if (!isEnvelope(queued)) this.feed(queued);
    else if (this.tape === undefined) this.process.receive(queued, this.scheduler.now, this);
    else this.feed({ kind: "envelope", at: this.scheduler.now, envelope: queued });
  }

  // Port

  transmit(envelope: Envelope, tag: number): boolean {
    const delivery = this.system.router.route(envelope);
    if (delivery === accepted) return true;
    if (tag === 0) return false;
    if (delivery instanceof Promise) void delivery.then((settled) => this.answer(tag, settled));
    else this.answer(tag, delivery);
    return false;
  }

  request(tag: number, request: Request): void {
    this.requests ??= new Requests(this);
    this.requests.start(tag, request);
  }

  drop(tag: number): void {
    this.requests?.drop(tag);
  }

  log(record: LogRecord): void {
    this.system.events.emit("log", { pid: this.pid, entry: this.process.entry, record });
  }

  info(): undefined {
    return undefined;
  }

  halt(reason: ExitReason): void {
    // A pid may be held for long.
    setHome(this.pid, undefined);
    this.requests?.dropAll();
    this.owner.ended(this, reason);
    for (let queued = this.shift(); queued !== undefined; queued = this.shift()) this.refuse(queued);
    this.door?.close();
  }

  /** An input that came after the end: its sender is answered as by a dead pid. */
  private refuse(queued: Queued): void {
    const { router } = this.system;
    const input: Input = isEnvelope(queued) ? { kind: "envelope", at: this.process.now, envelope: queued } : queued;
    for (const answer of this.process.refuse(input)) void router.route(answer);
    if (input.kind === "envelope") router.lost(input.envelope, "process ended before it read the message");
  }

  private answer(tag: number, delivery: Delivery): void {
    this.push({ kind: "answered", at: this.system.clock.now(), tag, delivery });
  }
}
