/** One node in memory: system, control and function hosts, Lua runtime. Everything a host entry builds on; no entry is started. */
import { randomBytes } from "node:crypto";
import {
  bootId,
  type Client,
  type Clock,
  createSystem,
  EventBus,
  ProcessGroups,
  type System,
} from "../actors/index.js";
import { MemoryHost, openMemoryHost, type ProcessHost, realClock, Scheduler } from "../durability/memory/index.js";
import { LuaRuntime, type LuaSource } from "../lua/index.js";
import { type Failure, failure } from "../mailbox/index.js";
import { luaSources } from "./code.js";
import { cryptoService } from "./crypto-service.js";
import type { AppConfig, EntryOf } from "./entries.js";
import { EnvironmentService } from "./env.js";
import { Functions } from "./functions.js";
import { luaPackages } from "./lua-packages.js";
import { mailboxLimits } from "./mailboxes.js";
import { controlHost, functionsHost } from "./node-hosts.js";
import { programLoader } from "./programs.js";
import { RegistryService } from "./registry.js";
import { Stores } from "./stores.js";
import { workersOf } from "./thread-data.js";

/** Slices of a turn of a Lua process before it is ended. */
export const maxSlices = 20_000;

export interface Node {
  readonly system: System;
  /** The one of this thread. */
  readonly scheduler: Scheduler;
  readonly runtime: LuaRuntime;
  readonly functions: Functions;
  /** To be closed after the system. */
  readonly stores: Stores;
  readonly sources: ReadonlyMap<string, LuaSource>;
  /** A process of the node itself. */
  openClient(name: string): Client;
  /** At once, unless it has worker threads. */
  openProcessHost(entry: EntryOf<"process.host">): ProcessHost | Promise<ProcessHost>;
}

export function createNode(config: AppConfig, clock: Clock = realClock()): Node {
  const sources = luaSources(config);
  const runtime = new LuaRuntime({ packages: luaPackages });
  const scheduler = new Scheduler(clock);
  const system = createSystem({
    // The boot id: random, so that no pid of an earlier start is ever taken for one of this.
    node: bootId(randomBytes(6).toString("hex")),
    clock,
    load: programLoader((id) => config.entries.get(id)?.kind, sources, runtime),
    invoke: (caller, request, done, asked) => functions.invoke(caller, request, done, asked),
    store: (request) => stores.access(request),
    notHost: (id) => notHost(config, id),
    randomBytes: (count) => randomBytes(count),
  });
  system.services.add("crypto", cryptoService());
  const stores = new Stores({
    config,
    clock,
    onHealth: (id, state, detail) => system.events.emit("health", { id, state, detail }),
  });
  system.services.add("env", new EnvironmentService(config));
  system.services.add("events", new EventBus());
  system.services.add("pg", new ProcessGroups());
  system.services.add("registry", new RegistryService(config));
  const control = new MemoryHost({ id: controlHost, system, scheduler });
  system.attach(control);
  system.attach(new MemoryHost({ id: functionsHost, system, scheduler, maxSlices }));
  const callers = control.openClient("node:functions");
  const functions = new Functions(config, clock, () => callers);
  return {
    system,
    scheduler,
    runtime,
    functions,
    stores,
    sources,
    openClient: (name) => control.openClient(name),
    openProcessHost: (entry) => {
      const { id, maxProcesses = 0 } = entry;
      const mailboxOf = mailboxLimits(config, entry);
      const options = { id, system, scheduler, maxSlices, maxProcesses, mailboxOf };
      const attach = (host: ProcessHost): ProcessHost => {
        system.attach(host);
        return host;
      };
      if (entry.workers === 1) return attach(new MemoryHost(options));
      return openMemoryHost({ ...options, workers: workersOf(config, entry, sources) }).then(attach);
    },
  };
}

/** An entry that was named where a host is meant; its host would be attached if it were one. */
function notHost(config: AppConfig, id: string): Failure | undefined {
  const entry = config.entries.get(id);
  if (entry === undefined || entry.kind === "process.host" || entry.kind === "temporal.worker") return undefined;
  const details = { host_id: id, kind: entry.kind };
  return failure("INTERNAL", `${id} is a ${entry.kind}, not a process host`, { retryable: false, details });
}
