/** Calls of endpoint functions: one process for each request, which ends when nobody waits for its answer any more. */
import { type Client, exitOutcome, type Outcome } from "../actors/index.js";
import { failure, type Payload, type Pid, parsePid } from "../mailbox/index.js";
import { functionsHost } from "./node-hosts.js";

/** How long a function may go on after it was told that nobody waits. */
const graceMs = 1_000;

export interface EndpointCall {
  readonly func: string;
  /** What `http.request()` shows. */
  readonly http: Payload;
  readonly timeoutMs: number | undefined;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

export class EndpointCalls {
  private readonly client: Client;
  /** By pid. */
  private readonly running = new Map<string, (outcome: Outcome) => void>();

  /** `client` is the parent and watcher of all of them, and nobody else's. */
  constructor(client: Client) {
    this.client = client;
    client.onEvent((event) => {
      if (event.kind !== "exit") return;
      const done = this.running.get(event.from.text);
      this.running.delete(event.from.text);
      done?.(exitOutcome(event.reason));
    });
  }

  run({ func, http, timeoutMs, signal }: EndpointCall): Promise<Outcome> {
    return new Promise((resolve) => {
      let pid: Pid | undefined;
      let isOver = false;
      const finish = (outcome: Outcome): void => {
        if (isOver) return;
        isOver = true;
        timer?.cancel();
        signal.removeEventListener("abort", gone);
        resolve(outcome);
      };
      const giveUp = (kind: string, message: string): void => {
        if (isOver) return;
        if (pid !== undefined) void this.client.cancel(pid, message, graceMs);
        finish({ ok: false, error: failure(kind, message, { retryable: true }) });
      };
      const gone = (): void => giveUp("CANCELED", "the client has gone");
      const timer =
        timeoutMs === undefined
          ? undefined
          : this.client.after(timeoutMs, () => giveUp("TIMEOUT", `${func} gave no result within ${timeoutMs} ms`));
      // By a callback: a function that ends at once is heard of before any promise settles.
      this.client.start(
        (self) => self.spawn(func, functionsHost, [], { monitor: true, options: { http } }),
        (outcome) => {
          pid = outcome.ok ? parsePid(String(outcome.value)) : undefined;
          if (pid === undefined) return finish(outcome);
          if (isOver) void this.client.cancel(pid, "nobody waits any more", graceMs);
          else this.running.set(pid.text, finish);
        },
      );
      if (signal.aborted) gone();
      else signal.addEventListener("abort", gone);
    });
  }
}
