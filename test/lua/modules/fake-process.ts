/** A process in miniature for testing one module: virtual time, requests answered at once, no mailbox. Only for module tests. */
import type { AskRequest, Outcome, Request } from "../../../actors/index.js";
import { luaPackages } from "../../../app/lua-packages.js";
import { LuaEngine, type LuaThread, type LuaValue, type Pushable } from "../../../lua/fengari.js";
import { createErrorValues, errorsModule } from "../../../lua/modules/errors.js";
import { createPayloadType } from "../../../lua/modules/payload.js";
import { createTimeTypes } from "../../../lua/modules/time.js";
import type { HostChannel, LuaProcess, ModuleDefinition, Resumption, Shared } from "../../../lua/owner.js";
import { fromPayload, toPayload } from "../../../lua/value.js";
import { base64, type Payload } from "../../../mailbox/index.js";

export interface FakeOptions {
  readonly modules: readonly ModuleDefinition[];
  /** Start of time, ms since 1970. */
  readonly now?: number;
  readonly options?: Readonly<Record<string, Payload>>;
  /** Answers what a service of the node is asked for. */
  readonly ask?: (request: AskRequest) => Outcome;
  readonly budgetInstructions?: number;
}

class FakeChannel implements HostChannel {
  readonly values: Pushable[] = [];
  closed = false;
  waiting: Resumption | undefined;

  constructor(readonly capacity: number) {}

  offer(value: Pushable): boolean {
    if (this.closed) return false;
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting !== undefined) waiting.values(value, true);
    else if (this.values.length >= this.capacity) return false;
    else this.values.push(value);
    return true;
  }

  empty(): void {
    this.values.length = 0;
  }

  clear(): void {
    this.values.length = 0;
  }

  wait(resumption: Resumption): void {
    this.waiting = resumption;
  }

  close(): void {
    this.closed = true;
    this.waiting?.values(undefined, false);
    this.waiting = undefined;
  }
}

export class FakeProcess {
  readonly engine: LuaEngine<LuaProcess>;
  readonly shared: Shared;
  readonly owner: LuaProcess;
  /** Requests that were dropped. */
  readonly dropped: number[] = [];
  readonly internalErrors: unknown[] = [];
  now: number;
  private lastTag = 0;
  private readonly timers = new Map<number, number>();
  private readonly random: { tag: number; bytes: number }[] = [];
  private readonly asked: { tag: number; request: AskRequest }[] = [];
  private readonly callbacks = new Map<number, (outcome: Outcome) => void>();
  private readonly states = new Map<string, unknown>();
  private resumed: { values: Pushable[] } | { error: Pushable } | undefined;

  constructor(private readonly options: FakeOptions) {
    this.now = options.now ?? 0;
    this.engine = new LuaEngine<LuaProcess>({ onInternalError: (error) => this.internalErrors.push(error) });
    this.engine.limits({ sliceInstructions: undefined, budgetInstructions: options.budgetInstructions });
    this.shared = this.makeShared();
    this.owner = this.makeOwner();
    for (const module of [errorsModule, ...options.modules])
      this.engine.shared.set(module.name, module.build(this.shared));
    this.engine.shared.set(
      "elapse",
      this.engine.fn("elapse", (call) => this.elapse(call.checkNumber(1))),
    );
    this.engine.shared.set(
      "jump",
      this.engine.fn("jump", (call) => this.jump(call.checkNumber(1))),
    );
  }

  private makeShared(): Shared {
    const shared: Partial<Shared> & { engine: LuaEngine<LuaProcess> } = {
      engine: this.engine,
      packages: luaPackages,
      payloadType: createPayloadType(this.engine),
      ...createErrorValues(this.engine),
      types: createTimeTypes(this.engine),
      toPayload: (value) => toPayload(shared as Shared, value),
      fromPayload: (payload) => fromPayload(shared as Shared, payload),
    };
    return shared as Shared;
  }

