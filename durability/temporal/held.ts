/** Activities that this node holds open without a slot: a heartbeat each, until they are completed from elsewhere. */
import type { Payload } from "../../mailbox/index.js";
import { grpc, grpcCode, type Rpc } from "./rpc.js";
import { encodeValues } from "./values.js";

const maxBeatMs = 2_000;
const minBeatMs = 200;
/** What a held activity without a heartbeat time-out is taken to have. */
const usualTimeoutMs = 3 * maxBeatMs;

interface Held {
  readonly taskToken: Uint8Array;
  readonly onLost: () => void;
  /** What it is completed with when this node closes; without it, it is left for another node. */
  readonly farewell: Payload | undefined;
  timer: NodeJS.Timeout | undefined;
}

export interface HeldTask {
  readonly taskToken: Uint8Array;
  readonly heartbeatTimeoutMs: number | undefined;
}

/** Loss of this node ends the heartbeats, so the server gives the activity to another one. */
export class HeldActivities {
  private readonly rpc: Rpc;
  private readonly open = new Set<Held>();
  private refused = 0;

  constructor(rpc: Rpc) {
    this.rpc = rpc;
  }

  get size(): number {
    return this.open.size;
  }

  /** Answers that the server refused though somebody waits; the heartbeat time-out then repeats the activity. */
  get refusals(): number {
    return this.refused;
  }

  /** Keep it alive from now on. Returns how to complete it, once. `onLost` is called when nobody waits for it any more. */
  hold(task: HeldTask, onLost: () => void, farewell?: Payload): (value: Payload) => void {
    const everyMs = Math.min(maxBeatMs, (task.heartbeatTimeoutMs ?? usualTimeoutMs) / 3);
    const held: Held = { taskToken: task.taskToken, onLost, farewell, timer: undefined };
    held.timer = setInterval(() => void this.beat(held), Math.max(minBeatMs, everyMs));
    held.timer.unref();
    this.open.add(held);
    return (value) => {
      if (this.release(held)) void this.complete(held, value);
    };
  }

  /** Those without a farewell fail in a way that lets Temporal repeat them on another node at once. */
  async close(): Promise<void> {
    const all = [...this.open];
    for (const held of all) this.release(held);
    await Promise.all(
      all.map((held) => (held.farewell === undefined ? this.handOver(held) : this.complete(held, held.farewell))),
    );
  }

  private release(held: Held): boolean {
    clearInterval(held.timer);
    return this.open.delete(held);
  }

  private async beat(held: Held): Promise<void> {
    const { namespace, identity, connection } = this.rpc;
    const { taskToken } = held;
    let cancelled = false;
    try {
      const answer = await connection.withDeadline(Date.now() + 5_000, () =>
        connection.workflowService.recordActivityTaskHeartbeat({ namespace, identity, taskToken }),
      );
      cancelled = answer.cancelRequested;
      if (!cancelled) return;
    } catch (error) {
      // Anything but this is a connection that will be back, or else a heartbeat time-out on the server's side.
      if (grpcCode(error) !== grpc.notFound) return;
    }
    if (!this.release(held)) return;
    held.onLost();
    if (cancelled) {
      await this.answer(() =>
        connection.workflowService.respondActivityTaskCanceled({ namespace, identity, taskToken }),
      );
    }
  }

  private complete(held: Held, value: Payload): Promise<void> {
    const { namespace, identity } = this.rpc;
    const request = { namespace, identity, taskToken: held.taskToken, result: { payloads: encodeValues([value]) } };
    return this.answer(() => this.rpc.connection.workflowService.respondActivityTaskCompleted(request));
  }

  private handOver({ taskToken }: Held): Promise<void> {
    const { namespace, identity, connection } = this.rpc;
    const failure = {
      message: "the node shuts down",
      applicationFailureInfo: { type: "UNAVAILABLE", nonRetryable: false },
    };
    const request = { namespace, identity, taskToken, failure };
    return this.answer(() => connection.workflowService.respondActivityTaskFailed(request));
  }

  private async answer(give: () => Promise<unknown>): Promise<void> {
    try {
      await this.rpc.call(give);
    } catch (error) {
      if (grpcCode(error) !== grpc.notFound) this.refused++;
    }
  }
}
