/** `temporal.client` and `temporal.worker` entries as parts of a node. Imported only when an app has one. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  openTemporalClient,
  openTemporalWorker,
  type TemporalClientOptions,
  TemporalHost,
  type TemporalNode,
  unsupportedTuning,
  type WorkflowWorld,
  type WorldEntry,
} from "../durability/temporal/index.js";
import { type Failure, failure, type Payload, toPayload } from "../mailbox/index.js";
import { systemReason } from "./config/errors.js";
import { journalNameOf } from "./config/journal.js";
import type { Secret } from "./config/temporal-client.js";
import { type AppConfig, type EntryOf, entriesOfKind, isLuaEntry } from "./entries.js";
import type { Node } from "./node.js";

export interface TemporalClientPart {
  readonly part: "temporal.client";
  readonly client: TemporalNode;
  stop(): Promise<void>;
}

export interface TemporalWorkerPart {
  readonly part: "temporal.worker";
  stop(): Promise<void>;
}

/** Warnings of the SDK about what is usual here: queues with activities alone, and functions whose failure goes to their caller. */
const sdkRoutine = ["No workflows registered, not polling for workflow tasks", "Activity failed"];

export async function startTemporalClient(
  config: AppConfig,
  node: Node,
  entry: EntryOf<"temporal.client">,
  clientById: (id: string) => TemporalNode | undefined,
): Promise<TemporalClientPart | Failure> {
  const options = await clientOptions(config, entry);
  if ("kind" in options) return options;
  const opened = await openTemporalClient({
    client: options,
    system: node.system,
    world: workflowWorld(config, node),
    peer: clientById,
    onSdkLog: ({ message, detail }) => {
      if (sdkRoutine.includes(message)) return;
      const text = detail === undefined ? message : `${message}: ${detail}`;
      node.system.events.emit("health", { id: entry.id, state: "degraded", detail: text });
    },
  });
  if ("kind" in opened) return opened;
  return { part: "temporal.client", client: opened, stop: () => opened.close(entry.lifecycle.stopTimeoutMs) };
}

export async function startTemporalWorker(
  config: AppConfig,
  node: Node,
  { client }: TemporalClientPart,
  entry: EntryOf<"temporal.worker">,
): Promise<TemporalWorkerPart | Failure> {
  const unsupported = unsupportedTuning(entry.options);
  if (unsupported.length > 0) {
    return failure(
      "INVALID",
      `the Temporal SDK in use has no counterpart of worker_options ${unsupported.join(", ")}; remove it`,
    );
  }
  const { id } = entry;
  const taskQueue = taskQueueOf(config, entry);
  const worker = await openTemporalWorker({
    id,
    client,
    taskQueue,
    tuning: entry.options,
    run: (call) => node.functions.runActivity(call),
  });
  const host = new TemporalHost({ id, client, taskQueue, worker });
  node.system.attach(host);
  return { part: "temporal.worker", stop: () => host.close(entry.lifecycle.stopTimeoutMs) };
}

function taskQueueOf(config: AppConfig, worker: EntryOf<"temporal.worker">): string {
  const client = config.entries.get(worker.client) as EntryOf<"temporal.client">;
  return client.taskQueuePrefix + worker.taskQueue;
}

/** What workflows know of the application: their sources, and what each entry is. What a journal host runs is not registered here. */
export function workflowWorld(config: AppConfig, node: Pick<Node, "sources">): WorkflowWorld {
  const sources: Record<string, WorkflowWorld["sources"][string]> = {};
  const entries: Record<string, WorldEntry> = {};
  const ours = <T extends { readonly worker: string }>(registration: T | undefined): T | undefined =>
    registration !== undefined && config.entries.get(registration.worker)?.kind === "temporal.worker"
      ? registration
      : undefined;
  for (const entry of config.entries.values()) {
    if (!isLuaEntry(entry) || entry.kind === "library.lua") continue;
    const activity = entry.kind === "workflow.lua" ? undefined : ours(entry.activity);
    const workflow = entry.kind === "workflow.lua" ? ours(entry.workflow) : undefined;
    if (workflow !== undefined) sources[entry.hash] = node.sources.get(entry.id)!;
    entries[entry.id] = {
      kind: entry.kind,
      hash: entry.hash,
      ...(workflow === undefined ? {} : { workflowType: workflow.name ?? entry.id, worker: workflow.worker }),
      ...(activity === undefined ? {} : { activity: { worker: activity.worker, local: activity.local } }),
      options: toPayload(entry.options) as { [key: string]: Payload },
    };
  }
  const workers = entriesOfKind(config, "temporal.worker").map(
    (worker) => [worker.id, { client: worker.client, taskQueue: taskQueueOf(config, worker) }] as const,
  );
  const hosts = entriesOfKind(config, "process.host");
  const journals = hosts.filter(({ journal }) => journal !== undefined).map(journalNameOf);
  const processHosts = hosts.map((host) => host.id);
  return { sources, entries, workers: Object.fromEntries(workers), processHosts, journals };
}

/** The entry with its secrets and certificates read. */
async function clientOptions(
  config: AppConfig,
  entry: EntryOf<"temporal.client">,
): Promise<TemporalClientOptions | Failure> {
  const problems: string[] = [];
  const read = async (secret: Secret): Promise<string> => {
    if (secret.from === "text") return secret.value;
    if (secret.from === "environment") {
      const value = process.env[secret.variable];
      if (value === undefined) problems.push(`the environment has no ${secret.variable}`);
      return value ?? "";
    }
    return (await readBytes(secret.path)).toString("utf8").trim();
  };
  const readBytes = async (path: string): Promise<Buffer> => {
    try {
      return await readFile(resolve(config.dir, path));
    } catch (error) {
      problems.push(`${path} cannot be read: ${systemReason(error)}`);
      return Buffer.alloc(0);
    }
  };
  const { auth, tls } = entry;
  const options: TemporalClientOptions = {
    id: entry.id,
    address: entry.address,
    temporalNamespace: entry.temporalNamespace,
    connectionTimeoutMs: entry.connectionTimeoutMs,
    keepAliveTimeMs: entry.keepAliveTimeMs,
    keepAliveTimeoutMs: entry.keepAliveTimeoutMs,
    ...(auth.type === "api_key" ? { apiKey: await read(auth.apiKey) } : {}),
    ...(tls.enabled || auth.type === "mtls" ? { tls: await tlsOptions(entry, read, readBytes) } : {}),
    ...(entry.healthCheck.enabled ? { healthCheckMs: entry.healthCheck.intervalMs } : {}),
  };
  if (tls.insecureSkipVerify)
    problems.push("tls.insecure_skip_verify has no counterpart in the Temporal SDK; use ca_file");
  return problems.length === 0 ? options : failure("INVALID", problems.join("; "));
}

async function tlsOptions(
  { auth, tls }: EntryOf<"temporal.client">,
  read: (secret: Secret) => Promise<string>,
  readBytes: (path: string) => Promise<Buffer>,
): Promise<NonNullable<TemporalClientOptions["tls"]>> {
  return {
    ...(tls.caFile === undefined ? {} : { caCertificate: await readBytes(tls.caFile) }),
    ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
    ...(auth.type === "mtls"
      ? {
          clientCertificate: {
            certificate: Buffer.from(await read(auth.certificate)),
            key: Buffer.from(await read(auth.key)),
          },
        }
      : {}),
  };
}
