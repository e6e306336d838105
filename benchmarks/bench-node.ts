/** The node that Perdure's subjects run on: one memory host, behaviours and Lua sources by name, and a client to start with. */
import {
  type Behaviour,
  behaviourProgram,
  type Client,
  createSystem,
  type Outcome,
  type Program,
  type ProgramLoader,
  type SpawnOptions,
} from "../actors/index.js";
import {
  openMemoryHost,
  type ProcessHost,
  realClock,
  Scheduler,
  type WorkersOptions,
} from "../durability/memory/index.js";
import { LuaRuntime, type LuaSource, sliceInstructions } from "../lua/index.js";
import { type Payload, type Pid, parsePid } from "../mailbox/index.js";

export const host = "bench:host";

/** Name -> how to make its program. */
export type Programs = Readonly<Record<string, () => Program>>;

/** Name -> Lua source. */
export type LuaTexts = Readonly<Record<string, string>>;

/** For a table of programs. */
export function program<State>(behaviour: Behaviour<State>): () => Program {
  return () => behaviourProgram(behaviour);
}

export class BenchNode {
  readonly client: Client;
  readonly host: ProcessHost;
  private begun = 0;

  private constructor(host: ProcessHost) {
    this.host = host;
    this.client = host.openClient("bench");
  }

  static async open(programs: Programs, texts: LuaTexts = {}, workers?: WorkersOptions): Promise<BenchNode> {
    const clock = realClock();
    const system = createSystem({
      node: "bench",
      clock,
      load: loader(programs, texts),
      invoke: () => () => {},
      randomBytes: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    });
    const opened = await openMemoryHost({
      id: host,
      system,
      scheduler: new Scheduler(clock),
      // Some programs here compute without end.
      maxSlices: Number.MAX_SAFE_INTEGER,
      ...(workers === undefined ? {} : { workers }),
    });
    system.attach(opened);
    return new BenchNode(opened);
  }

  async spawn(entry: string, args: readonly Payload[] = [], options: SpawnOptions = {}): Promise<Pid> {
    const pid = await this.client.spawn(entry, host, args, options);
    if ("kind" in pid) throw new Error(`${entry}: ${pid.message}`);
    return pid;
  }

  /** Start one, and wait for its result. */
  async result(entry: string, args: readonly Payload[] = []): Promise<Payload> {
    return accepted(await this.client.exec(entry, host, args));
  }

  /** Start one that waits for messages first: its pid, and its result to come. */
  async begin(
    entry: string,
    args: readonly Payload[] = [],
  ): Promise<{ readonly pid: Pid; readonly result: Promise<Payload> }> {
    const name = `begun ${++this.begun}`;
    const result = this.client.exec(entry, host, args, { name }).then(accepted);
    const isOver = result.then(() => true);
    for (;;) {
      const found = await this.client.request({ kind: "lookup", name });
      if (found.ok) return { pid: parsePid(String(found.value))!, result };
      if (await Promise.race([isOver, soon()])) throw new Error(`${entry} ended before it was found`);
    }
  }

  async send(to: Pid, topic: string, ...payloads: readonly Payload[]): Promise<void> {
    accepted(await this.client.send(to, topic, ...payloads));
  }

  /** With more time than any run needs: an answer that is lost ends it. */
  async call(to: Pid, topic: string, payload: Payload = null): Promise<Payload> {
    return accepted(await this.client.call(to, topic, payload, 60_000));
  }

  async terminate(pid: Pid): Promise<void> {
    accepted(await this.client.terminate(pid));
  }

  close(): Promise<void> {
    return this.host.close(0);
  }
}

export function loader(programs: Programs, texts: LuaTexts): ProgramLoader {
  const runtime = new LuaRuntime();
  return ({ entry }) => {
    const make = programs[entry];
    if (make !== undefined) return make();
    return runtime.program(source(entry, texts[entry]!), { sliceInstructions });
  };
}

function source(id: string, text: string): LuaSource {
  return { id, kind: "process.lua", text, chunkName: id, method: "main", modules: [], imports: {}, hash: id };
}

function accepted(outcome: Outcome): Payload {
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

const soon = (): Promise<false> => new Promise((resolve) => setImmediate(() => resolve(false)));
