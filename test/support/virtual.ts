/**
 * Lua processes in virtual time: a clock that moves only when nothing else can, and a node with a memory host for a table of sources.
 *
 * ```ts
 * const node = virtualNode({ "app:main": `return function(name) print("hi " .. name) return #name end` });
 * expect(node.run("app:main", "Ann")).toEqual({ ok: true, value: 3 });
 * expect(node.prints).toEqual(["hi Ann"]);
 * ```
 *
 * Every source is a process on host `test:host` and a function of the same id (`funcs.call`), with every module allowed.
 */
import { createHash } from "node:crypto";
import {
  type Client,
  type Clock,
  createSystem,
  type LogRecord,
  type Outcome,
  type Program,
  type SpawnOptions,
  type SpawnSpec,
  type System,
} from "../../actors/index.js";
import { MemoryHost, type Recorder, Scheduler } from "../../durability/memory/index.js";
import { LuaRuntime, type LuaSource, type ProgramOptions, type RuntimeOptions } from "../../lua/index.js";
import {
  type ExitReason,
  type Failure,
  failure,
  type MailboxLimit,
  type Payload,
  type Pid,
} from "../../mailbox/index.js";
import { supervisorEntry, supervisorProgram } from "../../supervision/index.js";
import { Random } from "./random.js";

interface Timer {
  readonly at: number;
  readonly number: number;
  readonly fire: () => void;
}

/** Starts at `start` (ms since 1970). `soon` runs in order; timers fire in order of their time, then of their creation. */
export class VirtualClock implements Clock {
  private time: number;
  private ready: (() => void)[] = [];
  private timers: Timer[] = [];
  private lastNumber = 0;

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  timer(delayMs: number, fire: () => void): { cancel(): void } {
    const timer: Timer = { at: this.time + Math.max(0, delayMs), number: ++this.lastNumber, fire };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
  }

  soon(run: () => void): void {
    this.ready.push(run);
  }

  /** Do everything that is due, moving the time from timer to timer up to `untilMs`, until nothing is left; at most `maxSteps` things. */
  runUntilIdle(untilMs = Number.POSITIVE_INFINITY, maxSteps = 1_000_000): void {
    for (let step = 0; step < maxSteps; step++) {
      const run = this.ready.shift();
      if (run !== undefined) {
        run();
        continue;
      }
      const timer = this.earliest();
      if (timer === undefined || timer.at > untilMs) {
        if (Number.isFinite(untilMs)) this.time = Math.max(this.time, untilMs);
        return;
      }
      this.timers = this.timers.filter((other) => other !== timer);
      this.time = Math.max(this.time, timer.at);
      timer.fire();
    }
    throw new Error(`not idle after ${maxSteps} steps; the program may run for ever (use advance)`);
  }

  /** Do what needs no time; how many things that were. */
  runNow(maxSteps = 1_000_000): number {
    for (let step = 0; step < maxSteps; step++) {
      const run = this.ready.shift();
      if (run !== undefined) {
        run();
        continue;
      }
      const timer = this.earliest();
      if (timer === undefined || timer.at > this.time) return step;
      this.timers = this.timers.filter((other) => other !== timer);
      timer.fire();
    }
    throw new Error(`not idle after ${maxSteps} steps`);
  }

  /** Move the time to the next timer that is due until then, and let it fire; else to `untilMs`, and false. */
  runNext(untilMs: number): boolean {
    const timer = this.earliest();
    if (timer === undefined || timer.at > untilMs) {
      this.time = Math.max(this.time, untilMs);
      return false;
    }
    this.timers = this.timers.filter((other) => other !== timer);
    this.time = Math.max(this.time, timer.at);
    timer.fire();
    return true;
  }

  /** Let this much time pass. */
  advance(ms: number): void {
    this.runUntilIdle(this.time + ms);
  }

  private earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.number < first.number))
        first = timer;
    }
    return first;
  }
}

/** The text, or the text and whatever else shall differ from the defaults of `luaSource`. */
export type SourceSpec = string | (Partial<Omit<LuaSource, "hash" | "text">> & { readonly text: string });

export const allModules = new LuaRuntime().moduleNames;

/** A `process.lua` with method `main`, all modules and no imports; its chunk is named after the id (`app:main` -> `main.lua`). */
export function luaSource(id: string, spec: SourceSpec): LuaSource {
  const given = typeof spec === "string" ? { text: spec } : spec;
  const chunkName = `${id.slice(id.indexOf(":") + 1)}.lua`;
  const plain = {
    id,
    kind: "process.lua" as const,
    chunkName,
    method: "main",
    modules: allModules,
    imports: {},
    ...given,
  };
  return { ...plain, hash: createHash("sha256").update(JSON.stringify(plain)).digest("hex") };
}

