/** LuaProgram: one Lua entry as a program of the kernel. Scheduling is in task.ts; what Lua may ask for is in modules/. */
import type { Outcome, ProcessEvent, Program, Self } from "../actors/index.js";
import {
  accepted,
  type Delivery,
  type ExitReason,
  type Failure,
  failure,
  type MessageQueue,
  type Payload,
} from "../mailbox/index.js";
import { Awaited } from "./awaited.js";
import { FedChannel } from "./channel.js";
import { continuation } from "./continuation.js";
import { Loaded, resolveEntry } from "./entry.js";
import { exitReason, outOfBudget, raisedFailure } from "./exit.js";
import type { Call, Environment, LuaFunction, Pushable, Suspension } from "./fengari.js";
import { type Catalog, Libraries } from "./libraries.js";
import type { HostChannel, LuaProcess, Resumption, Shared } from "./owner.js";
import { seedOf } from "./seed.js";
import type { LuaSource } from "./source.js";
import { Subscriptions } from "./subscription.js";
import { type Task, Tasks } from "./task.js";
import { fromPayload } from "./value.js";

export interface ProgramLimits {
  /** Undefined: never pre-empted. */
  readonly sliceInstructions: number | undefined;
  /** Instructions of one turn, from an input until the process waits; undefined: the host's slices are the only limit. */
  readonly budgetInstructions: number | undefined;
  readonly seed: number;
}

/**
 * Instructions that one stretch may take when no budget is set. The host cannot end a process before it runs (loading its
 * module), nor in the middle of what cannot be pre-empted (a comparison of `table.sort`, a callback of `gsub`, `__tostring`).
 */
const stretchBudget = 50_000_000;

const idleWarning = "every coroutine waits on a channel that nobody else can feed";
const deadlock = "all coroutines blocked with no pending operations";

export class LuaProgram implements Program, LuaProcess {
  self!: Self;
  environment!: Environment<LuaProcess>;
  subscriptions!: Subscriptions;
  libraries!: Libraries;
  readonly source: LuaSource;
  readonly shared: Shared;
  readonly tasks: Tasks;
  private readonly catalog: Catalog;
  private readonly limits: ProgramLimits;
  onContinue: LuaFunction | undefined;
  private leaving: { readonly entry: string | undefined; readonly args: readonly Payload[] } | undefined;
  private main!: Task;
  private readonly awaited = new Awaited();
  /** Of modules that keep some. */
  private states: Map<string, unknown> | undefined = undefined;
  /** Instructions of this turn in earlier slices. */
  private usedInTurn = 0;
  /** By how much the last slice was too long: one call of the host can be worth many. It is paid with slices that do nothing. */
  private debt = 0;
  private warnedIdle = false;

  constructor(source: LuaSource, shared: Shared, catalog: Catalog, limits: ProgramLimits) {
    this.source = source;
    this.shared = shared;
    this.catalog = catalog;
    this.limits = limits;
    this.tasks = new Tasks(shared.engine);
  }

  // Program

  init(self: Self): Failure | undefined {
    this.self = self;
    const { shared } = this;
    const seed = seedOf(`${self.nextKey()}#${this.limits.seed}`);
    this.environment = shared.engine.environment({ owner: this, seed });
    this.libraries = new Libraries(this.catalog, seed);
    this.subscriptions = new Subscriptions(self.mailbox, shared);
    return this.load();
  }

  start(args: readonly Payload[]): void {
    this.inside(() => {
      this.tasks.begin(
        this.main,
        args.map((payload) => fromPayload(this.shared, payload)),
      );
    });
  }

  message(queue: MessageQueue): void {
    this.inside(() => this.subscriptions.arrived(queue));
  }

  event(event: ProcessEvent): void {
    this.inside(() => this.subscriptions.happened(event));
  }

  answered(tag: number, delivery: Delivery): void {
    const done = this.awaited.takeAnswering(tag);
    if (done !== undefined) this.inside(() => done(delivery));
  }

  settled(tag: number, outcome: Outcome): void {
    const done = this.awaited.takeSettling(tag);
    if (done !== undefined) this.inside(() => done(outcome));
  }

  brought(tag: number, payload: Payload): void {
    const bring = this.awaited.bringing(tag);
    if (bring !== undefined) this.inside(() => bring(payload));
  }

