/** How a process calls a function entry: which entry may be called, where it runs, how long the caller waits and how often it is tried. */
import {
  type Asked,
  type Client,
  type Clock,
  functionIdProblem,
  type InvokeRequest,
  idempotencyKey,
  type Outcome,
  type PayloadRecord,
  type SpawnOptions,
} from "../actors/index.js";
import { Attempts, type AttemptTimeout, type CallOptions, readCallOptions } from "../durability/workflow/index.js";
import { type Failure, failure, type Payload, type Pid, toPayload } from "../mailbox/index.js";
import type { AppConfig } from "./entries.js";
import { functionsHost } from "./node-hosts.js";

/** Where a call runs. */
interface Place {
  readonly host: string;
  readonly entryKind: "function.lua" | "process.lua" | "workflow.lua";
  /** The entry's own defaults of the options of a call. */
  readonly defaults: PayloadRecord;
}

/** Where a call of `target` runs, or why it cannot be called. */
function callTarget(config: AppConfig, target: string): Place | Failure {
  const invalid = functionIdProblem(target);
  if (invalid !== undefined) return invalid;
  const entry = config.entries.get(target);
  if (entry?.kind === "function.lua") {
    return { host: functionsHost, entryKind: entry.kind, defaults: plain(entry.options) };
  }
  if ((entry?.kind === "process.lua" || entry?.kind === "workflow.lua") && entry.defaultHost !== undefined) {
    return { host: entry.defaultHost, entryKind: entry.kind, defaults: plain(entry.options) };
  }
  return failure("NOT_FOUND", "no handler registered for target", { retryable: false, details: { target } });
}

function plain(options: Record<string, unknown>): PayloadRecord {
  return toPayload(options) as PayloadRecord;
}

export interface Call {
  readonly target: string;
  readonly args: readonly Payload[];
  readonly context: PayloadRecord;
  /** Options of the spawn; only code of ours sets them. */
  readonly options?: PayloadRecord;
  readonly timeoutMs?: number | undefined;
}

/** One attempt of a call: what runs, and where. */
interface Attempt {
  readonly target: string;
  readonly host: string;
  readonly args: readonly Payload[];
  readonly start: Pick<SpawnOptions, "context" | "options" | "name">;
}

export class Functions {
  private readonly config: AppConfig;
  private readonly clock: Clock;
  private readonly client: () => Client;
  /** By target; an application does not change while it runs. */
  private readonly places = new Map<string, Place>();

  /** `client` is the process that all callees have as parent. */
  constructor(config: AppConfig, clock: Clock, client: () => Client) {
    this.config = config;
    this.clock = clock;
    this.client = client;
  }

  /** Run to completion; never rejects. */
  run({ target, args, context, options = {}, timeoutMs }: Call): Promise<Outcome> {
    const place = this.place(target);
    if ("kind" in place) return Promise.resolve({ ok: false, error: place });
    const limits = timeoutMs === undefined ? {} : { timeoutMs };
    return new Promise((resolve) => {
      this.attempts({ target, args, host: place.host, start: { context, options } }, limits, undefined, resolve);
    });
  }

  /**
   * A `funcs.call` of a process, with its options and the entry's under them; a caller without a node is a host, which makes the call
   * for one of its workflows and has limits of its own. Returns a function that ends the interest in the outcome: the callee runs on.
   */
  invoke(caller: Pid, request: InvokeRequest, done: (outcome: Outcome) => void, asked?: Asked): () => void {
    const { target, args, key } = request;
    const context = { ...request.context, [idempotencyKey]: key };
    if (caller.node === "") {
      return this.attempt({ target, args, host: this.activityHost(target), start: { context } }, done);
    }
    const place = this.place(target);
    const limits = "kind" in place ? place : readCallOptions(target, place.defaults, request.options);
    if ("kind" in place || "kind" in limits) {
      done({ ok: false, error: "kind" in place ? place : (limits as Failure) });
      return () => {};
    }
    const start = {
      context,
      // They may be those of a workflow's start.
      ...(place.entryKind === "workflow.lua" ? { options: request.options } : {}),
      // A call that is made again after a crash finds the process that it has started, if that one is durable too.
      ...(place.entryKind !== "function.lua" && asked !== undefined ? { name: key } : {}),
    };
    return this.attempts({ target, args, host: place.host, start }, limits, asked, done);
  }

  /** For a workflow on a server. Never rejects. */
  runActivity(call: {
    readonly entry: string;
    readonly args: readonly Payload[];
    readonly context: PayloadRecord;
    readonly key: string;
    readonly signal: AbortSignal;
  }): Promise<Outcome> {
    const { entry: target, args, key, signal } = call;
    const host = this.activityHost(target);
    const context = { ...call.context, [idempotencyKey]: key };
    return new Promise((resolve) => {
      const drop = this.attempt({ target, args, host, start: { context } }, resolve);
      const abort = (): void => {
        drop();
        resolve({ ok: false, error: failure("CANCELED", "operation canceled", { retryable: false }) });
      };
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    });
  }

  private place(target: string): Place | Failure {
    const known = this.places.get(target);
    if (known !== undefined) return known;
    const place = callTarget(this.config, target);
    if (!("kind" in place)) this.places.set(target, place);
    return place;
  }

  /** A process entry without a host of its own runs beside the functions. */
  private activityHost(target: string): string {
    const entry = this.config.entries.get(target);
    return entry?.kind === "process.lua" ? (entry.defaultHost ?? functionsHost) : functionsHost;
  }

  private attempts(
    attempt: Attempt,
    { timeoutMs = Number.POSITIVE_INFINITY, retry }: CallOptions,
    asked: Asked | undefined,
    done: (outcome: Outcome) => void,
  ): () => void {
    const { target } = attempt;
    const attempts = new Attempts(
      {
        clock: this.clock,
        run: (answered) => this.attempt(attempt, answered),
        retry: retry ?? { maximumAttempts: 1 },
        startToCloseMs: Number.POSITIVE_INFINITY,
        expiresAt: (asked?.at ?? this.clock.now()) + timeoutMs,
        // Without a word about attempts, the one that a crash has cut off is made again, under the same key.
        firstAttempt: asked?.again && retry !== undefined ? 2 : 1,
        timedOut: (timeout) => timedOut(target, timeout, timeoutMs),
        random: Math.random,
      },
      (end) => done(end.ok ? end.outcome : { ok: false, error: end.error }),
    );
    attempts.start();
    return () => attempts.stop();
  }

  private attempt({ target, host, args, start }: Attempt, done: (outcome: Outcome) => void): () => void {
    return this.client().start((self) => self.exec(target, host, args, start), done);
  }
}

function timedOut(target: string, timeout: AttemptTimeout, timeoutMs: number): Failure {
  const message =
    timeout === "schedule_to_close"
      ? `${target} gave no result within ${timeoutMs} ms`
      : `the node of ${target} was lost while it ran`;
  return failure("TIMEOUT", message, { retryable: true });
}
