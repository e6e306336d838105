/** A node for benchmarks: memory clients beside one journal host on a real driver, in real time. Measures nothing. */
import { createHash, randomBytes } from "node:crypto";
import {
  type Behaviour,
  behaviourProgram,
  bootId,
  type Client,
  createSystem,
  isBootId,
  type Outcome,
} from "../actors/index.js";
import {
  type Journal,
  type JournalEvents,
  JournalHost,
  type LoadedProgram,
  type Programs,
} from "../durability/journal/index.js";
import { MemoryHost, realClock, Scheduler } from "../durability/memory/index.js";
import { LuaRuntime, type LuaSource, sliceInstructions } from "../lua/index.js";
import { type Failure, failure, type Payload, type Pid } from "../mailbox/index.js";

export const journalHost = "bench:journal";

/** How a journal is opened: the driver with its settings. */
export type OpenJournal = (events: JournalEvents) => Promise<Journal>;

export interface NodeOptions {
  readonly open: OpenJournal;
  readonly idleTimeoutMs?: number;
  /** Messages after which a TypeScript process is stored as its state in place of them; 0: each message is kept. */
  readonly snapshotEvery?: number;
  /** A request of a process to a function: it is never answered, as what it calls takes for ever. */
  readonly invoked?: () => void;
}

/** Counts its messages, and answers a call with how many there were. With the argument "busy" it also holds a request open. */
export const countBehaviour: Behaviour<Payload> = {
  init: ([mode]) => ({ state: 0, commands: mode === "busy" ? [{ kind: "request", request: endless }] : [] }),
  handle: (state, event) => {
    if (event.kind !== "message") return { state };
    if (event.topic !== "total") return { state: Number(state) + 1 };
    return { state, commands: [{ kind: "reply", message: event, outcome: { ok: true, value: state } }] };
  },
};

const endless = { kind: "invoke", target: "bench:endless", args: [], key: "", context: {}, options: {} } as const;

const countLua = `
return function(mode)
  local inbox, count = process.inbox(), 0
  if mode == "busy" then coroutine.spawn(function() require("funcs").call("bench:endless") end) end
  while true do
    local msg = inbox:receive()
    if msg:topic() == "total" then msg:reply(count) else count = count + 1 end
  end
end`;

export class JournalNode {
  readonly host: JournalHost;
  private readonly memory: MemoryHost;

  private constructor(host: JournalHost, memory: MemoryHost) {
    this.host = host;
    this.memory = memory;
  }

  /** The host is started, and holds its processes back until `ready`. */
  static async start(options: NodeOptions): Promise<JournalNode> {
    const { open, idleTimeoutMs = 0, snapshotEvery = 0, invoked = () => {} } = options;
    const clock = realClock();
    const programs = programsOf(new LuaRuntime());
    const system = createSystem({
      node: bootId(randomBytes(6).toString("hex")),
      clock,
      load: ({ entry }) => failure("NOT_FOUND", `${entry} runs on the journal only`, { retryable: false }),
      invoke: () => {
        invoked();
        return () => {};
      },
      randomBytes: (count) => randomBytes(count),
    });
    system.events.on("health", ({ state, detail }) => {
      if (state !== "up" && !detail?.includes("persistence")) process.stderr.write(`journal: ${state} ${detail}\n`);
    });
    system.events.on("exit", ({ pid, reason }) => {
      if (reason.kind === "failed") process.stderr.write(`${pid.text} failed: ${reason.error.message}\n`);
    });
    const scheduler = new Scheduler(clock);
    const memory = new MemoryHost({ id: "bench:memory", system, scheduler });
    const host = new JournalHost({
      id: journalHost,
      system,
      scheduler,
      journalName: "bench",
      open,
      programs,
      isEphemeral: isBootId,
      maxProcesses: 0,
      maxSlices: 2_000,
      idleTimeoutMs,
      continueAt: 0,
      snapshotEvery: snapshotEvery === 0 ? Number.POSITIVE_INFINITY : snapshotEvery,
      catchUp: "one",
      retentionMs: 0,
    });
    const problem = await host.start();
    if (problem !== undefined) throw new Error(problem.message);
    system.attach(memory);
    system.attach(host);
    return new JournalNode(host, memory);
  }

  client(name: string): Client {
    return this.memory.openClient(name);
  }

  async close(): Promise<void> {
    await this.memory.close(0);
    await this.host.close(10_000);
  }
}

export async function spawnCounter(client: Client, entry: string, mode: "free" | "busy" = "free"): Promise<Pid> {
  const pid = await client.spawn(entry, journalHost, [mode]);
  if ("kind" in pid) throw new Error(pid.message);
  return pid;
}

/** Rejects unless the process has counted exactly that many. */
export async function checkCount(client: Client, pid: Pid, count: number): Promise<void> {
  const outcome = await client.call(pid, "total", null, 30_000);
  if (!outcome.ok) throw new Error(outcome.error.message);
  if (outcome.value !== count) throw new Error(`${pid.text} counted ${outcome.value} of ${count} messages`);
}

export type Language = "ts" | "lua";

export function spawnAll(client: Client, language: Language, count: number, mode?: "free" | "busy"): Promise<Pid[]> {
  return Promise.all(Array.from({ length: count }, () => spawnCounter(client, `${language}:count`, mode)));
}

/** One message to each; resolves when all are handled and acknowledged. */
export async function sendAll(client: Client, pids: readonly Pid[]): Promise<void> {
  for (const outcome of await Promise.all(pids.map((pid) => client.send(pid, "n", 1)))) check(outcome);
}

export async function endAll(client: Client, pids: readonly Pid[]): Promise<void> {
  for (const outcome of await Promise.all(pids.map((pid) => client.terminate(pid)))) check(outcome);
}

export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited a minute for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export function check(outcome: Outcome): void {
  if (!outcome.ok) throw new Error(outcome.error.message);
}

function programsOf(runtime: LuaRuntime): Programs {
  const source = luaSource("lua:count", countLua);
  const current = (entry: string): LoadedProgram | Failure => {
    if (entry === "ts:count") return { program: behaviourProgram(countBehaviour), hash: "", isWorkflow: false };
    const program = runtime.program(source, { sliceInstructions });
    return "kind" in program ? program : { program, hash: source.hash, isWorkflow: false };
  };
  return {
    current,
    pinned: (entry) => current(entry),
    learn: () => undefined,
    text: () => JSON.stringify(source),
    options: () => ({}),
    activity: (target) => failure("NOT_FOUND", `${target} is no activity`, { retryable: false }),
  };
}

function luaSource(id: string, text: string): LuaSource {
  const hash = createHash("sha256").update(text).digest("hex");
  return { id, kind: "process.lua", text, chunkName: id, method: "main", modules: ["funcs"], imports: {}, hash };
}
