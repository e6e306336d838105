/** A node in virtual time with one memory host, for the tests beside this file. */
import {
  createSystem,
  type InvokeRequest,
  type Outcome,
  type SpawnSpec,
  type System,
  spawnSpec,
} from "../../actors/index.js";
import { MemoryHost, type MemoryHostOptions, Scheduler } from "../../durability/memory/index.js";
import { failure, type Payload, type Pid, type Signal } from "../../mailbox/index.js";
import { outside, Probe, type Script, VirtualClock } from "../support/fakes.js";

type Invoke = (request: InvokeRequest, done: (outcome: Outcome) => void) => () => void;

/** A node with one memory host and one script per entry; every process that was started is in `probes`. */
export class Node {
  readonly clock = new VirtualClock();
  readonly scheduler = new Scheduler(this.clock);
  readonly probes: Probe[] = [];
  readonly seen: string[] = [];
  readonly system: System;
  readonly host: MemoryHost;
  private keys = 0;

  constructor(scripts: Record<string, Script> = {}, options: Partial<MemoryHostOptions> = {}, invoke?: Invoke) {
    this.system = createSystem({
      node: "boot1",
      clock: this.clock,
      load: ({ entry }) => {
        const script = scripts[entry];
        if (script === undefined) return failure("NOT_FOUND", "factory not found");
        const probe = new Probe(script);
        this.probes.push(probe);
        return probe;
      },
      invoke: (_caller, request, done) => (invoke ?? (() => () => {}))(request, done),
      randomBytes: (count) => new Uint8Array(count).fill(7),
    });
    this.host = this.open("app:host", options);
    const { events } = this.system;
    events.on("spawn", ({ pid }) => this.seen.push(`spawn ${pid.id}`));
    events.on("exit", ({ pid, reason }) => this.seen.push(`exit ${pid.id} ${reason.kind}`));
    events.on("dead_letter", ({ envelope }) => this.seen.push(`dead letter to ${envelope.to.id}`));
  }

  open(id: string, options: Partial<MemoryHostOptions> = {}): MemoryHost {
    const host = new MemoryHost({ id, system: this.system, scheduler: this.scheduler, ...options });
    this.system.attach(host);
    return host;
  }

  /** Start a process and let it run until it waits. */
  start(entry: string, more: Partial<SpawnSpec> = {}): Probe {
    const spec = { ...spawnSpec(outside, "", ++this.keys, { entry, host: this.host.id }), ...more };
    const result = this.host.spawn(spec);
    if (!result.ok) throw new Error(result.error.message);
    const probe = this.probes.at(-1)!;
    this.clock.settle();
    return probe;
  }

  send(to: Pid, signal: Signal): string {
    const delivery = this.system.router.route({ from: outside, incarnation: "", to, seq: 0, signal });
    return "kind" in delivery ? delivery.kind : "later";
  }

  message(to: Pid, ...payloads: Payload[]): string {
    return this.send(to, { kind: "message", topic: "t", payloads });
  }
}

export const idle: Script = {};
