/** One process on a memory host: its queue of inputs, its timers, and its port to the system. */
import type { Input, LogRecord, Port, Request, SpawnSpec, System } from "../../actors/index.js";
import { guarded, Process, type Program } from "../../actors/index.js";
import type { Delivery, Envelope, ExitReason, Failure, Pid } from "../../mailbox/index.js";
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
  private inputs: Input[] = [];
  private at = 0;
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

  turn(): boolean {
    const { scheduler } = this.owner;
    for (let i = 0; i < inputsPerTurn; i++) {
      if (this.process.upgrading !== undefined) this.upgrade();
      if (this.process.runnable) {
        this.goOn();
        if (this.process.runnable) return true;
        continue;
      }
      const input = this.take();
      if (input === undefined) return false;
      this.slices = 1;
      this.feed(input);
      if (scheduler.spent()) break;
    }
    return this.process.runnable || this.process.upgrading !== undefined || this.at < this.inputs.length;
  }

  /** The process goes on as another program, before anything that waits in its queue. */
  private upgrade(): void {
    const { system } = this.owner;
    const { entry } = this.process.upgrading!;
    this.slices = 1;
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

  private feed(input: Input): void {
    this.tape?.input(input);
    this.process.feed(input, this.port);
  }

  private take(): Input | undefined {
    const input = this.inputs[this.at];
    if (input === undefined) return undefined;
    this.at++;
    if (this.at === this.inputs.length) {
      // At once, as an idle process must not hold what it has read.
      this.inputs = [];
      this.at = 0;
    } else if (this.at >= 1024 && this.at * 2 >= this.inputs.length) {
      // Half of what is there, so that a long queue is not moved again and again.
      this.inputs.splice(0, this.at);
      this.at = 0;
    }
    return input;
  }

  // Port

  transmit(envelope: Envelope, tag: number): void {
    const delivery = this.owner.system.router.route(envelope);
    if (tag === 0) return;
    if (delivery instanceof Promise) void delivery.then((settled) => this.answer(tag, settled));
    else this.answer(tag, delivery);
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
    const left = this.inputs.slice(this.at);
    this.inputs = [];
    this.at = 0;
    for (const input of left) this.refuse(input);
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
