/** `perdure run APP ns:name ARGS`: what kind of entry it is decides how it is run. */
import type { Client, Outcome } from "../actors/index.js";
import { type Payload, toPayload } from "../mailbox/index.js";
import { didYouMean } from "./config/nearest.js";
import type { AppConfig } from "./entries.js";
import { entriesOfKind } from "./entries.js";
import type { Node } from "./node.js";

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
  if (entry === undefined) return { usage: unknownTarget(config, target) };
  switch (entry.kind) {
    case "function.lua":
      return node.functions.run({ target, args, context: {} });
    case "process.lua":
    case "workflow.lua": {
      const host = entry.defaultHost ?? onlyProcessHost(config, entry.kind);
      if (host === undefined) return { usage: `${target} has no default host; set meta.default_host to a host entry` };
      return client.exec(target, host, args);
    }
    default:
      return {
        usage: `${target} is a ${entry.kind}, which cannot be run; name a function.lua, process.lua or workflow.lua`,
      };
  }
}

function unknownTarget(config: AppConfig, target: string): string {
  const runnable = [...config.entries.values()].filter((entry) =>
    /^(function|process|workflow)\.lua$/.test(entry.kind),
  );
  const ids = runnable.map((entry) => entry.id);
  return `there is no entry ${target}${didYouMean(target, ids)}; it has ${ids.join(", ") || "nothing to run"}`;
}

/** An app with a single process host needs no default; one with a journal counts only when there is no other. */
function onlyProcessHost(config: AppConfig, kind: string): string | undefined {
  const all = kind === "process.lua" ? entriesOfKind(config, "process.host") : [];
  const inMemory = all.filter(({ journal }) => journal === undefined);
  const hosts = inMemory.length > 0 ? inMemory : all;
  return hosts.length === 1 ? hosts[0]!.id : undefined;
}
