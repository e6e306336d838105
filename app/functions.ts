/** How a process calls a function entry: which entry may be called, where it runs, and how long the caller waits. */
import {
  type Client,
  functionIdProblem,
  type InvokeRequest,
  type Outcome,
  type PayloadRecord,
} from "../actors/index.js";
import { durationMs } from "../durability/workflow/index.js";
import { type Failure, failure, type Payload, type Pid } from "../mailbox/index.js";
import type { AppConfig } from "./entries.js";

/** Host of functions that run inside the node that calls them. */
export const functionsHost = "node:functions";

/** Where a call of `target` runs, or why it cannot be called. */
function callTarget(config: AppConfig, target: string): { host: string } | Failure {
  const invalid = functionIdProblem(target);
  if (invalid !== undefined) return invalid;
  const entry = config.entries.get(target);
  if (entry?.kind === "function.lua") return { host: functionsHost };
  if ((entry?.kind === "process.lua" || entry?.kind === "workflow.lua") && entry.defaultHost !== undefined) {
    return { host: entry.defaultHost };
  }
  return failure("NOT_FOUND", "no handler registered for target", { retryable: false, details: { target } });
}

export interface Call {
  readonly target: string;
  readonly args: readonly Payload[];
  readonly context: PayloadRecord;
  /** Options of the spawn; only code of ours sets them. */
  readonly options?: PayloadRecord;
  readonly timeoutMs?: number | undefined;
  /** Instead of the entry's own place. */
  readonly host?: string;
}

/** Context value in which a callee finds its idempotency key: the same on every attempt of one call. */
const keyOfContext = "idempotency_key";

export class Functions {
  private readonly config: AppConfig;
  private readonly client: () => Client;

  /** `client` is the process that all callees have as parent. */
  constructor(config: AppConfig, client: () => Client) {
    this.config = config;
    this.client = client;
  }

  /** Run to completion; returns a function that ends the interest in the outcome. The callee runs on. */
  call(call: Call, done: (outcome: Outcome) => void): () => void {
    const place = call.host === undefined ? callTarget(this.config, call.target) : { host: call.host };
    if ("kind" in place) {
      done({ ok: false, error: place });
      return () => {};
    }
    const { target, args, context, options = {}, timeoutMs } = call;
    const client = this.client();
    let timer: { cancel(): void } | undefined;
    const finish = (outcome: Outcome): void => {
      timer?.cancel();
      done(outcome);
    };
    const drop = client.start((self) => self.exec(target, place.host, args, { context, options }), finish);
    if (timeoutMs !== undefined) {
      const expired = failure("TIMEOUT", `${target} gave no result within ${timeoutMs} ms`, { retryable: true });
      timer = client.after(timeoutMs, () => {
        drop();
        done({ ok: false, error: expired });
      });
    }
    return () => {
      timer?.cancel();
      drop();
    };
  }

  /**
   * As `call`, for a `funcs.call` of a process; a caller without a node is a host, which makes the call for one of its workflows.
   * `options.timeout` is a duration text or milliseconds.
   */
  invoke(caller: Pid, request: InvokeRequest, done: (outcome: Outcome) => void): () => void {
    const { target, args, options, key } = request;
    const context = { ...request.context, [keyOfContext]: key };
    const timeoutMs = options.timeout === undefined ? undefined : durationMs(options.timeout);
    if (options.timeout !== undefined && timeoutMs === undefined) {
      const message = `timeout must be a duration such as "5s" or a number of milliseconds, not ${JSON.stringify(options.timeout)}`;
      done({ ok: false, error: failure("INVALID", message, { retryable: false }) });
      return () => {};
    }
    const place = caller.node === "" ? { host: this.activityHost(target) } : {};
    return this.call({ target, args, context, timeoutMs, ...place }, done);
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
    const context = { ...call.context, [keyOfContext]: key };
    return new Promise((resolve) => {
      const drop = this.call({ target, args, context, host }, resolve);
      const abort = (): void => {
        drop();
        resolve({ ok: false, error: failure("CANCELED", "operation canceled", { retryable: false }) });
      };
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    });
  }

  /** A process entry without a host of its own runs beside the functions. */
  private activityHost(target: string): string {
    const entry = this.config.entries.get(target);
    return entry?.kind === "process.lua" ? (entry.defaultHost ?? functionsHost) : functionsHost;
  }

  run(call: Call): Promise<Outcome> {
    return new Promise((resolve) => {
      this.call(call, resolve);
    });
  }
}
