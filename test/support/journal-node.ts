/**
 * A node in virtual time with a memory host `test:memory` and a journal host `test:journal` on a fake disk. `kill` loses everything
 * but the disk; another node on the same disk goes on.
 */
import {
  type Asked,
  type Behaviour,
  behaviourProgram,
  type Client,
  type Clock,
  createSystem,
  isBootId,
  type LogRecord,
  type Outcome,
  type PayloadRecord,
  type SpawnOptions,
  type StoreAccess,
  type System,
} from "../../actors/index.js";
import {
  JournalHost,
  type JournalHostOptions,
  type LoadedProgram,
  type Programs,
} from "../../durability/journal/index.js";
import { MemoryHost, Scheduler } from "../../durability/memory/index.js";
import { LuaRuntime, type LuaSource } from "../../lua/index.js";
import {
  type ExitReason,
  type Failure,
  failure,
  type MailboxLimit,
  type Payload,
  type Pid,
  parsePid,
} from "../../mailbox/index.js";
import type { FakeDisk } from "./fake-journal.js";
import { luaSource, type SourceSpec, VirtualClock } from "./virtual.js";

export interface JournalNodeOptions
  extends Partial<Omit<JournalHostOptions, "id" | "system" | "scheduler" | "open" | "programs">> {
  readonly clock?: VirtualClock;
  readonly behaviours?: Readonly<Record<string, Behaviour<Payload>>>;
  /** Entries that are workflows. */
  readonly workflows?: readonly string[];
  readonly activities?: Readonly<Record<string, PayloadRecord>>;
  readonly sliceInstructions?: number;
  readonly store?: StoreAccess;
  /** Of processes on either host, by entry. */
  readonly mailboxes?: Readonly<Record<string, MailboxLimit>>;
}

/** A call of a function, as the node got it. */
export interface Invoked {
  readonly target: string;
  readonly key: string;
  readonly args: readonly Payload[];
  readonly context: PayloadRecord;
  readonly asked?: Asked;
  /** Answers a call that is not answered by `functions`. */
  readonly done: (outcome: Outcome) => void;
  dropped: boolean;
}

/** A clock that a dead node no longer hears. */
class MortalClock implements Clock {
  isDead = false;
  private readonly clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  now(): number {
    return this.clock.now();
  }

  timer(delayMs: number, fire: () => void): { cancel(): void } {
    return this.clock.timer(delayMs, () => {
      if (!this.isDead) fire();
    });
  }

  soon(run: () => void): void {
    this.clock.soon(() => {
      if (!this.isDead) run();
    });
  }
}

let boots = 0;

export class JournalNode {
  readonly clock: VirtualClock;
  readonly system: System;
  readonly memory: MemoryHost;
  readonly journal: JournalHost;
  readonly client: Client;
  readonly prints: string[] = [];
  readonly logs: LogRecord[] = [];
  readonly health: string[] = [];
  readonly exits: { readonly pid: Pid; readonly entry: string; readonly reason: ExitReason }[] = [];
  readonly invoked: Invoked[] = [];
  /** What functions that are no sources answer. */
  readonly functions = new Map<string, (args: readonly Payload[], key: string) => Outcome | undefined>();
  private readonly mortal: MortalClock;
  private readonly disk: FakeDisk;

  constructor(
    disk: FakeDisk,
    sources: Readonly<Record<string, SourceSpec>>,
    options: JournalNodeOptions = {},
    runtime = new LuaRuntime(),
  ) {
    const {
      clock = new VirtualClock(),
      behaviours = {},
      workflows = [],
      activities = {},
      sliceInstructions,
      store,
      mailboxes = {},
      ...host
    } = options;
    this.disk = disk;
    this.clock = clock;
    this.mortal = new MortalClock(clock);
    const bootId = `n${(++boots).toString(16).padStart(12, "0")}`;
    const mailboxOf = (entry: string): MailboxLimit | undefined => mailboxes[entry];
    const programs = programsOf(sources, behaviours, workflows, activities, runtime, sliceInstructions);
    this.system = createSystem({
      node: bootId,
      clock: this.mortal,
      load: ({ entry }) => {
        const loaded = programs.current(entry);
        return "program" in loaded ? loaded.program : loaded;
      },
      invoke: (_caller, { target, args, key, context }, done, asked) => {
        const invoked: Invoked = {
          target,
          key,
          args,
          context,
          done,
          dropped: false,
          ...(asked === undefined ? {} : { asked }),
        };
        this.invoked.push(invoked);
        const answer = this.functions.get(target)?.(args, key);
        if (answer !== undefined) done(answer);
        return () => {
          invoked.dropped = true;
        };
      },
      ...(store === undefined ? {} : { store }),
      randomBytes: (count) => Uint8Array.from({ length: count }, (_, i) => i + boots),
    });
    const scheduler = new Scheduler(this.mortal);
    this.memory = new MemoryHost({ id: "test:memory", system: this.system, scheduler, mailboxOf });
    this.system.attach(this.memory);
    this.client = this.memory.openClient("test:client");
    this.journal = new JournalHost({
      id: "test:journal",
      system: this.system,
      scheduler,
      journalName: "test:journal",
      open: (events) => Promise.resolve(disk.open(events)),
      programs: { ...programs, mailbox: mailboxOf },
      isEphemeral: isBootId,
      maxProcesses: 0,
      maxSlices: 200,
      idleTimeoutMs: 0,
      continueAt: 0,
      snapshotEvery: 100,
      catchUp: "one",
      retentionMs: 86_400_000,
      ...host,
    });
    this.system.events.on("log", ({ record }) => {
      if (record.print) this.prints.push(record.message);
      else this.logs.push(record);
    });
    this.system.events.on("exit", (event) => this.exits.push(event));
    this.system.events.on("health", ({ state, detail }) => this.health.push(`${state} ${detail ?? ""}`.trim()));
  }

