/** One node in memory: system, control and function hosts, Lua runtime. Everything a host entry builds on; no entry is started. */
import { randomBytes } from "node:crypto";
import {
  bootId,
  type Client,
  type Clock,
  createSystem,
  EventBus,
  ProcessGroups,
  type Program,
  type SpawnSpec,
  type System,
  supervisorEntry,
} from "../actors/index.js";
import { MemoryHost, realClock, Scheduler } from "../durability/memory/index.js";
import { LuaRuntime, type LuaSource } from "../lua/index.js";
import { type Failure, failure } from "../mailbox/index.js";
import { supervisorProgram } from "../supervision/index.js";
import { luaSources } from "./code.js";
import { cryptoService } from "./crypto-service.js";
import type { AppConfig, EntryOf } from "./entries.js";
import { EnvironmentService } from "./env.js";
import { Functions, functionsHost } from "./functions.js";
import { luaPackages } from "./lua-packages.js";
import { mailboxLimits } from "./mailboxes.js";
import { RegistryService } from "./registry.js";
import { Stores } from "./stores.js";

/** Host of the node's own processes; programs cannot spawn there. */
export const controlHost = "node:control";

/** Instructions of one slice of a Lua process, and of a turn before it is ended. */
export const sliceInstructions = 20_000;
export const maxSlices = 2_000;

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
  openProcessHost(entry: EntryOf<"process.host">): MemoryHost;
}

export function createNode(config: AppConfig, clock: Clock = realClock()): Node {
  const sources = luaSources(config);
  const runtime = new LuaRuntime({ packages: luaPackages });
  const scheduler = new Scheduler(clock);
  const system = createSystem({
    // The boot id: random, so that no pid of an earlier start is ever taken for one of this.
    node: bootId(randomBytes(6).toString("hex")),
    clock,
    load: (spec) => load(spec, config, sources, runtime),
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
      const host = new MemoryHost({ id, system, scheduler, maxSlices, maxProcesses, mailboxOf });
      system.attach(host);
      return host;
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

/** The program of a spawn on a memory host, or why this entry cannot run there. */
function load(
  spec: Pick<SpawnSpec, "entry" | "host">,
  config: AppConfig,
  sources: ReadonlyMap<string, LuaSource>,
  runtime: LuaRuntime,
): Program | Failure {
  if (spec.entry === supervisorEntry && spec.host !== controlHost) return supervisorProgram();
  const entry = config.entries.get(spec.entry);
  const source = sources.get(spec.entry);
  const runsHere = entry?.kind === "process.lua" || (entry?.kind === "function.lua" && spec.host === functionsHost);
  if (entry?.kind === "workflow.lua") {
    const message = `${spec.entry} is a workflow.lua and needs a durable host; ${spec.host} keeps its processes in memory`;
    return failure("INVALID", message, { retryable: false });
  }
  if (!runsHere || source === undefined || spec.host === controlHost) {
    return failure("NOT_FOUND", "factory not found", {
      retryable: false,
      details: { id: spec.entry, host: spec.host },
    });
  }
  return runtime.program(source, { sliceInstructions });
}
