/** Scripts on a node with worker threads, in real time: Lua processes on a host with so many of them, and on the main thread. */
import { readFileSync } from "node:fs";
import { type ExitReason, type Pid, parsePid } from "../../../mailbox/index.js";
import { WorkersNode } from "../workers/node.js";
import { messagesFirst, noteLua } from "./memory.js";
import { type Difference, Play } from "./ours.js";
import { differenceInTime, type Stage, soon, startRoot } from "./real-time.js";
import type { PlayedScript } from "./search.js";

const entry = "t:citizen";
const places = ["t:pool", "t:main"];
const source = readFileSync(new URL("citizen.lua", import.meta.url), "utf8")
  .replace('"test:one"', '"t:pool"')
  .replace('"test:two"', '"t:main"');

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

export class WorkersStage implements Stage {
  private readonly node: WorkersNode;
  readonly how: string;
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

  /** Roots are on both hosts by turns. */
  difference(played: PlayedScript): Promise<Difference | undefined> {
    this.play = new Play(this.node.system);
    this.views = new Map();
    return differenceInTime(this.play, played, this);
  }

  same(fact: string): string {
    return messagesFirst(fact);
  }

  async root(number: number): Promise<void> {
    const pid = await startRoot(this.node.system, entry, places[number % places.length]!);
    await soon(this, () => this.views.has(pid.text));
  }

  /** Everybody is asked again. */
  async look(): Promise<void> {
    const answers = await Promise.all(this.reporters.map((pid) => this.node.client.call(pid, "look", null)));
    for (const answer of answers) {
      if (!answer.ok) throw new Error(answer.error.message);
      for (const seen of answer.value as unknown as Standing[]) this.views.get(seen.pid)?.see(seen);
    }
  }
}