  async start(): Promise<this> {
    const problem = await this.journal.start();
    if (problem !== undefined) throw new Error(problem.message);
    this.system.attach(this.journal);
    this.journal.ready();
    await this.idle();
    return this;
  }

  /** Let everything happen that needs no time. */
  async idle(): Promise<void> {
    for (let quiet = 0; quiet < 4; quiet++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.clock.runNow() > 0) quiet = 0;
    }
  }

  async advance(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    await this.idle();
    while (this.clock.runNext(until)) await this.idle();
  }

  /** As by kill -9: nothing of this node happens any more, and what was not durable is gone. */
  kill(keepUnsynced = 0): void {
    this.mortal.isDead = true;
    this.disk.crash(keepUnsynced);
  }

  async spawn(
    entry: string,
    args: readonly Payload[] = [],
    options: SpawnOptions = {},
    host = "test:journal",
  ): Promise<Pid> {
    const outcome = await this.outcome((done) =>
      this.client.start((self) => self.spawn(entry, host, args, options), done),
    );
    if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
    return parsePid(String(outcome.value))!;
  }

  async exec(entry: string, ...args: Payload[]): Promise<Outcome> {
    return this.outcome((done) => this.client.start((self) => self.exec(entry, "test:journal", args, {}), done));
  }

  async call(to: Pid, topic: string, value: Payload = null): Promise<Outcome> {
    return this.outcome((done) => this.client.start((self) => self.call(to, topic, [value], 5000), done));
  }

  async send(to: Pid, topic: string, ...payloads: Payload[]): Promise<Outcome> {
    return this.outcome((done) => this.client.start((self) => self.send(to, topic, payloads), done));
  }

  private async outcome(begin: (done: (outcome: Outcome) => void) => void): Promise<Outcome> {
    let outcome: Outcome | undefined;
    begin((result) => {
      outcome = result;
    });
    await this.idle();
    for (let i = 0; outcome === undefined && i < 1000; i++) await this.advance(10);
    if (outcome === undefined) throw new Error("no outcome within 10 s");
    return outcome;
  }
}

function programsOf(
  sources: Readonly<Record<string, SourceSpec>>,
  behaviours: Readonly<Record<string, Behaviour<Payload>>>,
  workflows: readonly string[],
  activities: Readonly<Record<string, PayloadRecord>>,
  runtime: LuaRuntime,
  sliceInstructions = 20_000,
): Programs {
  const byId = new Map(Object.entries(sources).map(([id, spec]) => [id, luaSource(id, spec)]));
  const byHash = new Map<string, LuaSource>([...byId.values()].map((source) => [source.hash, source]));
  const lua = (source: LuaSource): LoadedProgram | Failure => {
    const program = runtime.program(source, { sliceInstructions });
    if ("kind" in program) return program;
    return { program, hash: source.hash, isWorkflow: workflows.includes(source.id) };
  };
  const current = (entry: string): LoadedProgram | Failure => {
    const behaviour = behaviours[entry];
    if (behaviour !== undefined) return { program: behaviourProgram(behaviour), hash: "", isWorkflow: false };
    const source = byId.get(entry);
    return source === undefined ? failure("NOT_FOUND", "factory not found", { retryable: false }) : lua(source);
  };
  return {
    current,
    pinned: (entry, hash) => {
      if (hash === "") return current(entry);
      const source = byHash.get(hash);
      return source === undefined ? undefined : lua(source);
    },
    learn: (hash, text) => {
      byHash.set(hash, JSON.parse(text) as LuaSource);
      return undefined;
    },
    text: (hash) => JSON.stringify(byHash.get(hash)),
    options: () => ({}),
    activity: (target) =>
      activities[target] ?? failure("NOT_FOUND", "no handler registered for target", { retryable: false }),
  };
}
