/** How an entry of each kind becomes a running part of the node. Kinds that only describe something start nothing. */
import { type Failure, failure } from "../mailbox/index.js";
import { type AppConfig, type Entry, entriesOfKind } from "./entries.js";
import type { HttpPart } from "./http.js";
import type { JournalHostPart } from "./journal.js";
import type { Node } from "./node.js";
import { ServiceRunner } from "./services.js";
import type { TemporalClientPart, TemporalWorkerPart } from "./temporal.js";

export type Part =
  | { readonly part: "host"; stop(): Promise<void> }
  | { readonly part: "service"; readonly service: ServiceRunner; stop(): Promise<void> }
  | { readonly part: "store"; stop(): Promise<void> }
  | HttpPart
  | JournalHostPart
  | TemporalClientPart
  | TemporalWorkerPart;

/** Undefined: there is nothing to start for this entry. */
export async function startPart(
  config: AppConfig,
  node: Node,
  parts: ReadonlyMap<string, Part>,
  entry: Entry,
): Promise<Part | Failure | undefined> {
  switch (entry.kind) {
    case "process.host": {
      const { journal } = entry;
      if (journal !== undefined)
        return (await import("./journal.js")).startJournalHost(config, node, { ...entry, journal });
      const host = await node.openProcessHost(entry);
      return { part: "host", stop: () => host.close(Math.min(10_000, config.runtime.shutdownTimeoutMs)) };
    }
    case "process.service":
    case "process.supervisor": {
      if (!entry.lifecycle.autoStart) return undefined;
      const client = node.openClient(`service:${entry.id}`);
      const service = new ServiceRunner(entry, node.system, client, isDurable(config, entry.host));
      const error = await service.start();
      // A failed start may be retried for as long as the node runs: an optional service stays a part of it.
      if (error !== undefined && entry.lifecycle.startup === "required") {
        await service.stop();
        return error;
      }
      return { part: "service", service, stop: () => service.stop() };
    }
    case "http.service":
      return (await import("./http.js")).startHttp(config, node, entry);
    case "temporal.client":
      // Nothing could use it, so an app can keep it while its durable host is another.
      if (!entriesOfKind(config, "temporal.worker").some(({ client }) => client === entry.id)) return undefined;
      return (await import("./temporal.js")).startTemporalClient(config, node, entry, (id) => {
        const part = parts.get(id);
        return part?.part === "temporal.client" ? part.client : undefined;
      });
    case "temporal.worker": {
      const client = parts.get(entry.client);
      if (client?.part !== "temporal.client")
        return failure("UNAVAILABLE", `its client ${entry.client} is not running`);
      return (await import("./temporal.js")).startTemporalWorker(config, node, client, entry);
    }
    case "function.lua":
    case "process.lua":
    case "workflow.lua":
    case "library.lua":
      return checkCode(node, entry.id);
    case "http.router":
    case "http.endpoint":
    case "registry.entry":
    case "env.storage.memory":
    case "env.storage.os":
    case "env.storage.static":
    case "env.storage.file":
    case "env.storage.router":
    case "env.variable":
      return undefined;
    case "store.memory":
    case "store.lmdb":
    case "store.redis": {
      const error = await node.stores.start(entry);
      // It stays open until the last program that may use it has ended: the node closes it.
      return error ?? { part: "store", stop: () => Promise.resolve() };
    }
  }
}

/** Its processes go on when the node is started again. */
function isDurable(config: AppConfig, hostId: string): boolean {
  const host = config.entries.get(hostId);
  return host?.kind === "temporal.worker" || (host?.kind === "process.host" && host.journal !== undefined);
}

/** Compile at boot, so that a syntax error is a start error with its file and line and not a surprise at the first call. */
function checkCode(node: Node, id: string): Failure | undefined {
  const source = node.sources.get(id);
  return source === undefined ? undefined : node.runtime.compile(source);
}
