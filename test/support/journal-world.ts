/**
 * A seeded world of processes on a journal host and a memory host, in virtual time, whose node is killed again and again while its
 * disk remains. What must hold at its end is in journal-laws.ts.
 */
import type { Process } from "../../actors/index.js";
import type { Tape } from "../../durability/memory/index.js";
import { LuaRuntime } from "../../lua/index.js";
import { type Pid, parsePid } from "../../mailbox/index.js";
import { brief } from "./journal-brief.js";
import { type Chapter, Chronicles, hosts } from "./journal-chronicle.js";
import { citizen } from "./journal-citizen.js";
import { type LuaSaid, luaCitizen, noteLua } from "./journal-lua.js";
import { JournalNode, type JournalNodeOptions } from "./journal-node.js";
import { WorldDisk } from "./journal-world-disk.js";
import { Outside } from "./journal-world-outside.js";
import { Random } from "./random.js";
import { SteppedClock } from "./stepped-clock.js";

export interface JournalWorldOptions {
  readonly steps?: number;
  /** Some citizens are Lua. */
  readonly lua?: boolean;
  /** The disk is away at times. */
  readonly outages?: boolean;
  /** The disk is put back to an earlier state at times, or taken by another owner. */
  readonly rollbacks?: boolean;
}

/** Costs more to make than a whole world. */
const runtime = new LuaRuntime();

export class JournalWorld {
  readonly disk: WorldDisk;
  readonly chronicles = new Chronicles();
  readonly outside: Outside;
  /** The latest life of each process of the journal. */
  readonly processes = new Map<string, Process>();
  /** Pids of the journal whose end somebody has been told of. */
  readonly ends = new Set<string>();
  readonly luaSaid = new Map<string, LuaSaid>();
  readonly health: string[] = [];
  /** After a rollback: messages sent from then on obey every law again. */
  lawfulFrom = 0;
  /** Who has asked everybody at the end. */
  asking = "";
  node!: JournalNode;
  private isDead = false;
  private isFenced = false;
  private readonly random: Random;
  private readonly clock: SteppedClock;
  private readonly isManual: boolean;
  /** Of a hundred steps, what is done to the node and the disk. */
  private readonly shares: { readonly kills: number; readonly plans: number; readonly disasters: number };
  private readonly options: JournalWorldOptions;
  private readonly nodeOptions: JournalNodeOptions;

  constructor(seed: number, options: JournalWorldOptions = {}) {
    const random = new Random(seed);
    this.random = random;
    this.options = options;
    const hasDisasters = options.outages === true || options.rollbacks === true;
    const [kills, plans] = [random.pick([0, 1, 4]), random.pick([0, 1, 4])];
    this.shares = { kills, plans, disasters: hasDisasters ? random.pick([2, 6]) : 0 };
    this.clock = new SteppedClock(new Random(seed + 1_000_003));
    this.outside = new Outside(random, options.lua === true);
    const sync = random.pick(["microtask", "manual", { clock: this.clock, delayMs: 1 + random.below(20) }] as const);
    this.isManual = sync === "manual";
    this.disk = new WorldDisk(random, { sync });
    this.nodeOptions = {
      clock: this.clock,
      behaviours: { "app:citizen": citizen(this.chronicles), "app:brief": brief(this.chronicles) },
      snapshotEvery: random.pick([1, 3, 10, 1000]),
      continueAt: random.pick([0, 12]),
      sliceInstructions: 700,
      maxSlices: 20,
      idleTimeoutMs: random.pick([0, 0, 20, 200]),
      record: (process, port) => this.lifeBegins(process, port),
    };
  }

  /** Every process that has said or done something. */
  private get everybody(): readonly string[] {
    return [...this.chronicles.all.keys(), ...this.luaSaid.keys()];
  }

  /** What is stored of each process, by id. */
  stored(): ReadonlyMap<string, { readonly records: readonly string[]; readonly state: string }> {
    return this.disk.copy().content.processes;
  }

  /** A random plan of steps; then everything settles, and every process says that it is there, before and after a last restart. */
  async play(): Promise<void> {
    await this.boot();
    for (let i = this.options.steps ?? 150; i > 0; i--) {
      if (this.isDead) await this.boot();
      await this.step();
    }
    await this.settle();
    this.disk.isSafe = true;
    if (this.disk.rolledBack) await this.beginAnew();
    await this.ask();
    const before = this.storedPids().map(({ text }) => [text, [...this.chapters(text)]] as const);
    if (this.disk.rolledBack) this.health.length = 0;
    this.kill(Number.POSITIVE_INFINITY);
    await this.boot();
    await this.settle();
    await this.ask();
    for (const [pid, chapters] of before) this.sameBegin(pid, chapters);
  }

  /** What was put back in silence is noticed by the next commit; from then on everything is as ever. */
  private async beginAnew(): Promise<void> {
    const client = this.node.memory.openClient("test:last");
    void client.spawn("app:brief", hosts.journal, [{ seed: 0 }]);
    await this.settle();
    this.clock.pass(1000);
    this.lawfulFrom = this.clock.now();
    for (const pid of this.storedPids()) void client.send(pid, "again", { fuel: 6 });
    await this.settle();
  }

  /** Every process comes into memory. There it may hear of what was lost with a node and start others: they are asked as well. */
  private async ask(): Promise<void> {
    const client = this.node.memory.openClient("test:asking");
    this.asking = client.pid.text;
    const asked = new Set<string>();
    const unasked = (): Pid[] => this.storedPids().filter(({ text }) => !asked.has(text));
    for (let pids = unasked(); pids.length > 0; pids = unasked()) {
      for (const pid of pids) {
        asked.add(pid.text);
        void client.send(pid, "query", null);
      }
      await this.settle();
    }
  }

