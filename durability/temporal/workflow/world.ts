/** What this workflow knows of the application: the frozen data in front of the bundle, and the questions asked of it. */

import type { LuaSource } from "../../../lua/index.js";
import { makePid, type Pid } from "../../../mailbox/index.js";
import { type WorkflowWorld, type WorldEntry, worldGlobal } from "./protocol.js";

/** How a node is reached: its workflows by the server we run on, those of another client from outside, processes by their node. */
export type NodeKind = "here" | "client" | "journal" | "node";

/** Where a child runs. */
export interface Place {
  readonly client: string;
  readonly taskQueue: string;
}

export class World {
  /** Client entry of our own service and namespace. */
  readonly ownClient: string;
  private readonly ownHost: string;
  private readonly ownQueue: string;
  private readonly data: WorkflowWorld;
  private readonly clients: ReadonlySet<string>;

  constructor(data: WorkflowWorld, self: Pid, taskQueue: string) {
    this.data = data;
    this.ownClient = self.node;
    this.ownHost = self.host;
    this.ownQueue = taskQueue;
    this.clients = new Set(Object.values(data.workers).map((worker) => worker.client));
  }

  nodeKind(node: string): NodeKind {
    if (node === this.ownClient) return "here";
    if (this.clients.has(node)) return "client";
    return this.data.journals?.includes(node) ? "journal" : "node";
  }

  entry(id: string): WorldEntry | undefined {
    return Object.hasOwn(this.data.entries, id) ? this.data.entries[id] : undefined;
  }

  worker(id: string): Place | undefined {
    return Object.hasOwn(this.data.workers, id) ? this.data.workers[id] : undefined;
  }

  /** A registered worker's queue; our own for ""; any other word is the name of a queue. */
  place(host: string): Place {
    if (host === "") return { client: this.ownClient, taskQueue: this.ownQueue };
    return this.worker(host) ?? { client: this.ownClient, taskQueue: host };
  }

  isOwnQueue(taskQueue: string | undefined): boolean {
    return taskQueue === undefined || taskQueue === this.ownQueue;
  }

  /** Host part of the pids of what runs on a queue: our own when no worker of this application owns it. */
  hostOfQueue(taskQueue: string): string {
    return workerOfQueue(this.data, taskQueue, this.ownClient) ?? this.ownHost;
  }

  isProcessHost(id: string): boolean {
    return this.data.processHosts.includes(id);
  }
}

/** Throws when the worker was started without it, which fails the workflow task and not the workflow. */
export function readWorld(): WorkflowWorld {
  const world = (globalThis as { [worldGlobal]?: WorkflowWorld })[worldGlobal];
  if (world === undefined) throw new Error(`the workflow bundle was loaded without globalThis.${worldGlobal}`);
  return world;
}

/** The worker entry that owns a task queue: host part of the pids of what runs there. */
export function workerOfQueue(world: WorkflowWorld, taskQueue: string, client?: string): string | undefined {
  for (const [id, worker] of Object.entries(world.workers)) {
    if (worker.taskQueue === taskQueue && (client === undefined || worker.client === client)) return id;
  }
  return undefined;
}

/** Pid of a run that was started without one. Throws when no worker entry of this application has that queue. */
export function pidByQueue(world: WorkflowWorld, taskQueue: string, workflowId: string): Pid {
  const id = workerOfQueue(world, taskQueue);
  if (id === undefined) {
    throw new Error(
      `no temporal.worker entry has the task queue ${taskQueue}, so the workflow ${workflowId} has no pid`,
    );
  }
  return makePid(world.workers[id]!.client, id, workflowId);
}

/**
 * The pinned source. Throws when this worker does not have it: that fails the workflow task, which is tried again on this or
 * another worker; the run itself is not touched.
 */
export function sourceByHash(world: WorkflowWorld, entry: string, hash: string): LuaSource {
  const source = Object.hasOwn(world.sources, hash) ? world.sources[hash] : undefined;
  if (source !== undefined) return source;
  throw new Error(
    `this worker does not have the source ${hash} of ${entry}, which this run is pinned to; ` +
      "put that version back into the content store, or run a worker that still has it",
  );
}
