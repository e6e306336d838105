/** What the two sides of the sandbox wall say to each other: names, headers, internal activities. Data only; imported by both. */
import type { LogRecord, NameRequest, PayloadRecord, SpawnSpec, StartupMessage } from "../../../actors/index.js";
import type { LuaSource } from "../../../lua/index.js";
import type { CallMark, Delivery, ExitReason, Payload, WireEnvelope } from "../../../mailbox/index.js";

export const protocolVersion = 1;

/** Signal that carries every kernel envelope that is not a message; its one argument is a WireEnvelope. */
export const kernelSignal = "@perdure";

/** Key of our header on starts, signals and activities; its value is one of the records below, as json/plain. */
export const headerKey = "perdure";

/** On a start (also of a child). A run without it was started by a plain client. */
export interface StartHeader {
  readonly v: typeof protocolVersion;
  /** Text of the workflow's own pid. */
  readonly pid: string;
  readonly parent: string;
  readonly parentIncarnation: string;
  readonly key: number;
  readonly linkRef?: number;
  readonly monitorRef?: number;
  readonly context: PayloadRecord;
  readonly messages: readonly StartupMessage[];
  /** Registry id of the entry. */
  readonly entry: string;
  /** Pinned source: key of `WorkflowWorld.sources`. */
  readonly hash: string;
}

/** On a signal that is a message: name = topic, arguments = payloads. A signal without it is foreign: its sender is unknown. */
export interface SignalHeader {
  readonly v: typeof protocolVersion;
  readonly from: string;
  readonly incarnation: string;
  readonly seq: number;
  readonly call?: CallMark;
}

/** On an activity that runs a function entry. */
export interface ActivityHeader {
  readonly v: typeof protocolVersion;
  readonly caller: string;
  readonly context: PayloadRecord;
  /** Idempotency key: the same on every attempt. */
  readonly key: string;
}

/** Internal activities. Those marked local are tried as local activities on the worker that runs the workflow. */
export const internalActivity = {
  /** [WireEnvelope] -> DeliverResult. Local first; "elsewhere" leads to a normal one on the target node's queue. */
  deliver: "@deliver",
  /** [WatchRunArgs] -> WatchRunResult, on the watch queue, completed asynchronously when the run chain has closed. */
  watchRun: "@watch-run",
  /** [WatchRunArgs] -> LookRunResult: what there is now, without waiting. Local; it answers `monitor` and names the run to watch. */
  lookRun: "@look-run",
  /** [{ node }] on the node's queue; heartbeats while the node lives, returns "closing" when it shuts down. */
  watchNode: "@watch-node",
  /** [NameRequest, pid text of the asker] -> Outcome. Local. */
  name: "@name",
  /** [AskRequest, pid text of the asker] -> Outcome. Local. */
  ask: "@ask",
  /** [count] -> base64. Local. */
  random: "@random",
  /** [workflow type] -> { entry, hash }: which source a run without a pin takes. Local, the first command of such a run. */
  pin: "@pin",
  /** [pid text] -> DeliverResult: terminate another workflow. Normal. */
  terminate: "@terminate",
  /** [SpawnSpec with pids as text] -> { pid, incarnation, existed } or { error }: start an ephemeral process. Normal. */
  spawn: "@spawn",
} as const;

export type DeliverResult = Delivery | { readonly kind: "elsewhere" };

export interface WatchRunArgs {
  readonly workflowId: string;
  /** First run of the chain to watch; absent: the current one. */
  readonly firstRunId?: string;
  /** Client entry whose namespace the workflow is in; absent: that of the asking workflow. */
  readonly client?: string;
}

/** `notFound`: there is no such workflow, so nothing will ever end. */
export type WatchRunResult = { readonly reason: ExitReason } | { readonly notFound: true };

/** `running`: id of the run to pin a watch to. */
export type LookRunResult = { readonly running: string } | WatchRunResult;

/**
 * What a workflow logs or prints: the argument of the sink `perdure.log`. Register it as
 * `sinks: { perdure: { log: { fn: (info, event: WorkflowLogEvent) => ..., callDuringReplay: false } } }`.
 */
export interface WorkflowLogEvent {
  readonly pid: string;
  readonly entry: string;
  /** Workflow time, ms since 1970. */
  readonly at: number;
  readonly record: LogRecord;
}

/** Queue that one node polls for envelopes to its own processes and for watching its life. */
export function nodeQueue(node: string): string {
  return `perdure-node:${node}`;
}

/** Queue of the watchers of run chains; every node with a client of the namespace polls it. */
export const watchQueue = "perdure-watch";

export type WireSpawnSpec = Omit<SpawnSpec, "parent"> & { readonly parent: string };

export type InternalNameRequest =
  | Exclude<NameRequest, { kind: "register" }>
  | { kind: "register"; name: string; pid: string };

export interface WorldEntry {
  readonly kind: string;
  /** Key of `sources`; "" for entries that do not run Lua. */
  readonly hash: string;
  /** Temporal workflow type; only workflow entries have one. */
  readonly workflowType?: string;
  /** Worker entry that runs it as a workflow. */
  readonly worker?: string;
  readonly activity?: { readonly worker: string; readonly local: boolean };
  /** `meta.options`: defaults under the options of each call. */
  readonly options: { readonly [key: string]: Payload };
}

/** What the sandbox knows of the application: prepended to the bundle as `globalThis.__perdure__`. Frozen there. */
export interface WorkflowWorld {
  readonly sources: { readonly [hash: string]: LuaSource };
  readonly entries: { readonly [id: string]: WorldEntry };
  /** Worker entry id -> its client entry id and full task queue name. */
  readonly workers: { readonly [id: string]: { readonly client: string; readonly taskQueue: string } };
  /** Host entries that are `process.host`. */
  readonly processHosts: readonly string[];
  /** Node names of journals: their processes survive a node, so nothing watches one. Their `nodeQueue` is polled by every node. */
  readonly journals?: readonly string[];
}

export const worldGlobal = "__perdure__";

export type { WireEnvelope };
