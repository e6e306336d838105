/** Calls to one Temporal service: deadlines, repeats with back-off, and what its refusals mean. Knows no process. */
import type { Connection } from "@temporalio/client";
import { type Failure, failure } from "../../mailbox/index.js";

/** Ms after which a call that gets no answer is given up: `UNAVAILABLE`. */
export const sendDeadlineMs = 10_000;

/** A long poll is answered by the server well before; this ends one that a broken connection swallowed. */
const longPollMs = 75_000;

const firstDelayMs = 50;
const maxDelayMs = 1_000;

/** gRPC status codes; numbers, as the package that names them is not ours to import. */
export const grpc = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const repeatable: ReadonlySet<number> = new Set([
  grpc.unknown,
  grpc.deadlineExceeded,
  grpc.resourceExhausted,
  grpc.aborted,
  grpc.internal,
  grpc.unavailable,
]);

type WorkflowService = Connection["workflowService"];

/** Nobody answered in time. Whether the request arrived is unknown. */
export class Unanswered extends Error {
  readonly failure: Failure;

  constructor(message: string) {
    super(message);
    this.failure = failure("UNAVAILABLE", message, { retryable: true });
  }
}

export function grpcCode(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : undefined;
}

export function grpcText(error: unknown): string {
  const details = (error as { details?: unknown } | undefined)?.details;
  if (typeof details === "string" && details !== "") return details;
  return error instanceof Error ? error.message : String(error);
}

/** A limit of one run (10,000 signals, pending requests): later, in a next run, there is room again. */
export function isBackPressure(error: unknown): boolean {
  const code = grpcCode(error);
  if (code === grpc.resourceExhausted) return true;
  return code === grpc.invalidArgument && /exceeded workflow execution limit/i.test(grpcText(error));
}

/** The failure that a refusal stands for. */
export function grpcFailure(error: unknown): Failure {
  if (error instanceof Unanswered) return error.failure;
  const message = `Temporal: ${grpcText(error)}`;
  switch (grpcCode(error)) {
    case grpc.notFound:
      return failure("NOT_FOUND", message, { retryable: false });
    case grpc.alreadyExists:
      return failure("ALREADY_EXISTS", message, { retryable: false });
    case grpc.invalidArgument:
    case grpc.failedPrecondition:
      return failure("INVALID", message, { retryable: false });
    case grpc.permissionDenied:
    case grpc.unauthenticated:
      return failure("PERMISSION_DENIED", message, { retryable: false });
    case grpc.unavailable:
    case grpc.deadlineExceeded:
    case grpc.resourceExhausted:
      return failure("UNAVAILABLE", message, { retryable: true });
    default:
      return failure("INTERNAL", message);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Wait for `work`, but no longer than `ms`; its timer is gone by then. Rejects like `work`. */
export async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export class Rpc {
  readonly connection: Connection;
  readonly namespace: string;
  readonly identity: string;
  private readonly address: string;
  private readonly onState: (up: boolean, detail: string | undefined) => void;
  private up = true;

  constructor(
    connection: Connection,
    who: { address: string; namespace: string; identity: string },
    onState: (up: boolean, detail: string | undefined) => void,
  ) {
    this.connection = connection;
    this.address = who.address;
    this.namespace = who.namespace;
    this.identity = who.identity;
    this.onState = onState;
  }

  /**
   * Ask until there is an answer; what is asked must be safe to repeat. Throws the refusal, or `Unanswered` after `deadlineMs`.
   * `deadline` may be moved on meanwhile by whoever queues calls.
   */
  async call<T>(
    ask: (service: WorkflowService) => Promise<T>,
    deadline: () => number = after(sendDeadlineMs),
  ): Promise<T> {
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
      const until = deadline();
      try {
        const answer = await this.connection.withDeadline(until, () => ask(this.connection.workflowService));
        this.note(true, undefined);
        return answer;
      } catch (error) {
        this.noteError(error);
        const again = repeatable.has(grpcCode(error) ?? -1) || isBackPressure(error);
        if (!again) throw error;
        if (Date.now() + delayMs >= deadline()) throw this.unanswered(error);
        await pause(delayMs);
      }
    }
  }

  /** One long poll; the caller repeats it. Aborting rejects with a cancelled status. */
  async longPoll<T>(signal: AbortSignal, ask: (service: WorkflowService) => Promise<T>): Promise<T> {
    const { connection } = this;
    // The SDK adds a listener per call and keeps it: each call gets a signal of its own.
    const own = new AbortController();
    const abort = (): void => own.abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const answer = await connection.withAbortSignal(own.signal, () =>
        connection.withDeadline(Date.now() + longPollMs, () => ask(connection.workflowService)),
      );
      this.note(true, undefined);
      return answer;
    } catch (error) {
      if (!signal.aborted) this.noteError(error);
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  private unanswered(error: unknown): Error {
    if (isBackPressure(error)) return new Unanswered(`Temporal at ${this.address} is at a limit: ${grpcText(error)}`);
    return new Unanswered(`Temporal at ${this.address} did not answer in time: ${grpcText(error)}`);
  }

  private noteError(error: unknown): void {
    const code = grpcCode(error);
    this.note(code !== grpc.unavailable && code !== grpc.deadlineExceeded, grpcText(error));
  }

  private note(up: boolean, detail: string | undefined): void {
    if (up === this.up) return;
    this.up = up;
    this.onState(up, up ? undefined : detail);
  }
}

export function after(ms: number): () => number {
  const at = Date.now() + ms;
  return () => at;
}
