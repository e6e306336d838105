/** Scripts on a node with worker threads, in real time: Lua processes on a host with so many of them, and on the main thread. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { answerSpawn, type SpawnResult, spawnSpec, systemPid } from "../../../actors/index.js";
import { type ExitReason, type Pid, parsePid } from "../../../mailbox/index.js";
import { WorkersNode } from "../workers/node.js";
import { messagesFirst, noteLua } from "./memory.js";
import { type Difference, Play } from "./ours.js";
import type { PlayedScript } from "./search.js";

const entry = "t:citizen";
const places = ["t:pool", "t:main"];
const source = readFileSync(new URL("citizen.lua", import.meta.url), "utf8")
  .replace('"test:one"', '"t:pool"')
  .replace('"test:two"', '"t:main"');
/** A step that does not come to what Erlang saw within this time never will. */
const patienceMs = 5000;

type Bonds = readonly (readonly [pid: string, refs: readonly number[]])[];
/** What `standings` in workers/programs.mjs says of one process. */
interface Standing {
  readonly pid: string;
  readonly traps: boolean;
  readonly links: Bonds;
  readonly watching: Bonds;
  readonly watchers: Bonds;
}

function tableOf(bonds: Bonds) {
  const byText = new Map(bonds.map(([text, refs]) => [text, { pid: parsePid(text)!, refs }]));
  return { get: ({ text }: Pid) => byText.get(text), values: () => byText.values() };
}

/** A process as `Play` looks at it, of which others than this thread know. */
class View {
  exitReason: ExitReason | undefined;
  trapLinks = false;
  relations = { links: tableOf([]), watching: tableOf([]), watchers: tableOf([]) };

  constructor(readonly pid: Pid) {}

  get hasEnded(): boolean {
    return this.exitReason !== undefined;
  }

  see({ traps, links, watching, watchers }: Standing): void {
    this.trapLinks = traps;
    this.relations = { links: tableOf(links), watching: tableOf(watching), watchers: tableOf(watchers) };
  }
}

export class WorkersStage {
  private readonly node: WorkersNode;
  private readonly how: string;
  private readonly reporters: Pid[] = [];
  private play: Play;
  private views = new Map<string, View>();

  private constructor(node: WorkersNode, how: string) {
    this.node = node;
    this.how = how;
    this.play = new Play(node.system);
    const { events } = node.system;
    events.on("spawn", (event) => {
      if (event.entry !== entry) return;
      const view = new View(event.pid);
      this.views.set(event.pid.text, view);
      this.play.record(view as never, undefined as never);
      this.play.born(event.pid);
    });
    events.on("exit", ({ pid, reason }) => {
      const view = this.views.get(pid.text);
      if (view !== undefined) view.exitReason = reason;
    });
    events.on("log", (event) => {
      if (event.entry === entry) noteLua(this.play, event.pid, event.record.message.split("\t"));
    });
  }

  static async open(workers: number): Promise<WorkersStage> {
    const node = await WorkersNode.open({ lua: { [entry]: source }, workers });
    const stage = new WorkersStage(node, `on ${workers} workers`);
    for (let i = 0; i < workers; i++) stage.reporters.push(await node.spawn("t:reporter"));
    stage.reporters.push(await node.spawn("t:reporter", [], {}, "t:main"));
    return stage;
  }

  close(): Promise<void> {
    return this.node.close();
  }

  /** Where we first differ from what Erlang did. Roots are on both hosts by turns. */
  async difference({ script, steps }: PlayedScript): Promise<Difference | undefined> {
    this.play = new Play(this.node.system);
    this.views = new Map();
    for (let i = 0; i < script.roots; i++) await this.root(i);
    try {
      for (const [number, step] of steps.entries()) {
        if (step === undefined) continue;
        await this.play.begin(step, true);
        if (step.settle.length > 0) {
          await this.until(() => this.play.hasCrossed(step));
          await this.play.settle(step);
        }
        const facts = (): string[] => this.play.facts().map(messagesFirst);
        const erlang = step.facts.map(messagesFirst);
        const isSame = await this.until(() => facts().join() === erlang.join());
        if (!isSame) return { how: this.how, step: number, erlang, ours: facts() };
      }
      return undefined;
    } finally {
      this.play.killAll();
      await this.until(() => this.play.isOver);
    }
  }

  private async root(number: number): Promise<void> {
    const host = places[number % places.length]!;
    const spec = spawnSpec(systemPid("driver"), randomBytes(8).toString("hex"), 1, { entry, host });
    const result = await new Promise<SpawnResult>((resolve) => {
      answerSpawn(() => this.node.system.router.host(host)!.spawn(spec), resolve);
    });
    if (!result.ok) throw new Error(result.error.message);
    await this.until(() => this.views.has(result.pid.text));
  }

  private async look(): Promise<void> {
    const answers = await Promise.all(this.reporters.map((pid) => this.node.client.call(pid, "look", null)));
    for (const answer of answers) {
      if (!answer.ok) throw new Error(answer.error.message);
      for (const seen of answer.value as unknown as Standing[]) this.views.get(seen.pid)?.see(seen);
    }
  }

  /** True once it holds and still does after everybody has been asked again; false when that takes too long. */
  private async until(holds: () => boolean): Promise<boolean> {
    const end = Date.now() + patienceMs;
    for (let times = 0; times < 2; times = holds() ? times + 1 : 0) {
      if (Date.now() > end) return false;
      await this.look();
    }
    return true;
  }
}
