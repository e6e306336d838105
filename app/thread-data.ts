/** What the worker threads of a host need of an app: the sources of its programs, as data. */
import { existsSync } from "node:fs";
import type { WorkersOptions } from "../durability/memory/index.js";
import type { LuaSource } from "../lua/index.js";
import type { MailboxLimit } from "../mailbox/index.js";
import { type AppConfig, type EntryOf, isLuaEntry, type Kind } from "./entries.js";
import { mailboxLimits } from "./mailboxes.js";

export interface ThreadData {
  /** Of every Lua entry, by id. */
  readonly kinds: ReadonlyMap<string, Kind>;
  readonly sources: ReadonlyMap<string, LuaSource>;
  /** Of the processes that have one, by entry. */
  readonly mailboxes: ReadonlyMap<string, MailboxLimit>;
}

/** Beside this file once compiled; the second is where a source tree has it. */
const places = ["./thread.js", "../dist/app/thread.js"];

export function workersOf(
  config: AppConfig,
  host: EntryOf<"process.host">,
  sources: ReadonlyMap<string, LuaSource>,
): WorkersOptions {
  const module = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
  if (module === undefined) throw new Error("the code of worker threads has not been built: run `npm run build`");
  return { count: host.workers, module, data: () => threadData(config, host, sources) };
}

function threadData(
  config: AppConfig,
  host: EntryOf<"process.host">,
  sources: ReadonlyMap<string, LuaSource>,
): ThreadData {
  const limitOf = mailboxLimits(config, host);
  const lua = [...config.entries.values()].filter(isLuaEntry);
  const limits = lua.map(({ id }) => [id, limitOf(id)] as const);
  return {
    kinds: new Map(lua.map(({ id, kind }) => [id, kind])),
    sources,
    mailboxes: new Map(limits.filter((limit): limit is readonly [string, MailboxLimit] => limit[1] !== undefined)),
  };
}