export interface VirtualOptions extends ProgramOptions, RuntimeOptions {
  readonly record?: Recorder;
  readonly maxSlices?: number;
  readonly seed?: number;
  /** Of the mailboxes of an entry's processes. */
  readonly mailboxes?: Readonly<Record<string, MailboxLimit>>;
}

export class VirtualNode {
  readonly clock = new VirtualClock();
  readonly runtime: LuaRuntime;
  readonly system: System;
  readonly host: MemoryHost;
  readonly client: Client;
  readonly sources: ReadonlyMap<string, LuaSource>;
  /** Lines of `print`, in order, of all processes. */
  readonly prints: string[] = [];
  /** Log records that are not prints. */
  readonly logs: LogRecord[] = [];
  readonly exits: { readonly pid: Pid; readonly entry: string; readonly reason: ExitReason }[] = [];
  /** Exceptions of host functions: bugs of ours. */
  readonly internalErrors: unknown[] = [];
  private readonly options: VirtualOptions;

  constructor(sources: Readonly<Record<string, SourceSpec>>, options: VirtualOptions = {}) {
    this.options = options;
    this.sources = new Map(Object.entries(sources).map(([id, spec]) => [id, luaSource(id, spec)]));
    this.runtime = new LuaRuntime({ onInternalError: (error) => this.internalErrors.push(error), ...options });
    const random = new Random(options.seed ?? 1);
    this.system = createSystem({
      node: "virtual",
      clock: this.clock,
      load: (spec) => this.load(spec),
      invoke: (_caller, { target, args, context, options }, done) =>
        this.client.start((self) => self.exec(target, this.host.id, args, { context, options }), done),
      randomBytes: (count) => Uint8Array.from({ length: count }, () => random.below(256)),
    });
    const { maxSlices, record, mailboxes = {} } = options;
    this.host = new MemoryHost({
      id: "test:host",
      system: this.system,
      scheduler: new Scheduler(this.clock),
      mailboxOf: (entry) => mailboxes[entry],
      ...(maxSlices === undefined ? {} : { maxSlices }),
      ...(record === undefined ? {} : { record }),
    });
    this.system.attach(this.host);
    this.client = this.host.openClient("test:client");
    this.system.events.on("log", ({ record }) => {
      if (record.print) this.prints.push(record.message);
      else this.logs.push(record);
    });
    this.system.events.on("exit", (event) => this.exits.push(event));
  }

  /** The program of an entry, as the host gets it. Another runtime gives a program that shares nothing with this node's. */
  load(spec: Pick<SpawnSpec, "entry">, runtime = this.runtime): Program | Failure {
    if (spec.entry === supervisorEntry) return supervisorProgram();
    const source = this.sources.get(spec.entry);
    if (source === undefined) return failure("NOT_FOUND", "factory not found", { retryable: false });
    return runtime.program(source, this.options);
  }

  /** Start an entry and let everything run until nothing is left to do; its result, or undefined when it still waits. */
  tryRun(entry: string, ...args: Payload[]): Outcome | undefined {
    const running = this.begin(entry, ...args);
    this.clock.runUntilIdle();
    return running.outcome;
  }

  /** As `tryRun`, for an entry that must end. */
  run(entry: string, ...args: Payload[]): Outcome {
    const outcome = this.tryRun(entry, ...args);
    if (outcome === undefined) throw new Error(`${entry} still waits:\n${this.stacks()}`);
    return outcome;
  }

  /** Start an entry; its outcome appears while the clock runs. */
  begin(entry: string, ...args: Payload[]): { outcome: Outcome | undefined } {
    const running: { outcome: Outcome | undefined } = { outcome: undefined };
    this.client.start(
      (self) => self.exec(entry, this.host.id, args, {}),
      (outcome) => {
        running.outcome = outcome;
      },
    );
    return running;
  }

  /** Start a process and run until idle; its pid. */
  spawn(entry: string, args: readonly Payload[] = [], options: SpawnOptions = {}): Pid {
    let started: Outcome | undefined;
    this.client.start(
      (self) => self.spawn(entry, this.host.id, args, options),
      (outcome) => {
        started = outcome;
      },
    );
    this.clock.runUntilIdle();
    if (started === undefined || !started.ok) throw new Error(`${entry} did not start: ${JSON.stringify(started)}`);
    return this.host.pids().find((pid) => pid.text === (started as { value: Payload }).value)!;
  }

  /** Send a message from outside and run until idle. */
  send(to: Pid, topic: string, ...payloads: Payload[]): void {
    void this.client.send(to, topic, ...payloads);
    this.clock.runUntilIdle();
  }

  private stacks(): string {
    return this.host
      .pids()
      .map((pid) => pid.text)
      .join("\n");
  }
}

export function virtualNode(sources: Readonly<Record<string, SourceSpec>>, options: VirtualOptions = {}): VirtualNode {
  return new VirtualNode(sources, options);
}
