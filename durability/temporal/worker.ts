/** Workers: one that keeps polling its queue through errors, and the one of a temporal.worker entry. What runs on them is elsewhere. */
import { type InjectedSinks, Worker, type WorkerOptions } from "@temporalio/worker";
import { parsePid, unknownPid } from "../../mailbox/index.js";
import { sharedActivities, withHeaders } from "./activities.js";
import { workflowCode } from "./bundle.js";
import { type FunctionRunner, functionActivities } from "./functions.js";
import type { TemporalNode } from "./node.js";
import { atMost, grpcText, pause } from "./rpc.js";
import { tunedOptions, type WorkerTuning } from "./tuning.js";
import type { WorkflowLogEvent } from "./workflow/protocol.js";

const maxRestartDelayMs = 10_000;
/** An idle worker needs a few ms to stop; this is for a loaded machine. */
const stopMarginMs = 1_000;

/** A worker that is made again when its run fails; `health` events say so. */
export class KeptWorker {
  private readonly node: TemporalNode;
  private readonly id: string;
  private readonly options: WorkerOptions;
  private current: Worker | undefined;
  private loop: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(node: TemporalNode, id: string, options: Omit<WorkerOptions, "connection" | "namespace">) {
    this.node = node;
    this.id = id;
    const { rpc, connections } = node;
    const { identity = rpc.identity } = options;
    this.options = { ...options, identity, connection: connections.native, namespace: rpc.namespace };
  }

  /** Resolves when the worker exists; rejects when its options are wrong. */
  async start(): Promise<void> {
    const worker = await Worker.create(this.options);
    this.loop = this.keep(worker);
  }

  /** Stop taking tasks; those under way get `graceMs`. Safe to repeat. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    if (this.current?.getState() === "RUNNING") this.current.shutdown();
    await atMost(this.loop, graceMs + stopMarginMs);
  }

  private async keep(first: Worker): Promise<void> {
    let worker: Worker | undefined = first;
    for (let delayMs = 200; !this.stopping; delayMs = Math.min(delayMs * 2, maxRestartDelayMs)) {
      try {
        worker ??= await this.again();
        this.current = worker;
        const running = worker.run();
        // Told to stop while it was being made.
        if (this.stopping) worker.shutdown();
        await running;
        if (this.stopping) return;
      } catch (error) {
        if (this.stopping) return;
        this.node.system.events.emit("health", { id: this.id, state: "down", detail: grpcText(error) });
      }
      worker = undefined;
      await pause(delayMs);
    }
  }

  private async again(): Promise<Worker> {
    const worker = await Worker.create(this.options);
    this.node.system.events.emit("health", { id: this.id, state: "up" });
    return worker;
  }
}

export interface TemporalWorkerOptions {
  /** Registry id of the temporal.worker entry. */
  readonly id: string;
  readonly client: TemporalNode;
  /** With the client's prefix. */
  readonly taskQueue: string;
  readonly tuning?: Partial<WorkerTuning>;
  readonly run: FunctionRunner;
  /** Where the prebuilt workflow bundle is, when not in its usual place. */
  readonly bundle?: string;
}

/** Start the worker of a temporal.worker entry: its workflows, its functions as activities, and our internal activities. */
export async function openTemporalWorker(options: TemporalWorkerOptions): Promise<KeptWorker> {
  const { id, client, taskQueue, tuning = {} } = options;
  const workflows = tuning.disableWorkflowWorker
    ? {}
    : { workflowBundle: { code: await workflowCode(client.world, options.bundle) } };
  const worker = new KeptWorker(client, id, {
    ...tunedOptions(tuning),
    taskQueue,
    ...workflows,
    activities: { ...functionActivities(client.world, id, options.run), ...sharedActivities(client) },
    interceptors: { activity: [withHeaders] },
    sinks: logSinks(client, tuning.enableLoggingInReplay ?? false),
  });
  await worker.start();
  return worker;
}

/** What workflows log comes out where every process's log does. */
function logSinks({ system }: TemporalNode, callDuringReplay: boolean): InjectedSinks<LogSink> {
  return {
    perdure: {
      log: {
        fn: (_info, { pid, entry, record }) => {
          system.events.emit("log", { pid: parsePid(pid) ?? unknownPid, entry, record });
        },
        callDuringReplay,
      },
    },
  };
}

type LogSink = { perdure: { log(event: WorkflowLogEvent): void } };
