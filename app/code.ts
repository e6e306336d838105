/** Checked Lua entries as LuaSource: code with its imports, ready to be compiled or sent. */
import type { LuaSource } from "../lua/index.js";
import type { AppConfig, LuaEntry } from "./entries.js";
import { isLuaEntry } from "./entries.js";

/** The source of every Lua entry by id; libraries are shared objects. Imports have no cycle: the load has refused those. */
export function luaSources(config: Pick<AppConfig, "entries">): Map<string, LuaSource> {
  const made = new Map<string, LuaSource>();
  const make = (id: string): LuaSource => {
    const known = made.get(id);
    if (known !== undefined) return known;
    const entry = config.entries.get(id) as LuaEntry;
    const imports = Object.fromEntries(Object.entries(entry.imports).map(([alias, target]) => [alias, make(target)]));
    const source: LuaSource = {
      id,
      kind: entry.kind,
      // Blank lines in front make an inline chunk's line numbers those of its YAML file.
      text: "\n".repeat(entry.lineOffset) + entry.source,
      chunkName: entry.sourceName,
      method: entry.kind === "library.lua" ? "" : entry.method,
      modules: entry.modules,
      imports,
      hash: entry.hash,
    };
    made.set(id, source);
    return source;
  };
  for (const entry of config.entries.values()) if (isLuaEntry(entry)) make(entry.id);
  return made;
}
