/** Envelopes to workflows: one queue per workflow, so that order holds through every repeat. What relations add is in host.ts. */
import { randomUUID } from "node:crypto";
import {
  accepted,
  checkPayloadSize,
  type Delivery,
  type Envelope,
  encodeEnvelope,
  gone,
  type MessageSignal,
} from "../../mailbox/index.js";
import { grpc, grpcCode, grpcFailure, type Rpc, sendDeadlineMs, Unanswered } from "./rpc.js";
import { encodeHeader, encodeValues } from "./values.js";
import { kernelSignal, protocolVersion, type SignalHeader } from "./workflow/protocol.js";

/** Calls of one queued job share a deadline that moves on while the queue does. */
export type Deadline = () => number;

interface Queue {
  tail: Promise<unknown>;
  length: number;
  /** When something was last taken over; who waits behind it waits on. */
  movedAt: number;
}

export class Outbox {
  private readonly queues = new Map<string, Queue>();
  private readonly deadlineMs: number;

  constructor(deadlineMs = sendDeadlineMs) {
    this.deadlineMs = deadlineMs;
  }

  /** Workflows with something under way. */
  get size(): number {
    return this.queues.size;
  }

  /** Run a job after all earlier ones for this workflow. Its failure is a delivery, never a rejection. */
  enqueue(workflowId: string, job: (deadline: Deadline) => Promise<Delivery>): Promise<Delivery> {
    const queue = this.queues.get(workflowId) ?? { tail: Promise.resolve(), length: 0, movedAt: 0 };
    this.queues.set(workflowId, queue);
    const since = Date.now();
    const deadline = (): number => Math.max(since, queue.movedAt) + this.deadlineMs;
    queue.length++;
    const result = queue.tail.then(async () => {
      const delivery = await job(deadline).catch(refused);
      if (delivery.kind !== "unreachable") queue.movedAt = Date.now();
      queue.length--;
      if (queue.length === 0) this.queues.delete(workflowId);
      return delivery;
    });
    queue.tail = result;
    return result;
  }
}

/** What a call that threw means to the sender. */
export function refused(error: unknown): Delivery {
  if (error instanceof Unanswered) return { kind: "unreachable", error: error.failure };
  if (grpcCode(error) === grpc.notFound) return gone;
  const problem = grpcFailure(error);
  return problem.kind === "UNAVAILABLE" ? { kind: "unreachable", error: problem } : { kind: "gone", error: problem };
}

/** Signals of one Temporal namespace. A repeat carries the same request id: the server takes it once. */
export class Signals {
  private readonly rpc: Rpc;

  constructor(rpc: Rpc) {
    this.rpc = rpc;
  }

  /** A message: its topic is the signal's name, its payloads are the arguments. */
  async message(envelope: Envelope, signal: MessageSignal, deadline: Deadline): Promise<Delivery> {
    const tooBig = checkPayloadSize(signal.payloads, "message");
    if (tooBig !== undefined) return { kind: "gone", error: tooBig };
    const header: SignalHeader = {
      v: protocolVersion,
      from: envelope.from.text,
      incarnation: envelope.incarnation,
      seq: envelope.seq,
      ...(signal.call === undefined ? {} : { call: signal.call }),
    };
    await this.send(
      envelope.to.id,
      undefined,
      { signalName: signal.topic, payloads: encodeValues(signal.payloads), header: encodeHeader(header) },
      deadline,
    );
    return accepted;
  }

  /** Any other envelope; to one run only when `runId` is given. */
  async kernel(envelope: Envelope, runId: string | undefined, deadline: Deadline): Promise<Delivery> {
    const payloads = encodeValues([encodeEnvelope(envelope)]);
    await this.send(envelope.to.id, runId, { signalName: kernelSignal, payloads, header: {} }, deadline);
    return accepted;
  }

  private async send(
    workflowId: string,
    runId: string | undefined,
    signal: {
      signalName: string;
      payloads: ReturnType<typeof encodeValues>;
      header: ReturnType<typeof encodeHeader> | Record<string, never>;
    },
    deadline: Deadline,
  ): Promise<void> {
    const { namespace, identity } = this.rpc;
    const request = {
      namespace,
      identity,
      requestId: randomUUID(),
      workflowExecution: { workflowId, ...(runId === undefined ? {} : { runId }) },
      signalName: signal.signalName,
      input: { payloads: signal.payloads },
      header: { fields: signal.header },
    };
    await this.rpc.call((service) => service.signalWorkflowExecution(request), deadline);
  }
}
