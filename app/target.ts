/** `perdure run APP ns:name ARGS`: what kind of entry it is decides how it is run. */
import type { Client, Outcome } from "../actors/index.js";
import { type Payload, toPayload } from "../mailbox/index.js";
import type { AppConfig } from "./entries.js";
import { entriesOfKind } from "./entries.js";
import type { Node } from "./node.js";
import { didYouMean } from "./config/nearest.js";

/** `usage`: the target itself is wrong, so nothing ran. */
export type TargetResult = Outcome | { readonly usage: string };

export async function runTarget(
  config: AppConfig,
  node: Node,
  client: Client,
  target: string,
  given: readonly unknown[],
): Promise<TargetResult> {
  const entry = config.entries.get(target);
  const args: Payload[] = given.map((value) => toPayload(value));
  switch (entry?.kind) {
    case "function.lua":
      return node.functions.run({ target, args, context: {} });
    case "process.lua":
    case "workflow.lua": {
      const host = entry.defaultHost ?? onlyProcessHost(config, entry.kind);
      if (host === undefined) return { usage: `${target} has no default host; set meta.default_host to a host entry` };
      return client.exec(target, host, args);
    }
    case undefined: {
      const runnable = [...config.entries.values()].filter((other) => /^(function|process|workflow)\.lua$/.test(other.kind));
      const ids = runnable.map((other) => other.id);
      return { usage: `there is no entry ${target}${didYouMean(target, ids)}; it has ${ids.join(", ") || "nothing to run"}` };
    }
    default:
      return { usage: `${target} is a ${entry.kind}, which cannot be run; name a function.lua, process.lua or workflow.lua` };
  }
}

/** An app with a single process host needs no default. */
function onlyProcessHost(config: AppConfig, kind: string): string | undefined {
  const hosts = kind === "process.lua" ? entriesOfKind(config, "process.host") : [];
  return hosts.length === 1 ? hosts[0]!.id : undefined;
}

