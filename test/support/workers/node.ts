/** A node for tests of worker threads: a host with two of them, one on the main thread alone, and a client that remembers what it was told. */
import { randomBytes } from "node:crypto";
import {
  behaviourProgram,
  bootId,
  type Client,
  createSystem,
  EventBus,
  type Outcome,
  type ProcessEvent,
  ProcessGroups,
  type SpawnOptions,
  type System,
  type SystemEvents,
} from "../../../actors/index.js";
import {
  MemoryHost,
  openMemoryHost,
  type ProcessHost,
  realClock,
  Scheduler,
} from "../../../durability/memory/index.js";
import type { WorkersHost } from "../../../durability/memory/workers/host.js";
import { LuaRuntime } from "../../../lua/index.js";
import type { MailboxLimit, Payload, Pid } from "../../../mailbox/index.js";
import { supervisorEntry, supervisorProgram } from "../../../supervision/index.js";
import { openPrograms } from "./programs.mjs";

export interface WorkersNodeOptions {
  /** Sources by entry, for every host. */
  readonly lua: Readonly<Record<string, string>>;
  readonly workers?: number;
  readonly mailboxes?: Readonly<Record<string, MailboxLimit>>;
  readonly maxProcesses?: number;
  readonly heapMb?: number;
}

export class WorkersNode {
  readonly system: System;
  readonly client: Client;
  readonly events: ProcessEvent[] = [];
  readonly prints: string[] = [];
  readonly health: SystemEvents["health"][0][] = [];
  /** `t:pool`. */
  readonly host: ProcessHost;

  private constructor(system: System, host: ProcessHost, client: Client) {
    this.system = system;
    this.host = host;
    this.client = client;
    client.onEvent((event) => this.events.push(event));
    system.events.on("log", ({ record }) => {
      if (record.print) this.prints.push(record.message);
    });
    system.events.on("health", (event) => this.health.push(event));
  }

  static async open({ lua, workers = 2, mailboxes = {}, maxProcesses = 0, heapMb }: WorkersNodeOptions) {
    const clock = realClock();
    const scheduler = new Scheduler(clock);
    // On this thread too, so that all of them run the same.
    const programs = openPrograms({ behaviourProgram, LuaRuntime }, { lua, mailboxes });
    const system = createSystem({
      node: bootId(randomBytes(6).toString("hex")),
      clock,
      load: ({ entry }) => {
        if (entry === supervisorEntry) return supervisorProgram();
        return programs.load({ entry, host: "t:main" });
      },
      invoke: (_caller, request, done) => {
        done({ ok: true, value: [request.target, ...request.args] });
        return () => {};
      },
      randomBytes: (count) => new Uint8Array(count),
    });
    system.services.add("pg", new ProcessGroups());
    system.services.add("events", new EventBus());
    const control = new MemoryHost({ id: "t:control", system, scheduler });
    system.attach(control);
    system.attach(new MemoryHost({ id: "t:main", system, scheduler, maxSlices: 2000 }));
    const host = await openMemoryHost({
      id: "t:pool",
      system,
      scheduler,
      maxSlices: 2000,
      maxProcesses,
      mailboxOf: (entry) => mailboxes[entry],
      workers: {
        count: workers,
        module: new URL("programs.mjs", import.meta.url),
        data: () => ({ lua, mailboxes }),
        ...(heapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
      },
    });
    system.attach(host);
    return new WorkersNode(system, host, control.openClient("t:client"));
  }

  /** Of a host with more than one. */
  get team(): WorkersHost["team"] {
    return (this.host as WorkersHost).team;
  }

  async spawn(entry: string, args: readonly Payload[] = [], options: SpawnOptions = {}, host = "t:pool"): Promise<Pid> {
    const pid = await this.client.spawn(entry, host, args, options);
    if ("kind" in pid) throw new Error(`spawn of ${entry} failed: ${pid.kind}: ${pid.message}`);
    return pid;
  }

  exec(entry: string, ...args: readonly Payload[]): Promise<Outcome> {
    return this.client.exec(entry, "t:pool", args);
  }

  async run(entry: string, ...args: readonly Payload[]): Promise<Payload> {
    const outcome = await this.exec(entry, ...args);
    if (outcome.ok) return outcome.value;
    throw new Error(`${entry}: ${outcome.error.kind}: ${outcome.error.message}`);
  }

  heard(from: Pid): ProcessEvent[] {
    return this.events.filter((event) => event.from.text === from.text);
  }

  close(graceMs = 50): Promise<void> {
    return this.system.close(graceMs);
  }
}

/** Threads are told apart by what is behind the dot of an id. */
export function threadOf(pid: Pid | string): number {
  const id = typeof pid === "string" ? pid.slice(pid.indexOf("|") + 1, -1) : pid.id;
  const dot = id.indexOf(".");
  return dot < 0 ? 0 : Number(id.slice(dot + 1)) >> 1;
}
