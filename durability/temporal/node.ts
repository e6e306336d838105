/** TemporalNode: what this node shares for one temporal.client entry: the connection, the watches, and the workers of its own queues. */
import { counterId, type KnownBond, type SpawnSpec, type System } from "../../actors/index.js";
import { type Delivery, type Envelope, type Failure, mirror, type Pid } from "../../mailbox/index.js";
import { Bonds } from "./bonds.js";
import { type Connections, connect, type TemporalClientOptions } from "./client.js";
import { Outbox, Signals } from "./deliver.js";
import { describeRun, type RunState } from "./describe.js";
import { HeldActivities } from "./held.js";
import { NodeQueues } from "./queues.js";
import { atMost, grpcText, Rpc } from "./rpc.js";
import { onSdkLog, type SdkLog } from "./runtime.js";
import { Starter } from "./start.js";
import { type Chain, ChainWatcher } from "./watch.js";
import type { WorkflowWorld } from "./workflow/protocol.js";

export interface TemporalNodeOptions {
  readonly client: TemporalClientOptions;
  readonly system: System;
  readonly world: WorkflowWorld;
  /** The node of another temporal.client entry, for workflows that ask about runs in its namespace. */
  readonly peer?: (client: string) => TemporalNode | undefined;
  readonly onSdkLog?: SdkLog;
}

/** Connect and start serving this node's queues. The failure names the address; it comes within the connection timeout. */
export async function openTemporalClient(options: TemporalNodeOptions): Promise<TemporalNode | Failure> {
  const { client, system } = options;
  const connections = await connect(client);
  if ("kind" in connections) return connections;
  const node = new TemporalNode(options, connections);
  await node.queues.start();
  system.events.emit("health", { id: client.id, state: "up" });
  return node;
}

export class TemporalNode {
  /** Registry id of the client entry; the node part of workflow pids. */
  readonly id: string;
  readonly system: System;
  readonly world: WorkflowWorld;
  readonly connections: Connections;
  readonly rpc: Rpc;
  readonly starter: Starter;
  readonly signals: Signals;
  readonly outbox = new Outbox();
  readonly chains: ChainWatcher;
  readonly bonds: Bonds;
  readonly held: HeldActivities;
  readonly queues: NodeQueues;
  readonly peer: (client: string) => TemporalNode | undefined;
  private readonly clients: ReadonlySet<string>;
  private readonly stops: (() => void)[] = [];
  /** Workflows that own a name of this node. */
  private readonly named = new Set<string>();
  private counter = 0;
  private closing: Promise<void> | undefined;

  constructor(options: TemporalNodeOptions, connections: Connections) {
    const { client, system, world } = options;
    this.id = client.id;
    this.system = system;
    this.world = world;
    this.connections = connections;
    this.peer = options.peer ?? (() => undefined);
    this.clients = new Set(Object.values(world.workers).map((worker) => worker.client));
    const who = { address: client.address, namespace: client.temporalNamespace, identity: `perdure:${system.node}` };
    this.rpc = new Rpc(connections.client, who, (up, detail) => this.health(up, detail));
    this.starter = new Starter(this.rpc);
    this.signals = new Signals(this.rpc);
    this.chains = new ChainWatcher(this.rpc);
    this.bonds = new Bonds(this.chains, (exit) => void system.router.route(exit));
    this.held = new HeldActivities(this.rpc);
    this.queues = new NodeQueues(this);
    if (options.onSdkLog !== undefined) this.stops.push(onSdkLog(options.onSdkLog));
    if (client.healthCheckMs) this.checkHealth(client.healthCheckMs);
  }

  /** Unique in the namespace, as the boot id is random. */
  newWorkflowId(): string {
    this.counter++;
    return `${this.system.node}-${counterId(this.counter)}`;
  }

  describe(workflowId: string, runId?: string, deadline?: () => number): Promise<RunState | undefined> {
    return describeRun(this.rpc, workflowId, runId, deadline);
  }

  /** Whether this node has to tell that process of the ends of workflows; workflows see to it themselves. */
  watchesFor(pid: Pid): boolean {
    return this.system.router.hasNode(pid.node) && !this.clients.has(pid.node);
  }

