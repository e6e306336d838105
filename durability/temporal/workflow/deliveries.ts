/** Deliveries: how an envelope leaves a workflow, by the kind of its target. One first-in-first-out lane per target. */
import { ApplicationFailure } from "@temporalio/common";
import { ActivityCancellationType, getExternalWorkflowHandle, sleep } from "@temporalio/workflow";
import {
  accepted,
  type Delivery,
  type Envelope,
  encodeEnvelope,
  failure,
  gone,
  type Pid,
  payloadBytes,
  type Signal,
  unreachable,
} from "../../../mailbox/index.js";
import { isServerName } from "../../workflow/index.js";
import { carry } from "./carrier.js";
import type { Commands } from "./commands.js";
import { failureFromTemporal } from "./failure.js";
import {
  type DeliverResult,
  internalActivity,
  kernelSignal,
  nodeQueue,
  protocolVersion,
  type SignalHeader,
} from "./protocol.js";
import type { World } from "./world.js";

interface Job {
  readonly envelope: Envelope;
  readonly done: (delivery: Delivery) => void;
}

/** How long a node may leave an envelope untouched before it counts as out of reach. */
export const nodeTimeoutMs = 10_000;

export class Deliveries {
  private readonly lanes = new Map<string, Job[]>();
  private readonly commands: Commands;
  private readonly world: World;
  /** Answers `monitor` of a workflow, which needs no signal. */
  private readonly look: (target: Pid) => Promise<Delivery>;
  /** Targets outside of workflows may get an envelope twice, so these are numbered. */
  private readonly numbers = new Map<string, number>();
  /** Nodes that have been found not to be the one this worker runs on. */
  private readonly elsewhere = new Set<string>();
  private idle: (() => void)[] = [];

  constructor(commands: Commands, world: World, look: (target: Pid) => Promise<Delivery>) {
    this.commands = commands;
    this.world = world;
    this.look = look;
  }

  /** Issues the command right away when nothing to the same target is on its way. */
  post(envelope: Envelope, done: (delivery: Delivery) => void): void {
    const key = envelope.to.text;
    const lane = this.lanes.get(key);
    if (lane !== undefined) {
      lane.push({ envelope, done });
      return;
    }
    const fresh: Job[] = [{ envelope, done }];
    this.lanes.set(key, fresh);
    this.work(key, fresh).catch(this.commands.crash);
  }

  /** Resolves when everything posted has been handed over or refused. */
  flushed(): Promise<void> {
    if (this.lanes.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.idle.push(resolve);
    });
  }

  private async work(key: string, lane: Job[]): Promise<void> {
    for (let job = lane[0]; job !== undefined; job = lane[0]) {
      const delivery = await this.deliver(job.envelope);
      lane.shift();
      job.done(delivery);
    }
    this.lanes.delete(key);
    if (this.lanes.size > 0) return;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private deliver(envelope: Envelope): Promise<Delivery> {
    const { to, signal } = envelope;
    // Such as `{|temporal}`: it can send, and nothing can be sent to it.
    if (to.node === "") return Promise.resolve(gone);
    if (!isServerName(nodeQueue(to.node))) return Promise.resolve(unreachable("there is no node of such a name"));
    const kind = this.world.nodeKind(to.node);
    if (kind === "client" || kind === "here") {
      if (!isServerName(to.id)) return Promise.resolve(gone);
      if (signal.kind === "monitor") return this.look(to);
      if (signal.kind === "demonitor") return Promise.resolve(accepted);
      if (signal.kind === "kill") return this.terminate(to);
    }
    return kind === "here" ? this.signal(envelope) : this.byActivity(envelope);
  }

  // Workflows on our own service.

  private async signal(envelope: Envelope): Promise<Delivery> {
    const { to, signal } = envelope;
    const room = this.commands.room(weight(signal));
    if (room !== undefined) await room;
    if (signal.kind === "message") {
      if (!isServerName(signal.topic)) return { kind: "gone", error: failure("INVALID", "topic is not a text") };
      const header: SignalHeader = {
        v: protocolVersion,
        from: envelope.from.text,
        incarnation: envelope.incarnation,
        seq: 0,
        ...(signal.call === undefined ? {} : { call: signal.call }),
      };
      return this.external(to.id, signal.topic, carry(signal.payloads, header));
    }
    const delivery = await this.external(to.id, kernelSignal, [encodeEnvelope(envelope)]);
    // The receiver has the reason and the deadline by now; the request makes the cancellation show in its history.
    if (signal.kind === "cancel" && delivery.kind === "accepted") {
      return this.attempt(() => getExternalWorkflowHandle(to.id).cancel());
    }
    return delivery;
  }

  private external(id: string, name: string, args: [unknown]): Promise<Delivery> {
    return this.attempt(() => getExternalWorkflowHandle(id).signal(name, ...args));
  }

  /** A full target is back-pressure: try again a few times before giving up. */
  private async attempt(issue: () => Promise<void>): Promise<Delivery> {
    for (let pauseMs = 1000; ; pauseMs *= 2) {
      const refusal = await this.commands.run(issue).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refusal === undefined) return accepted;
      if (isNotFound(refusal)) return gone;
      if (pauseMs > 8000) return { kind: "unreachable", error: failureFromTemporal(refusal) };
      await this.commands.run(() => sleep(pauseMs));
    }
  }

  private terminate(to: Pid): Promise<Delivery> {
    const options = { startToCloseTimeout: "10s", retry: { maximumAttempts: 5 } } as const;
    return this.asked(() => this.commands.activity<Delivery>(internalActivity.terminate, [to.text], options));
  }

  // Everything else: by an activity, which routes outside of the sandbox.

  private async byActivity(envelope: Envelope): Promise<Delivery> {
    const { to } = envelope;
    const seq = (this.numbers.get(to.text) ?? 0) + 1;
    this.numbers.set(to.text, seq);
    const wire = encodeEnvelope({ ...envelope, seq });
    if (!this.elsewhere.has(to.node)) {
      const here = await this.asked(() => this.commands.local<DeliverResult>(internalActivity.deliver, [wire]));
      if (here.kind !== "elsewhere") return here;
      this.elsewhere.add(to.node);
    }
    const room = this.commands.room(weight(envelope.signal));
    if (room !== undefined) await room;
    const there = await this.asked(() =>
      this.commands.activity<DeliverResult>(internalActivity.deliver, [wire], {
        taskQueue: nodeQueue(to.node),
        scheduleToStartTimeout: nodeTimeoutMs,
        startToCloseTimeout: nodeTimeoutMs,
        retry: { maximumAttempts: 1 },
        cancellationType: ActivityCancellationType.ABANDON,
      }),
    );
    return there.kind === "elsewhere" ? unreachable(`node ${to.node} does not host ${to.text}`) : there;
  }

  private async asked<T extends DeliverResult>(issue: () => Promise<T>): Promise<T | Delivery> {
    try {
      return await issue();
    } catch (error) {
      return unreachable(failureFromTemporal(error).message);
    }
  }
}

/** Bytes of what a program put into a signal. */
function weight(signal: Signal): number {
  if (signal.kind === "message") return payloadBytes(signal.payloads);
  if (signal.kind === "reply" && signal.outcome.ok) return payloadBytes(signal.outcome.value);
  return 0;
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === "ExternalWorkflowExecutionNotFound";
}
