/** The workers of the queues that belong to nodes, not to entries: envelopes to this node, and watching run chains for workflows. */
import { nodeActivities, watchActivities, withHeaders } from "./activities.js";
import type { TemporalNode } from "./node.js";
import { KeptWorker } from "./worker.js";
import { nodeQueue, watchQueue } from "./workflow/protocol.js";

/** A held activity needs a slot only while it begins. */
const slots = 200;

export class NodeQueues {
  private readonly workers: readonly KeptWorker[];

  constructor(node: TemporalNode) {
    const shared = {
      interceptors: { activity: [withHeaders] },
      maxConcurrentActivityTaskExecutions: slots,
    };
    // What lives in a journal may be anywhere: whoever takes the envelope routes it on.
    const names = [node.system.node, ...(node.world.journals ?? [])];
    this.workers = [
      ...names.map((name) => {
        const options = { ...shared, taskQueue: nodeQueue(name), activities: nodeActivities(node) };
        return new KeptWorker(node, node.id, options);
      }),
      new KeptWorker(node, node.id, { ...shared, taskQueue: watchQueue, activities: watchActivities(node) }),
    ];
  }

  async start(): Promise<void> {
    for (const worker of this.workers) await worker.start();
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop(graceMs)));
  }
}
