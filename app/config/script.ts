/** A single Lua file as an app: a process with every module, on a memory host of its own. */
import type { FoundFile } from "./locate.js";
import { availableModules } from "./modules.js";

/** What runs the file. */
export const scriptEntry = "script:main";

/** The entries, as YAML, of which JSON is a part. */
export function scriptEntries(file: FoundFile): string {
  const [namespace, name] = scriptEntry.split(":");
  const host = { name: "host", kind: "process.host" };
  const main = {
    name,
    kind: "process.lua",
    source: `file://${file.relative}`,
    modules: availableModules(),
    meta: { default_host: `${namespace}:${host.name}` },
  };
  return JSON.stringify({ namespace, entries: [host, main] });
}
