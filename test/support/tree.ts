/** A supervision tree in virtual time: a node with two memory hosts, children in TypeScript that tell what they do, and a journal of it. */
import {
  type Behaviour,
  behaviourProgram,
  type Client,
  createSystem,
  type Program,
  type SpawnResult,
  type SpawnSpec,
  type System,
  type SystemEvents,
} from "../../actors/index.js";
import { MemoryHost, type Recorder, Scheduler } from "../../durability/memory/index.js";
import { type ExitReason, type Failure, failure, type Payload, type Pid, parsePid } from "../../mailbox/index.js";
import {
  type ChildInfo,
  type ChildOptions,
  startSupervisor,
  supervisorEntry,
  supervisorProgram,
  type TreeOptions,
  whichChildren,
} from "../../supervision/index.js";
import { Random } from "./random.js";
import { VirtualClock } from "./virtual.js";

/**
 * What a child does when it is told to by a message of that topic or by its first argument: `crash`, `return`, `cancelled`,
 * `shutdown`. With the second argument `deaf` it takes no notice of a cancel.
 */
type State = { readonly deaf: boolean };

const ends: Readonly<Record<string, ExitReason>> = {
  crash: { kind: "failed", error: failure("INTERNAL", "boom") },
  fatal: { kind: "failed", error: failure("INVALID", "never again", { retryable: false }) },
  return: { kind: "normal", value: null },
  shutdown: { kind: "failed", error: failure("SHUTDOWN", "on purpose") },
};

const worker: Behaviour<State> = {
  init: ([first, second]) => ({
    state: { deaf: second === "deaf" },
    commands: typeof first === "string" && ends[first] ? [{ kind: "stop", reason: ends[first] }] : [],
  }),
  handle: (state, event) => {
    if (event.kind === "cancel" && !state.deaf) return { state, commands: [{ kind: "stop", reason: ends.return! }] };
    if (event.kind !== "message" || !ends[event.topic]) return { state };
    return { state, commands: [{ kind: "stop", reason: ends[event.topic]! }] };
  },
};

/** Keeps its processes no longer than any other, but says that it does. */
class DurableHost extends MemoryHost {
  readonly isDurable = true;
}

/** Starts nothing before it is released. */
class SlowHost extends MemoryHost {
  release: () => void = () => {};
  private readonly released = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  override spawn(spec: SpawnSpec): SpawnResult {
    return this.released.then(() => super.spawn(spec)) as unknown as SpawnResult;
  }
}

function nameOf(entry: string): string {
  return entry.slice(entry.indexOf(":") + 1);
}

export class Tree {
  readonly clock = new VirtualClock();
  readonly system: System;
  readonly host: MemoryHost;
  readonly other: MemoryHost;
  readonly slow: SlowHost;
  readonly client: Client;
  /** `+a` for a start and `-a` for an end of a process with name `a`, in order. */
  readonly story: string[] = [];
  readonly restarts: SystemEvents["restart"][0][] = [];
  readonly exits: { readonly pid: Pid; readonly entry: string; readonly reason: ExitReason }[] = [];
  readonly logs: string[] = [];
  /** Entries that cannot be loaded, for as long as they are in here. */
  readonly broken = new Set<string>();
  private readonly alive = new Map<string, string>();

