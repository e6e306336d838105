/** TemporalHost: processes that are workflows of one temporal.worker entry. Its worker is in worker.ts; it need not run here. */
import { randomUUID } from "node:crypto";
import {
  type Host,
  type KnownBond,
  type SpawnResult,
  type SpawnSpec,
  startupEnvelopes,
  supervisorEntry,
} from "../../actors/index.js";
import {
  accepted,
  checkPayloadSize,
  type Delivery,
  type Envelope,
  type Failure,
  failure,
  gone,
  makePid,
  type Pid,
  type Signal,
} from "../../mailbox/index.js";
import { conflictPolicyFor } from "../workflow/index.js";
import { type Deadline, refused } from "./deliver.js";
import type { TemporalNode } from "./node.js";
import { readStartOptions, type StartOptions } from "./options.js";
import type { StartPlan } from "./start.js";
import { protocolVersion, type WorldEntry } from "./workflow/protocol.js";

export interface TemporalHostOptions {
  /** Registry id of the temporal.worker entry. */
  readonly id: string;
  readonly client: TemporalNode;
  /** With the client's prefix. */
  readonly taskQueue: string;
  /** What runs the workflows, when that is done in this process; closed with the host. */
  readonly worker?: { stop(graceMs: number): Promise<void> };
}

/** How often a workflow that ends between two questions is asked for again. */
const maxRounds = 5;

export class TemporalHost implements Host {
  readonly id: string;
  readonly node: string;
  readonly isDurable = true;
  private readonly client: TemporalNode;
  private readonly taskQueue: string;
  private readonly worker: TemporalHostOptions["worker"];
  private closing: Promise<void> | undefined;

  constructor(options: TemporalHostOptions) {
    this.id = options.id;
    this.client = options.client;
    this.node = options.client.id;
    this.taskQueue = options.taskQueue;
    this.worker = options.worker;
  }

  async spawn(spec: SpawnSpec): Promise<SpawnResult> {
    const plan = this.plan(spec);
    if ("message" in plan) return { ok: false, error: plan };
    for (let round = 1; ; round++) {
      const outcome = await this.client.starter.start(plan);
      if (outcome.kind === "refused") return { ok: false, error: outcome.error };
      const pid = this.pid(plan.workflowId);
      if (outcome.kind === "started") return this.started(spec, pid, outcome.runId);
      const delivery = await this.greet(spec, pid);
      if (delivery.kind === "accepted") return { ok: true, pid, existed: true };
      // It ended after the server found it running; the next start makes a new one.
      if (delivery.kind === "unreachable" || delivery.error !== undefined || round === maxRounds) {
        const error =
          delivery.error ?? failure("CONFLICT", `workflow ${plan.workflowId} keeps ending`, { retryable: true });
        return { ok: false, error };
      }
    }
  }

  deliver(envelope: Envelope): Promise<Delivery> {
    const { from, to, signal } = envelope;
    // At once, so that an end that is on its way already is not announced; and again in its turn, after a link still queued.
    this.unbind(from, to, signal);
    return this.client.outbox.enqueue(to.id, (deadline) => this.pass(envelope, deadline));
  }

  watchAgain(bond: KnownBond): void {
    void this.client.watchAgain(bond);
  }

  close(graceMs: number): Promise<void> {
    this.closing ??= this.worker?.stop(graceMs) ?? Promise.resolve();
    return this.closing;
  }

  // Starting.

  private plan(spec: SpawnSpec): StartPlan | Failure {
    const found = this.entryOf(spec);
    if ("message" in found) return found;
    const options = readStartOptions(found.entry.options, spec.options);
    if ("message" in options) return options;
    const problem = this.problem(spec, options);
    if (problem !== undefined) return problem;
    const given = options.id ?? spec.name;
    const workflowId = given ?? this.client.newWorkflowId();
    return {
      workflowType: found.workflowType,
      workflowId,
      taskQueue: options.taskQueue ?? this.taskQueue,
      args: spec.args,
      options,
      conflictPolicy: conflictPolicyFor(options, given !== undefined),
      header: {
        v: protocolVersion,
        pid: this.pid(workflowId).text,
        parent: spec.parent.text,
        parentIncarnation: spec.parentIncarnation,
        key: spec.key,
        ...(spec.linkRef === undefined ? {} : { linkRef: spec.linkRef }),
        ...(spec.monitorRef === undefined ? {} : { monitorRef: spec.monitorRef }),
        context: spec.context,
        messages: spec.messages,
        entry: spec.entry,
        hash: found.entry.hash,
      },
    };
  }

  private entryOf(spec: SpawnSpec): { entry: WorldEntry; workflowType: string } | Failure {
    if (spec.entry === supervisorEntry)
      return failure("INVALID", `a supervisor cannot run on ${this.id}, a Temporal worker`, { retryable: false });
    const { entries } = this.client.world;
    const entry = Object.hasOwn(entries, spec.entry) ? entries[spec.entry] : undefined;
    if (entry === undefined)
      return failure("NOT_FOUND", "factory not found", { retryable: false, details: { entry: spec.entry } });
    const { workflowType } = entry;
    if (workflowType !== undefined) return { entry, workflowType };
    const advice =
      entry.kind === "workflow.lua"
        ? "its meta.temporal.workflow names no temporal.worker"
        : `it is a ${entry.kind}, and ${this.id} is a Temporal worker`;
    return failure("INVALID", `${spec.entry} cannot run as a workflow: ${advice}`, { retryable: false });
  }

