/** One supervisor with very many children in virtual time, one of which crashes every millisecond; and the heap that it needs. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  type Client,
  createSystem,
  type Program,
  type SpawnResult,
  type SpawnSpec,
  supervisorEntry,
  systemPid,
} from "../../actors/index.js";
import { MemoryHost, Scheduler } from "../../durability/memory/index.js";
import { type ExitReason, type Failure, failure, type Pid } from "../../mailbox/index.js";
import { type ChildCounts, countChildren, startSupervisor, supervisorProgram } from "../../supervision/index.js";
import { VirtualClock } from "./virtual.js";

const hostId = "test:host";
const outside = systemPid("test");

/** Which of so many crashes in that millisecond: all of them in turn, not in the order of their starts. */
function crasher(ms: number, count: number): number {
  return (ms * 7919) % count;
}

export class ManyChildren {
  readonly clock = new VirtualClock();
  /** Indices of children that ended, in order; `supervisor` when that was it. */
  readonly ends: (number | "supervisor")[] = [];
  reason: ExitReason | undefined;
  private readonly system = createSystem({
    node: "virtual",
    clock: this.clock,
    load: ({ entry }) => (entry === supervisorEntry ? supervisorProgram() : this.makeChild()),
    invoke: () => () => {},
    randomBytes: (count) => new Uint8Array(count),
  });
  private readonly makeChild: () => Program | Failure;
  private readonly count: number;
  private readonly host: IndexingHost;
  private readonly client: Client;
  private supervisor: Pid | undefined;

  constructor(count: number, makeChild: () => Program | Failure) {
    this.count = count;
    this.makeChild = makeChild;
    this.host = new IndexingHost({ id: hostId, system: this.system, scheduler: new Scheduler(this.clock) });
    this.system.attach(this.host);
    this.client = this.host.openClient("test:client");
    this.system.events.on("exit", ({ pid, reason }) => {
      const isSupervisor = pid.text === this.supervisor?.text;
      if (isSupervisor) this.reason = reason;
      this.ends.push(isSupervisor ? "supervisor" : this.host.indexOf(pid));
    });
  }

  /** `intensity` restarts within a second are borne. */
  async start(intensity: number): Promise<void> {
    const children = Array.from({ length: this.count }, (_, i) => ({ id: `c${i}`, process: "test:child", args: [i] }));
    const started = await this.now(startSupervisor(this.client, hostId, { intensity, period: "1s", children }));
    if ("kind" in started) throw new Error(started.message);
    this.supervisor = started;
  }

  /** For so many ms, or until the supervisor ends: how many there were. */
  crashEveryMs(durationMs: number): number {
    for (let ms = 0; ms < durationMs; ms++) {
      const to = this.host.at(crasher(ms, this.count))!;
      const signal = { kind: "message", topic: "crash", payloads: [] } as const;
      void this.system.router.route({ from: outside, incarnation: "", to, seq: 0, signal });
      this.clock.runNow(Number.POSITIVE_INFINITY);
      if (this.reason !== undefined) return ms + 1;
      this.clock.advance(1);
    }
    return durationMs;
  }

  async counts(): Promise<ChildCounts> {
    const counts = await this.now(countChildren(this.client, this.supervisor!));
    if ("kind" in counts) throw new Error(counts.message);
    return counts;
  }

  /** Processes on the host, without the client and the supervisor. */
  get living(): number {
    return this.host.size - 2;
  }

  /** All that crashed until now have been seen; nothing about them is kept here. */
  forgetEnds(): void {
    this.ends.length = 0;
  }

  private async now<T>(promise: Promise<T>): Promise<T> {
    let result: { readonly value: T } | undefined;
    void promise.then((value) => {
      result = { value };
    });
    for (let i = 0; i < 50 && result === undefined; i++) {
      this.clock.runNow(Number.POSITIVE_INFINITY);
      await Promise.resolve();
    }
    if (result === undefined) throw new Error("it still waits");
    return result.value;
  }
}

/** Knows which child each process is: the first argument says it. */
class IndexingHost extends MemoryHost {
  private readonly current: Pid[] = [];
  private readonly indices = new Map<string, number>();

  override spawn(spec: SpawnSpec): SpawnResult {
    const result = super.spawn(spec);
    const [index] = spec.args;
    if (!result.ok || typeof index !== "number") return result;
    this.indices.delete(this.current[index]?.text ?? "");
    this.indices.set(result.pid.text, index);
    this.current[index] = result.pid;
    return result;
  }

  at(index: number): Pid | undefined {
    return this.current[index];
  }

  indexOf(pid: Pid): number {
    return this.indices.get(pid.text) ?? -1;
  }
}

export const crash: ExitReason = { kind: "failed", error: failure("INTERNAL", "crash") };

/** Bytes of the heap in use after a full garbage collection. */
export function heapAfterGc(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed;
}