  /**
   * An envelope of a workflow to a process here. A link makes this node watch the workflow as well, before the process knows of it:
   * both ends of a link watch.
   */
  async receive(envelope: Envelope): Promise<Delivery> {
    const { from, to, signal, incarnation } = envelope;
    const { router } = this.system;
    // Two clients of one namespace poll the same queues: the watching is up to the one whose workflow it is.
    const owner = from.node === this.id || !this.clients.has(from.node) ? undefined : this.peer(from.node);
    if (owner !== undefined && owner !== this) return owner.receive(envelope);
    if (signal.kind === "unlink") this.bonds.remove(to, from, "link", mirror(signal.refs));
    if (signal.kind !== "link" || from.node !== this.id || !this.watchesFor(to)) return router.route(envelope);
    const chain = await this.chainOf(from, incarnation);
    const bond = { watcher: to, watcherIncarnation: "", workflow: from, chain, via: "link", ref: -signal.ref } as const;
    this.bonds.add(bond);
    const delivery = await router.route(envelope);
    if (delivery.kind !== "accepted") this.bonds.remove(to, from, "link", [-signal.ref]);
    return delivery;
  }

  /** A child started here for a workflow that is linked to it: the child's half of the watch. Refs are the parent's view. */
  async bindChild(spec: SpawnSpec, child: Pid, linkRef: number): Promise<void> {
    const { parent: workflow, parentIncarnation } = spec;
    if (workflow.node !== this.id || !this.watchesFor(child)) return;
    const chain = await this.chainOf(workflow, parentIncarnation);
    this.bonds.add({ watcher: child, watcherIncarnation: "", workflow, chain, via: "link", ref: -linkRef });
  }

  /** A local process is back after a restart: its bond with a workflow is known to both, and nobody watches for it. */
  async watchAgain({ watcher, watcherIncarnation, watched, watchedIncarnation, via, ref }: KnownBond): Promise<void> {
    const chain = await this.chainOf(watched, watchedIncarnation);
    this.bonds.add({ watcher, watcherIncarnation, workflow: watched, chain, via, ref });
  }

  /** The names of a workflow are free once its run chain has ended, whoever ended it. Safe to repeat. */
  async releaseNamesAtEnd(workflow: Pid): Promise<void> {
    if (this.named.has(workflow.text)) return;
    this.named.add(workflow.text);
    const release = (): void => {
      this.named.delete(workflow.text);
      this.system.names.release(workflow);
    };
    const state = await this.describe(workflow.id).catch((error: unknown) => {
      this.named.delete(workflow.text);
      throw error;
    });
    if (state === undefined) release();
    else this.chains.watch({ workflowId: workflow.id, firstRunId: state.firstRunId }, release);
  }

  /** Stop serving, quickly when idle; what is under way gets `graceMs`. Safe to repeat. */
  close(graceMs: number): Promise<void> {
    this.closing ??= this.shutDown(graceMs);
    return this.closing;
  }

  private async shutDown(graceMs: number): Promise<void> {
    for (const stop of this.stops) stop();
    this.chains.close();
    await atMost(this.held.close(), graceMs);
    await this.queues.stop(graceMs);
    await this.connections.client.close();
    try {
      await this.connections.native.close();
    } catch (error) {
      // A worker with an activity that does not end still uses it; the process is about to end with both.
      this.system.events.emit("health", { id: this.id, state: "degraded", detail: grpcText(error) });
    }
  }

  /** Without an answer from the server, the given run serves: a chain may be watched from any of its runs. */
  private async chainOf(workflow: Pid, runId: string): Promise<Chain> {
    const state = await this.describe(workflow.id, runId).catch(() => undefined);
    return { workflowId: workflow.id, firstRunId: state?.firstRunId ?? runId };
  }

  private health(up: boolean, detail: string | undefined): void {
    const event = { id: this.id, state: up ? "up" : "down", ...(detail === undefined ? {} : { detail }) } as const;
    this.system.events.emit("health", event);
  }

  private checkHealth(everyMs: number): void {
    const ask = (): void => {
      // The call itself notes how it went.
      this.rpc.call((service) => service.getSystemInfo({})).catch(() => {});
    };
    const timer = setInterval(ask, everyMs);
    timer.unref();
    this.stops.push(() => clearInterval(timer));
  }
}
