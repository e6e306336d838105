/** The multiplexer of watches: one long poll per watched run chain, however many want to know of its end. */
import protos from "@temporalio/proto";
import type { ExitReason } from "../../mailbox/index.js";
import { runEnd } from "./close-event.js";
import { describeRun } from "./describe.js";
import { grpc, grpcCode, pause, type Rpc } from "./rpc.js";

/** A run and all that follow it by continue-as-new, retry or cron. */
export interface Chain {
  readonly workflowId: string;
  readonly firstRunId: string;
}

/** Called once; the reason is `noproc` when the server knows nothing of the chain (any more). */
export type ChainListener = (reason: ExitReason) => void;

/**
 * Polls of this node that wait at the server. It takes 1200 per namespace, from all nodes and clients together; what is over ours asks
 * in turn without waiting, so its end is heard later but never missed.
 */
const defaultMaxWaiting = 200;
const looksPerSecond = 200;
const maxDelayMs = 5_000;

interface Poll {
  readonly chain: Chain;
  readonly listeners: Set<ChainListener>;
  readonly abort: AbortController;
}

export class ChainWatcher {
  private readonly rpc: Rpc;
  private readonly polls = new Map<string, Poll>();
  private readonly maxWaiting: number;
  private waiting = 0;

  constructor(rpc: Rpc, maxWaiting = defaultMaxWaiting) {
    this.rpc = rpc;
    this.maxWaiting = maxWaiting;
  }

  /** Chains that are being watched. */
  get size(): number {
    return this.polls.size;
  }

  /** Learn of the end of a chain, also of one that has ended already. Returns how to stop; then nothing comes any more. */
  watch(chain: Chain, listener: ChainListener): () => void {
    const key = `${chain.firstRunId}/${chain.workflowId}`;
    let poll = this.polls.get(key);
    if (poll === undefined) {
      poll = { chain, listeners: new Set(), abort: new AbortController() };
      this.polls.set(key, poll);
      void this.follow(key, poll);
    }
    const mine = poll;
    mine.listeners.add(listener);
    return () => {
      mine.listeners.delete(listener);
      if (mine.listeners.size > 0 || this.polls.get(key) !== mine) return;
      this.polls.delete(key);
      mine.abort.abort();
    };
  }

  close(): void {
    for (const poll of this.polls.values()) {
      poll.listeners.clear();
      poll.abort.abort();
    }
    this.polls.clear();
  }

  /** Never rejects. Goes on through any loss of the connection: a watch has to end with an end. */
  private async follow(key: string, poll: Poll): Promise<void> {
    const { signal } = poll.abort;
    let runId = poll.chain.firstRunId;
    let token: Uint8Array | undefined;
    let delayMs = 0;
    let crowded = false;
    while (!signal.aborted) {
      const wait = !crowded && this.waiting < this.maxWaiting;
      try {
        const response = await this.look(poll, runId, token, wait);
        delayMs = 0;
        crowded = false;
        const event = response.history?.events?.at(-1);
        token = event || !wait || !response.nextPageToken?.length ? undefined : response.nextPageToken;
        if (event) {
          const end = runEnd(event);
          if (end.kind === "ended") return this.finish(key, poll, end.reason);
          runId = end.runId;
        } else if (!wait) await pause(this.rotationMs());
      } catch (error) {
        if (signal.aborted) return;
        const next = isUnknownRun(error) ? await this.later(poll.chain, runId).catch(() => runId) : runId;
        if (next === undefined) return this.finish(key, poll, { kind: "noproc" });
        runId = next;
        crowded = grpcCode(error) === grpc.resourceExhausted;
        // A token of before the server's restart may be the very reason: start over.
        token = undefined;
        delayMs = Math.min(Math.max(delayMs * 2, 100), maxDelayMs);
        await pause(delayMs);
      }
    }
  }

  private async look(poll: Poll, runId: string, token: Uint8Array | undefined, wait: boolean) {
    const request = {
      namespace: this.rpc.namespace,
      execution: { workflowId: poll.chain.workflowId, runId },
      waitNewEvent: wait,
      skipArchival: true,
      historyEventFilterType: protos.temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
      ...(token === undefined ? {} : { nextPageToken: token }),
    };
    if (wait) this.waiting++;
    try {
      return await this.rpc.longPoll(poll.abort.signal, (service) => service.getWorkflowExecutionHistory(request));
    } finally {
      if (wait) this.waiting--;
    }
  }

  /** The server forgets closed runs after a while, and a chain may last longer: its current run, unless that is unknown as well. */
  private async later({ workflowId, firstRunId }: Chain, unknown: string): Promise<string | undefined> {
    const state = await describeRun(this.rpc, workflowId, undefined);
    return state?.firstRunId === firstRunId && state.runId !== unknown ? state.runId : undefined;
  }

  /** How long one that found no room waits for its next look, such that all of them together ask `looksPerSecond`. */
  private rotationMs(): number {
    return Math.max(1_000, ((this.polls.size - this.maxWaiting) * 1_000) / looksPerSecond);
  }

  private finish(key: string, poll: Poll, reason: ExitReason): void {
    this.polls.delete(key);
    const listeners = [...poll.listeners];
    poll.listeners.clear();
    poll.abort.abort();
    for (const listener of listeners) listener(reason);
  }
}

function isUnknownRun(error: unknown): boolean {
  const code = grpcCode(error);
  return code === grpc.notFound || (code === grpc.invalidArgument && /runid/i.test(String(error)));
}