  private storedPids(): Pid[] {
    const open = [...this.stored()].filter(([, { state }]) => !("end" in (JSON.parse(state) as object)));
    return open.map(([id]) => parsePid(`{${hosts.journal}@${hosts.journal}|${id}}`)!);
  }

  private chapters(pid: string): readonly Chapter[] {
    return this.chronicles.all.get(pid)?.chapters ?? [];
  }

  private sameBegin(pid: string, before: readonly Chapter[]): void {
    const after = this.chapters(pid);
    const at = before.findIndex(({ digest }, k) => after[k]?.digest !== digest);
    if (at >= 0) throw new Error(`law broken: a replay gives what was: ${pid} at ${at} of ${before.length}`);
  }

  private async step(): Promise<void> {
    const { random, clock, outside, disk, node } = this;
    if (this.isFenced) this.kill(0);
    const { kills, plans, disasters } = this.shares;
    const dice = random.below(100) - kills - plans - disasters;
    if (dice < -plans - disasters) this.kill(random.pick([0, Number.POSITIVE_INFINITY, random.below(4)]));
    else if (dice < -disasters) disk.planKill((keep) => this.kill(keep));
    else if (dice < 0) this.disaster();
    else if (dice < 12) outside.intrude(node, this.everybody);
    else if (dice < 22) outside.say(node, this.everybody);
    else if (dice < 60) for (let i = 1 + random.below(4); i > 0; i--) clock.step();
    else if (dice < 72) clock.leap(random.below(100));
    else if (dice < 75) clock.pass(random.below(100));
    else if (dice < 83) outside.answer(1 + random.below(2));
    else if (this.isManual) disk.sync();
    if (random.chance(0.8)) await tick();
  }

  private disaster(): void {
    const { outages, rollbacks } = this.options;
    if (this.isDead) return;
    if (outages === true && (rollbacks !== true || this.random.chance(0.5))) this.disk.leaveOrReturn();
    else this.disk.rollBack();
  }

  private kill(keep: number): void {
    this.isDead = true;
    this.isFenced = false;
    this.disk.events.push(`kill keeping ${keep} of ${this.disk.unsynced}`);
    this.node.kill(keep);
  }

  /** Until a node has come up without being killed in it. */
  private async boot(): Promise<void> {
    for (;;) {
      this.isDead = false;
      this.outside.forget();
      await tick();
      this.forgetTheUnborn();
      this.node = this.newNode();
      const { system, journal } = this.node;
      let problem: unknown = "open";
      void journal.start().then((failure) => {
        problem = failure;
      });
      for (let i = 0; i < 20 && problem === "open" && !this.isDead; i++) await tick();
      if (this.isDead) continue;
      if (problem !== undefined) throw new Error(`law broken: the node does not start: ${JSON.stringify(problem)}`);
      system.attach(journal);
      journal.ready();
      if (this.isDead) continue;
      this.disk.events.push(`boot ${system.node}`);
      return;
    }
  }

  /** What was never stored of anybody has not happened. Not at the kill: a dead node may have gone on to the end of its step. */
  private forgetTheUnborn(): void {
    const { all } = this.chronicles;
    for (const [text, { pid }] of all) {
      if (pid.node === hosts.journal && !this.disk.born.has(pid.id)) all.delete(text);
    }
  }

  /** Until nothing is left to do; the disk is back for that. */
  private async settle(): Promise<void> {
    const { disk, clock, outside } = this;
    disk.heal();
    for (let idle = 0, i = 0; idle < 3; i++) {
      if (i > 50_000) throw new Error("law broken: the world comes to rest");
      if (this.isFenced) this.kill(0);
      if (this.isDead) await this.boot();
      await tick();
      if (this.isManual) disk.sync();
      const { hasJobs } = outside;
      outside.answer(Number.POSITIVE_INFINITY);
      if (clock.step() || hasJobs || clock.leap(60_000)) idle = 0;
      else idle++;
    }
  }

  private newNode(): JournalNode {
    const node = new JournalNode(this.disk, { "app:lua": luaCitizen }, this.nodeOptions, runtime);
    const { system } = node;
    Object.assign(system, {
      invoke: (...[, request, done]: Parameters<typeof system.invoke>) => this.outside.invoke(request, done),
    });
    system.events.on("health", ({ state, detail }) => this.health.push(`${state} ${detail ?? ""}`));
    system.events.on("log", ({ pid, record }) => {
      if (record.print) noteLua(this.luaSaid, pid.text, record.message);
    });
    // Another owner has the journal, so this node is of no use any more.
    system.events.on("fenced", () => {
      this.disk.events.push("fenced");
      this.isFenced = true;
    });
    system.events.on("exit", ({ pid }) => {
      if (pid.node === hosts.journal) this.ends.add(pid.text);
    });
    return node;
  }

  /** A process comes into memory: from the state that its journal begins with. */
  private lifeBegins(process: Process, port: Tape["port"]): Tape {
    const { text, id } = process.pid;
    this.processes.set(text, process);
    const [first] = this.disk.records(id);
    const base = first === undefined ? undefined : (JSON.parse(first) as StoredBase);
    this.chronicles.cut(text, base?.from?.state?.state.k ?? base?.from?.upgrade?.args[0]?.k ?? 0);
    if (this.ends.has(text)) this.chronicles.broken.push(`${text} lives again after its end was told`);
    return { port, input: () => {}, become: () => {}, slice: () => {} };
  }
}

interface StoredBase {
  readonly from?: {
    readonly state?: { readonly state: { readonly k: number } };
    readonly upgrade?: { readonly args: readonly { readonly k: number }[] };
  };
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