  private problem(spec: SpawnSpec, options: StartOptions): Failure | undefined {
    const { namespace } = this.client.rpc;
    if (options.namespace !== undefined && options.namespace !== namespace) {
      const message = `temporal.workflow.namespace is ${options.namespace}, but ${this.id} works in ${namespace}`;
      return failure("INVALID", message, { retryable: false });
    }
    const { context, messages } = spec;
    return (
      checkPayloadSize(spec.args, "arguments") ??
      checkPayloadSize([context, ...messages.flatMap((message) => message.payloads)], "context and startup messages")
    );
  }

  private started(spec: SpawnSpec, pid: Pid, runId: string): SpawnResult {
    const { parent: watcher, parentIncarnation: watcherIncarnation, linkRef, monitorRef } = spec;
    if (this.client.watchesFor(watcher)) {
      const bond = { watcher, watcherIncarnation, workflow: pid, chain: { workflowId: pid.id, firstRunId: runId } };
      if (monitorRef !== undefined) this.client.bonds.add({ ...bond, via: "monitor", ref: monitorRef });
      if (linkRef !== undefined) this.client.bonds.add({ ...bond, via: "link", ref: linkRef });
    }
    const { entry, name } = spec;
    this.client.system.events.emit("spawn", { pid, entry, parent: watcher, ...(name === undefined ? {} : { name }) });
    return { ok: true, pid, incarnation: runId, existed: false };
  }

  /** Startup messages to a workflow that runs already: ordinary messages, in order. Once one was taken, the rest shares its fate. */
  private async greet(spec: SpawnSpec, to: Pid): Promise<Delivery> {
    const deliveries = await Promise.all(startupEnvelopes(spec, to).map((envelope) => this.deliver(envelope)));
    const [first = accepted] = deliveries;
    const failed = deliveries.find((delivery) => delivery.kind === "unreachable");
    return failed ?? first;
  }

  private pid(workflowId: string): Pid {
    return makePid(this.node, this.id, workflowId);
  }

  // Envelopes.

  private async pass(envelope: Envelope, deadline: Deadline): Promise<Delivery> {
    const { signals, bonds } = this.client;
    const { signal, from, to } = envelope;
    this.unbind(from, to, signal);
    switch (signal.kind) {
      case "message":
        return signals.message(envelope, signal, deadline);
      case "monitor":
        return this.monitor(envelope, signal.ref, deadline);
      case "demonitor":
        return accepted;
      case "link":
        return this.link(envelope, signal.ref, deadline);
      case "unlink":
      case "reply":
        return signals.kernel(envelope, undefined, deadline);
      case "exit":
        bonds.forget(from, to);
        return signals.kernel(envelope, undefined, deadline);
      case "cancel":
        await signals.kernel(envelope, undefined, deadline);
        return this.requestCancel(to.id, deadline);
      case "kill":
        return this.terminate(to.id, deadline);
    }
  }

  private unbind(from: Pid, to: Pid, signal: Signal): void {
    if (signal.kind === "unlink") this.client.bonds.remove(from, to, "link", signal.refs);
    if (signal.kind === "demonitor") this.client.bonds.remove(from, to, "monitor", signal.refs);
  }

  /** Also of a workflow that has ended: then its exit follows at once. */
  private async monitor(envelope: Envelope, ref: number, deadline: Deadline): Promise<Delivery> {
    const state = await this.client.describe(envelope.to.id, undefined, deadline);
    if (state === undefined) return gone;
    this.bind(envelope, "monitor", ref, state.firstRunId);
    return accepted;
  }

  /** The signal goes to the very run that is then watched: else a run that starts in between would hold half a link. */
  private async link(envelope: Envelope, ref: number, deadline: Deadline): Promise<Delivery> {
    const { id } = envelope.to;
    for (let round = 1; ; round++) {
      const state = await this.client.describe(id, undefined, deadline);
      if (state === undefined || !state.open) return gone;
      const delivery = await this.client.signals.kernel(envelope, state.runId, deadline).catch(refused);
      if (delivery.kind === "accepted") {
        this.bind(envelope, "link", ref, state.firstRunId);
        return accepted;
      }
      const hasEnded = delivery.kind === "gone" && delivery.error === undefined;
      if (!hasEnded || round === maxRounds) return delivery;
    }
  }

  private bind(envelope: Envelope, via: "link" | "monitor", ref: number, firstRunId: string): void {
    const { from: watcher, incarnation: watcherIncarnation, to: workflow } = envelope;
    if (!this.client.watchesFor(watcher)) return;
    const chain = { workflowId: workflow.id, firstRunId };
    this.client.bonds.add({ watcher, watcherIncarnation, workflow, chain, via, ref });
  }

  private async requestCancel(workflowId: string, deadline: Deadline): Promise<Delivery> {
    const { namespace, identity } = this.client.rpc;
    const request = { namespace, identity, requestId: randomUUID(), workflowExecution: { workflowId } };
    await this.client.rpc.call((service) => service.requestCancelWorkflowExecution(request), deadline);
    return accepted;
  }

  private async terminate(workflowId: string, deadline: Deadline): Promise<Delivery> {
    const { namespace, identity } = this.client.rpc;
    const request = { namespace, identity, workflowExecution: { workflowId }, reason: "process.terminate" };
    await this.client.rpc.call((service) => service.terminateWorkflowExecution(request), deadline);
    return accepted;
  }
}
