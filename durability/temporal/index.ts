/** Workflows as processes: what the rest of the system may use of this folder. */
export { bundlePath, workflowCode } from "./bundle.js";
export type { TemporalClientOptions } from "./client.js";
export type { FunctionCall, FunctionRunner } from "./functions.js";
export { TemporalHost, type TemporalHostOptions } from "./host.js";
export { openTemporalClient, TemporalNode, type TemporalNodeOptions } from "./node.js";
export { readStartOptions, type StartOptions } from "./options.js";
export { unsupportedTuning, type WorkerTuning } from "./tuning.js";
export { KeptWorker, openTemporalWorker, type TemporalWorkerOptions } from "./worker.js";
export type { WorkflowWorld, WorldEntry } from "./workflow/protocol.js";
