/** One connection to a Redis server that never waits for ever: a call is tried again until its deadline, then it is UNAVAILABLE. */
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { StoreError } from "../store.js";
import type { Script } from "./scripts.js";

export interface RedisHealth {
  readonly state: "up" | "down";
  /** `connected`, or `disconnected`, `loading`, `readonly`, `not_saving`, `no_replicas`, `busy` and what the server says. */
  readonly detail: string;
}

export interface ConnectionOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  /** How long one call may take, with all that is tried meanwhile. */
  readonly timeoutMs: number;
  /** Called when the state changes. */
  readonly onHealth: (health: RedisHealth) => void;
}

/** Between two attempts of one call. */
const retryPauseMs = 50;
const maxReconnectMs = 1000;
const closeMs = 1000;

export class RedisConnection {
  private readonly options: ConnectionOptions;
  private readonly client: Redis;
  /** Without user and password. */
  private readonly address: string;
  private state: RedisHealth["state"] | undefined;
  private lastProblem = "not connected yet";
  private closed = false;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.client = new Redis(options.url, {
      lazyConnect: true,
      // Calls are kept and repeated here, where they have a deadline.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // Those on their way fail when the connection breaks; otherwise the client would forget them.
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(attempt * retryPauseMs, maxReconnectMs),
      // A server that became a replica: its name may lead to another one by now.
      reconnectOnError: (error) => error.message.startsWith("READONLY"),
    });
    const { host, port } = this.client.options;
    this.address = `${host}:${port}`;
    this.client.on("ready", () => {
      this.lastProblem = "the connection was lost";
      this.health("up", "connected");
    });
    this.client.on("close", () => this.health("down", `disconnected: ${this.lastProblem}`));
    this.client.on("error", (error: Error) => {
      this.lastProblem = error.message || String(error);
    });
    // What went wrong is heard as `error`, and the client goes on trying.
    this.client.connect().catch(() => {});
  }

  /** Run a script; repeats it when the connection breaks, so it must bear that. Rejects with a StoreError. */
  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const deadline = performance.now() + this.options.timeoutMs;
    for (;;) {
      const left = deadline - performance.now();
      if (this.closed) throw new StoreError("UNAVAILABLE", "the store is closed");
      if (left <= 0) throw this.unavailable();
      if (this.client.status === "ready") {
        const answer = await this.attempt(script, keys, args, left);
        if ("value" in answer) return answer.value;
        this.judge(answer.error);
      }
      await pause(Math.min(retryPauseMs, Math.max(0, deadline - performance.now())));
    }
  }

  /** Safe to repeat. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    if (this.client.status === "ready") await within(this.client.quit(), closeMs).catch(() => {});
    this.client.disconnect();
  }

  private async attempt(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    leftMs: number,
  ): Promise<{ value: unknown } | { error: Error }> {
    const call = async (): Promise<unknown> => {
      try {
        return await this.client.evalsha(script.sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!String((error as Error).message).startsWith("NOSCRIPT")) throw error;
        return this.client.eval(script.text, keys.length, ...keys, ...args);
      }
    };
    try {
      const value = await within(call(), leftMs);
      if (value !== silent) {
        this.health("up", "connected");
        return { value };
      }
    } catch (error) {
      return { error: error as Error };
    }
    // The server does not answer: whatever it does with the call later, later calls shall not queue up behind it.
    this.client.disconnect(true);
    return { error: new Error("the server does not answer") };
  }

  /** Throw unless another attempt may go better. */
  private judge(error: Error): void {
    const { message } = error;
    if (error.name !== "MaxRetriesPerRequestError") this.lastProblem = message;
    const [, state] = serverStates.find(([prefix]) => message.startsWith(prefix)) ?? [];
    if (state !== undefined) this.health("down", `${state}: ${message}`);
    // Whoever may make room needs longer than a call lasts, and reading goes on.
    if (message.startsWith("OOM")) throw this.unavailable();
    const passing = state !== undefined || error.name !== "ReplyError";
    if (!passing) throw new StoreError("INTERNAL", `Redis at ${this.address} refuses: ${message}`);
  }

  private unavailable(): StoreError {
    const { timeoutMs } = this.options;
    const message = `Redis at ${this.address} cannot be used (tried for at most ${timeoutMs} ms): ${this.lastProblem}`;
    return new StoreError("UNAVAILABLE", message);
  }

  private health(state: RedisHealth["state"], detail: string): void {
    if (state === this.state || this.closed) return;
    this.state = state;
    this.options.onHealth({ state, detail });
  }
}

/** Errors of a server that will do the same call later, by the beginning of their text. */
const serverStates: readonly (readonly [prefix: string, state: string])[] = [
  ["LOADING", "loading"],
  ["READONLY", "readonly"],
  ["MASTERDOWN", "readonly"],
  ["MISCONF", "not_saving"],
  ["NOREPLICAS", "no_replicas"],
  ["BUSY", "busy"],
  ["TRYAGAIN", "busy"],
  ["CLUSTERDOWN", "disconnected"],
  ["UNBLOCKED", "disconnected"],
];

const silent = Symbol("silent");

/** The answer, or `silent` when there is none in time. */
async function within<T>(answer: Promise<T>, ms: number): Promise<T | typeof silent> {
  const controller = new AbortController();
  // Its failure after the deadline is nobody's business any more.
  answer.catch(() => {});
  try {
    return await Promise.race([answer, pause(ms, silent, { signal: controller.signal })]);
  } finally {
    controller.abort();
  }
}
