/** The port of a process that is a workflow: its queue of inputs, and what each effect becomes on the server. */
import { proxySinks, sleep, workflowInfo } from "@temporalio/workflow";
import {
  drive,
  type Input,
  type LogRecord,
  type Outcome,
  type Port,
  type Process,
  type Request,
  refuseUpgrade,
} from "../../../actors/index.js";
import {
  accepted,
  type Delivery,
  type Envelope,
  type ExitReason,
  encodeEnvelope,
  failure,
  type Payload,
} from "../../../mailbox/index.js";
import { longestMs } from "../../workflow/index.js";
import { invoke } from "./activities.js";
import { Children } from "./children.js";
import type { Cancellable, Commands } from "./commands.js";
import { Deliveries } from "./deliveries.js";
import { EffectHash } from "./digest.js";
import { failureFromTemporal } from "./failure.js";
import { type InternalNameRequest, internalActivity, type WorkflowLogEvent } from "./protocol.js";
import { foreignPayload } from "./signals.js";
import { Watches } from "./watches.js";
import type { World } from "./world.js";

/**
 * Slices that one input may use before the process is ended. The SDK kills an activation after 5 s and the run would be stuck, so the
 * end comes well before.
 */
export const maxSlicesPerInput = 400;

/** The configuration refuses a workflow that loads such a module; this is for programs that are not Lua. */
const notInWorkflows = (what: string) =>
  failure("INVALID", `a workflow cannot ${what}; call a function instead`, { retryable: false });

export class WorkflowPort implements Port {
  readonly effects = new EffectHash();
  /** Cancels that came from processes. */
  cancelsSeen = 0;
  /** Resolves once the process has ended. */
  readonly ended: Promise<ExitReason>;
  private readonly process: Process;
  private readonly commands: Commands;
  private readonly world: World;
  private readonly deliveries: Deliveries;
  private readonly watches: Watches;
  private readonly children: Children;
  private readonly open = new Map<number, () => void>();
  /** Given by the program to activities that are open. */
  private readonly activityIds = new Set<string>();
  private readonly inputs: Input[] = [];
  private feeding = false;
  private end!: (reason: ExitReason) => void;

  constructor(process: Process, commands: Commands, world: World) {
    this.process = process;
    this.commands = commands;
    this.world = world;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.watches = new Watches(commands, world, process.pid, process.relations, (input) => this.push(input));
    this.deliveries = new Deliveries(commands, world, (target) => this.watches.look(target));
    this.children = new Children(process, commands, world, this.deliveries, this.watches, (tag, result) =>
      this.push({ kind: "spawned", at: Date.now(), tag, result }),
    );
  }

  /** Feed an input now, or right after the one that is being fed. */
  push(input: Input): void {
    this.inputs.push(input);
    if (this.feeding) return;
    this.feeding = true;
    for (let next = this.inputs.shift(); next !== undefined; next = this.inputs.shift()) {
      drive(this.process, next, this, maxSlicesPerInput);
      refuseUpgrade(this.process, next.at, this, "a workflow on Temporal cannot be upgraded in this version");
    }
    this.feeding = false;
    if (!this.process.hasEnded) this.watches.sync();
  }

  /** Resolves when everything that was sent has been handed over. */
  flushed(): Promise<void> {
    return this.deliveries.flushed();
  }

  // Port

  transmit(envelope: Envelope, tag: number): boolean {
    this.effects.add("transmit", tag, encodeEnvelope(envelope));
    const { to, signal } = envelope;
    // Whoever is bound to a workflow watches its run: the close event is the announcement.
    if (signal.kind === "exit") return false;
    if (to.node === this.process.pid.node && to.id === this.process.pid.id) {
      this.push({ kind: "envelope", at: Date.now(), envelope });
      this.answer(tag, accepted);
      return false;
    }
    const bond = signal.kind === "link" || signal.kind === "monitor";
    if (bond) this.watches.hold(to);
    this.deliveries.post(envelope, (delivery) => {
      if (bond) this.watches.release(to);
      this.answer(tag, delivery);
    });
    return false;
  }

  request(tag: number, request: Request): void {
    this.effects.add("request", tag, request);
    switch (request.kind) {
      case "spawn":
        return this.children.spawn(tag, request.spec);
      case "invoke": {
        const call = invoke(this.commands, this.world, this.process.pid, request, this.activityIds);
        if ("result" in call) return this.await(tag, call, (value) => ({ ok: true, value: foreignPayload(value) }));
        return this.settle(tag, { ok: false, error: call });
      }
      case "timer":
        return this.await(
          tag,
          this.commands.cancellable(() => sleep(Math.min(Math.ceil(request.delayMs), longestMs))),
          () => ({ ok: true, value: null }),
        );
      case "register":
        return this.ask(tag, { ...request, pid: request.pid.text });
      case "lookup":
      case "unregister":
        return this.ask(tag, request);
      case "store":
        return this.settle(tag, { ok: false, error: notInWorkflows("use a store") });
      case "hold":
        return this.settle(tag, { ok: false, error: notInWorkflows(`subscribe to ${request.service}`) });
      case "ask": {
        const args = [request, this.process.pid.text];
        const asked = this.commands.cancellableLocal<Outcome>(internalActivity.ask, args);
        return this.await(tag, asked, (outcome) => outcome);
      }
      case "random": {
        const bytes = this.commands.cancellableLocal<string>(
          internalActivity.random,
          [request.bytes],
          request.bytes * 1.4,
        );
        return this.await(tag, bytes, (base64) => ({ ok: true, value: { $bytes: base64 } }));
      }
    }
  }

  drop(tag: number): void {
    this.effects.add("drop", tag);
    const cancel = this.open.get(tag);
    this.open.delete(tag);
    cancel?.();
  }

  log(record: LogRecord): void {
    this.effects.add("log", record);
    const event: WorkflowLogEvent = { pid: this.process.pid.text, entry: this.process.entry, at: Date.now(), record };
    proxySinks<{ perdure: { log(event: WorkflowLogEvent): void } }>().perdure.log(event);
  }

  info(): Payload {
    const { workflowId, runId, workflowType, taskQueue, namespace, attempt, historyLength, historySize } =
      workflowInfo();
    return {
      workflow_id: workflowId,
      run_id: runId,
      workflow_type: workflowType,
      task_queue: taskQueue,
      namespace,
      attempt,
      history_length: historyLength,
      history_size: historySize,
    };
  }

  halt(reason: ExitReason): void {
    this.effects.add("halt", reason);
    this.open.clear();
    this.end(reason);
  }

  private ask(tag: number, request: InternalNameRequest): void {
    const asked = this.commands.cancellableLocal<Outcome>(internalActivity.name, [request, this.process.pid.text]);
    this.await(tag, asked, (outcome) => outcome);
  }

  private await<T>(tag: number, { result, cancel }: Cancellable<T>, read: (value: T) => Outcome): void {
    this.open.set(tag, cancel);
    this.commands.settle(
      result,
      (value) => this.settle(tag, read(value)),
      (error) => this.settle(tag, { ok: false, error: failureFromTemporal(error) }),
    );
  }

  private settle(tag: number, outcome: Outcome): void {
    this.open.delete(tag);
    this.push({ kind: "settled", at: Date.now(), tag, outcome });
  }

  private answer(tag: number, delivery: Delivery): void {
    if (tag > 0) this.push({ kind: "answered", at: Date.now(), tag, delivery });
  }
}