  constructor({ record, seed }: { readonly record?: Recorder; readonly seed?: number } = {}) {
    const random = seed === undefined ? undefined : new Random(seed);
    this.system = createSystem({
      node: "virtual",
      clock: this.clock,
      load: ({ entry }) => this.load(entry),
      invoke: () => () => {},
      randomBytes: (count) => new Uint8Array(count).map(() => random?.below(256) ?? 128),
    });
    const scheduler = new Scheduler(this.clock);
    this.host = new MemoryHost({
      id: "test:host",
      system: this.system,
      scheduler,
      ...(record === undefined ? {} : { record }),
    });
    this.other = new MemoryHost({ id: "test:other", system: this.system, scheduler });
    this.system.attach(this.host);
    this.slow = new SlowHost({ id: "test:slow", system: this.system, scheduler });
    for (const host of [this.other, this.slow, new DurableHost({ id: "test:durable", system: this.system, scheduler })])
      this.system.attach(host);
    this.client = this.host.openClient("test:client");
    const { events } = this.system;
    events.on("spawn", ({ entry, pid }) => {
      this.story.push(`+${nameOf(entry)}`);
      this.alive.set(pid.text, nameOf(entry));
    });
    events.on("exit", (event) => {
      this.exits.push(event);
      this.story.push(`-${nameOf(event.entry)}`);
      this.alive.delete(event.pid.text);
    });
    events.on("restart", (event) => this.restarts.push(event));
    events.on("log", ({ record }) => this.logs.push(record.message));
  }

  /** Let everything happen that needs no time, and take the outcome of a promise that is settled then. */
  async now<T>(promise: Promise<T>): Promise<T> {
    let result: { readonly value: T } | undefined;
    void promise.then((value) => {
      result = { value };
    });
    for (let i = 0; i < 50 && result === undefined; i++) {
      this.clock.runNow();
      await Promise.resolve();
    }
    if (result === undefined) throw new Error("it still waits");
    return result.value;
  }

  /** Let everything happen that needs no time, promises included. */
  async settle(): Promise<void> {
    for (let i = 0; i < 50; i++) {
      this.clock.runNow();
      await Promise.resolve();
    }
  }

  /** As `start`, without waiting for it. */
  begin(tree: TreeOptions): Promise<Pid | Failure> {
    return startSupervisor(this.client, "test:host", tree);
  }

  /** Names of the processes that live, the client left out. */
  living(): string[] {
    return [...this.alive.values()];
  }

  async start(tree: TreeOptions): Promise<Pid> {
    const started = await this.now(this.begin(tree));
    if ("kind" in started) throw new Error(`${started.kind}: ${started.message}`);
    return started;
  }

  /** Of the process that runs as that child. */
  async pidOf(supervisor: Pid, id: string): Promise<Pid> {
    return parsePid((await this.children(supervisor)).find((child) => child.id === id)?.pid ?? "")!;
  }

  async children(supervisor: Pid): Promise<readonly ChildInfo[]> {
    const found = await this.now(whichChildren(this.client, supervisor));
    if ("kind" in found) throw new Error(found.message);
    return found;
  }

  /** `a:running b:stopped`. */
  async statuses(supervisor: Pid): Promise<string> {
    return (await this.children(supervisor)).map(({ id, status }) => `${id}:${status}`).join(" ");
  }

  /** Have a child end that way, and see to it that everything is done that follows at once. What has been told by then is forgotten. */
  async end(supervisor: Pid, id: string, how: "crash" | "return" | "shutdown" | "fatal"): Promise<string> {
    const pid = await this.pidOf(supervisor, id);
    return this.tell(this.client.send(pid, how));
  }

  async kill(pid: Pid): Promise<string> {
    return this.tell(this.client.terminate(pid));
  }

  /** What happens because of this: the story from here. */
  async tell(promise: Promise<unknown>): Promise<string> {
    this.story.length = 0;
    await this.now(promise);
    this.clock.runNow();
    return this.story.join(" ");
  }

  advance(ms: number): string {
    this.story.length = 0;
    this.clock.advance(ms);
    return this.story.join(" ");
  }

  private load(entry: string): Program | Failure {
    if (this.broken.has(entry)) return failure("INTERNAL", `${entry} is broken`);
    if (entry === supervisorEntry) return supervisorProgram();
    return behaviourProgram(worker as unknown as Behaviour<Payload>);
  }
}

/** Children named so, each of an entry of its own. */
export function workers(...ids: string[]): ChildOptions[] {
  return ids.map((id) => ({ id, process: `test:${id}` }));
}
