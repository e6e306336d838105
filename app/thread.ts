/** The programs of an app on a worker thread, which has a Lua engine of its own. */
import type { OpenThread } from "../durability/memory/index.js";
import { LuaRuntime } from "../lua/index.js";
import { luaPackages } from "./lua-packages.js";
import { programLoader } from "./programs.js";
import type { ThreadData } from "./thread-data.js";

export const openThread: OpenThread = (data) => {
  const { kinds, sources, mailboxes } = data as ThreadData;
  const runtime = new LuaRuntime({ packages: luaPackages });
  return {
    load: programLoader((id) => kinds.get(id), sources, runtime),
    mailboxOf: (entry) => mailboxes.get(entry),
  };
};