  private makeOwner(): LuaProcess {
    const fake = this;
    const self = {
      get now() {
        return fake.now;
      },
      options: this.options.options ?? {},
      request: (request: Request) => this.request(request),
    };
    const owner: Partial<LuaProcess> = {
      self: self as unknown as LuaProcess["self"],
      shared: this.shared,
      suspend: (call, start) => {
        const suspension = call.wait("suspended");
        start({ values: (...values) => this.resume({ values }), raise: (error) => this.resume({ error }) });
        return suspension;
      },
      onSettled: (tag, done) => void this.callbacks.set(tag, done),
      drop: (tag) => {
        this.dropped.push(tag);
        this.timers.delete(tag);
        this.callbacks.delete(tag);
      },
      hostChannel: (capacity) => this.hostChannel(capacity),
      state: <T>(module: string, make: () => T): T => {
        if (!this.states.has(module)) this.states.set(module, make());
        return this.states.get(module) as T;
      },
    };
    return owner as LuaProcess;
  }

  private resume(how: NonNullable<typeof this.resumed>): void {
    if (this.resumed !== undefined) throw new Error("resumed twice");
    this.resumed = how;
  }

  private request(request: Request): number {
    const tag = ++this.lastTag;
    if (request.kind === "timer") this.timers.set(tag, this.now + request.delayMs);
    else if (request.kind === "random") this.random.push({ tag, bytes: request.bytes });
    else if (request.kind === "ask" && this.options.ask !== undefined) this.asked.push({ tag, request });
    else throw new Error(`unexpected request ${request.kind}`);
    return tag;
  }

  private settle(tag: number, outcome: Outcome): void {
    const done = this.callbacks.get(tag);
    this.callbacks.delete(tag);
    done?.(outcome);
  }

  /** Random bytes count up from the tag of their request. */
  private settleNext(until: number): boolean {
    const random = this.random.shift();
    if (random !== undefined) {
      const bytes = Uint8Array.from({ length: random.bytes }, (_, i) => random.tag * 16 + i);
      this.settle(random.tag, { ok: true, value: { $bytes: base64(bytes) } });
      return true;
    }
    const asked = this.asked.shift();
    if (asked !== undefined) {
      this.settle(asked.tag, this.options.ask!(asked.request));
      return true;
    }
    const [next] = [...this.timers].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
    if (next === undefined || next[1] > until) return false;
    this.timers.delete(next[0]);
    this.now = Math.max(this.now, next[1]);
    this.settle(next[0], { ok: true, value: null });
    return true;
  }

  /** Let virtual time pass, with all that happens in it. */
  elapse(milliseconds: number): void {
    const until = this.now + milliseconds;
    while (this.settleNext(until));
    this.now = until;
  }

  /** The process sleeps through some time: nothing settles meanwhile. */
  private jump(milliseconds: number): void {
    this.now += milliseconds;
  }

  private readonly channelType = () =>
    this.engine.userdataType<FakeChannel>("channel", {
      methods: {
        receive: (call, self) => {
          if (self.values.length > 0) call.push(self.values.shift(), true);
          else if (self.closed) call.push(undefined, false);
          else return call.owner.suspend(call, (resumption) => self.wait(resumption));
        },
        buffered: (call, self) => call.push(self.values.length),
        closed: (call, self) => call.push(self.closed),
      },
    });

  private type: ReturnType<typeof this.channelType> | undefined;

  private hostChannel(capacity: number): { channel: HostChannel; userdata: Pushable } {
    this.type ??= this.channelType();
    const channel = new FakeChannel(capacity);
    return { channel, userdata: this.type.wrap(channel) };
  }

  /** Results of a chunk; time passes as far as it waits. */
  run(source: string): LuaValue[] {
    const compiled = this.engine.compile(source, "test.lua");
    if (compiled.kind === "error") throw new Error(compiled.message);
    const environment = this.engine.environment({ owner: this.owner, seed: 1 });
    const thread: LuaThread<LuaProcess> = this.engine.thread(
      this.engine.instantiate(compiled, environment),
      environment,
    );
    let outcome = thread.resume();
    while (outcome.kind === "wait") {
      while (this.resumed === undefined)
        if (!this.settleNext(Number.POSITIVE_INFINITY)) throw new Error("waits for ever");
      const how: { values: Pushable[] } | { error: Pushable } = this.resumed;
      this.resumed = undefined;
      outcome = "values" in how ? thread.resume(how.values) : thread.resumeWithError(how.error);
    }
    if (this.internalErrors.length > 0) throw this.internalErrors[0];
    if (outcome.kind !== "done") throw new Error("message" in outcome ? outcome.message : outcome.kind);
    return outcome.values.map((ref) => this.engine.value(ref));
  }

  /** Results of one expression. */
  eval(expression: string): LuaValue[] {
    return this.run(`return ${expression}`);
  }
}