  run(): boolean {
    const { engine } = this.shared;
    const { sliceInstructions, budgetInstructions } = this.limits;
    if (sliceInstructions !== undefined && this.debt >= sliceInstructions) {
      this.debt -= sliceInstructions;
      return true;
    }
    const left = budgetInstructions === undefined ? stretchBudget : Math.max(1, budgetInstructions - this.usedInTurn);
    engine.limits({ sliceInstructions, budgetInstructions: left });
    engine.beginTurn();
    const end = this.tasks.run(sliceInstructions ?? Number.POSITIVE_INFINITY);
    if (end.kind === "left") {
      this.self.upgrade(this.leaving!.entry, this.leaving!.args);
      return false;
    }
    if (end.kind === "more") {
      this.usedInTurn += engine.turnInstructions;
      this.debt = engine.turnInstructions - (sliceInstructions ?? 0);
      return true;
    }
    this.usedInTurn = 0;
    this.debt = 0;
    const reason = end.kind === "idle" ? this.idle() : exitReason(this, end, budgetInstructions ?? stretchBudget);
    if (reason !== undefined) this.self.exit(reason);
    return false;
  }

  halted(): void {
    this.tasks.close();
    this.awaited.clear();
    this.states = undefined;
  }

  stack(): string {
    return this.tasks.stack();
  }

  continue(): boolean {
    const task = continuation(this);
    if (task !== undefined) this.inside(() => this.tasks.begin(task, []));
    return task !== undefined;
  }

  unread(): readonly ProcessEvent[] {
    return this.subscriptions.unread();
  }

  // LuaProcess

  suspend(call: Call<LuaProcess>, start: (resumption: Resumption) => void): Suspension {
    return this.tasks.wait(call, "operation", start);
  }

  onSettled(tag: number, done: (outcome: Outcome) => void): void {
    if (tag === 0) done({ ok: true, value: null });
    else this.awaited.settle(tag, done);
  }

  onBrought(tag: number, bring: (payload: Payload) => void): void {
    this.awaited.bring(tag, bring);
  }

  onAnswered(tag: number, done: (delivery: Delivery) => void): void {
    if (tag === 0) done(accepted);
    else this.awaited.answer(tag, done);
  }

  drop(tag: number): void {
    this.awaited.forget(tag);
    this.self.drop(tag);
  }

  hostChannel(capacity: number): { channel: HostChannel; userdata: Pushable } {
    const channel = new FedChannel(capacity);
    return { channel, userdata: this.shared.channelType.wrap(channel) };
  }

  upgrade(call: Call<LuaProcess>, entry: string | undefined, args: readonly Payload[]): Suspension {
    this.leaving = { entry, args };
    return this.tasks.leave(call);
  }

  state<T>(module: string, make: () => T): T {
    this.states ??= new Map();
    if (!this.states.has(module)) this.states.set(module, make());
    return this.states.get(module) as T;
  }

  /** What arrives becomes Lua values of this process. */
  private inside(body: () => void): void {
    this.shared.engine.within(this.environment, body);
  }

  // Loading

  /** Run the chunk (where `Tasks.wait` refuses to wait) and find the entry point, in what becomes the main coroutine. */
  private load(): Failure | undefined {
    const { engine } = this.shared;
    const chunk = engine.instantiate(this.catalog.prototype(this.source), this.environment);
    const boot = engine.fn("main", (call) => call.callThen(chunk, [], (results) => this.enter(results)));
    this.main = this.tasks.create(boot, this);
    const budget = this.limits.budgetInstructions ?? stretchBudget;
    engine.limits({ sliceInstructions: undefined, budgetInstructions: budget });
    engine.beginTurn();
    const outcome = this.main.step();
    if (outcome.kind === "wait") return (outcome.request as Loaded).problem;
    if (outcome.kind === "error") return raisedFailure(this.shared, outcome);
    return outOfBudget(budget);
  }

  private enter(results: Call<LuaProcess>): Suspension {
    const entry = resolveEntry(this.source, results.get(1));
    if ("message" in entry) return results.wait(new Loaded(entry));
    return results.wait(new Loaded(undefined), (args) => args.callThen(entry, args.refs()));
  }

  private idle(): ExitReason | undefined {
    if (this.awaited.any || this.subscriptions.any) return undefined;
    if (!this.tasks.anyOnChannel) {
      return { kind: "failed", error: failure("INTERNAL", deadlock, { stack: this.stack() }) };
    }
    if (!this.warnedIdle) {
      this.warnedIdle = true;
      this.self.log({ level: "debug", message: idleWarning, fields: {} });
    }
    return undefined;
  }
}
