/** What a journal host runs: supervisors, and Lua entries, each process pinned to the source it started with; and the functions its workflows may call. */
import { type PayloadRecord, supervisorEntry } from "../actors/index.js";
import type { LoadedProgram, Programs } from "../durability/journal/index.js";
import { type LuaSource, sliceInstructions } from "../lua/index.js";
import { type Failure, failure, toPayload } from "../mailbox/index.js";
import { supervisorProgram } from "../supervision/index.js";
import { type AppConfig, isLuaEntry } from "./entries.js";
import type { Node } from "./node.js";

/** Only what is data may come back from a journal; a library's source is part of the source that imports it. */
export function journalPrograms(config: AppConfig, node: Pick<Node, "runtime" | "sources">, hostId: string): Programs {
  const byHash = new Map([...node.sources.values()].map((source) => [source.hash, source]));

  const program = (source: LuaSource): LoadedProgram | Failure => {
    const made = node.runtime.program(source, { sliceInstructions });
    if ("kind" in made) return made;
    return { program: made, hash: source.hash, isWorkflow: source.kind === "workflow.lua" };
  };

  const current = (id: string): LoadedProgram | Failure => {
    if (id === supervisorEntry) return { program: supervisorProgram(), hash: "", isWorkflow: false };
    const entry = config.entries.get(id);
    const source = node.sources.get(id);
    if (source !== undefined && (entry?.kind === "process.lua" || entry?.kind === "workflow.lua"))
      return program(source);
    const details = { id, host: hostId };
    return failure("NOT_FOUND", "factory not found", { retryable: false, details });
  };

  return {
    current,
    pinned: (entry, hash) => {
      if (hash === "") return current(entry);
      const source = byHash.get(hash);
      return source === undefined ? undefined : program(source);
    },
    learn: (hash, text) => {
      const source = JSON.parse(text) as LuaSource;
      if (source.hash !== hash) return failure("INTERNAL", `the source kept as ${hash} is that of ${source.hash}`);
      byHash.set(hash, source);
      return undefined;
    },
    text: (hash) => {
      const source = byHash.get(hash);
      return source === undefined ? undefined : JSON.stringify(source);
    },
    options: (id) => optionsOf(config, id),
    activity: (target) => {
      const entry = config.entries.get(target);
      const isActivity =
        (entry?.kind === "function.lua" || entry?.kind === "process.lua") && entry.activity !== undefined;
      if (isActivity) return optionsOf(config, target);
      const message =
        entry === undefined
          ? "no handler registered for target"
          : `${target} is not an activity: it has no meta.temporal.activity`;
      return failure("NOT_FOUND", message, { retryable: false, details: { target } });
    },
  };
}

function optionsOf(config: AppConfig, id: string): PayloadRecord {
  const entry = config.entries.get(id);
  return entry !== undefined && isLuaEntry(entry) && entry.kind !== "library.lua"
    ? (toPayload(entry.options) as PayloadRecord)
    : {};
}
