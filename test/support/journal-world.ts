/**
 * A seeded world of processes on a journal host and a memory host, in virtual time, whose node is killed again and again while its
 * disk remains. What must hold at its end is in journal-laws.ts.
 */
import type { InvokeRequest, Outcome, Process } from "../../actors/index.js";
import type { Commit } from "../../durability/journal/index.js";
import type { Tape } from "../../durability/memory/index.js";
import { LuaRuntime } from "../../lua/index.js";
import type { Pid } from "../../mailbox/index.js";
import { parsePid } from "../../mailbox/index.js";
import { brief, type Chapter, Chronicles, citizen, hosts, names } from "./journal-citizen.js";
import type { Pending } from "./fake-driver.js";
import { type FakeCopy, FakeDisk, type FakePoint } from "./fake-journal.js";
import { type LuaSaid, luaCitizen, noteLua } from "./journal-lua.js";
import { JournalNode, type JournalNodeOptions } from "./journal-node.js";
import { Random } from "./random.js";
import { VirtualClock } from "./virtual.js";

interface Timer {
  readonly at: number;
  readonly number: number;
  readonly fire: () => void;
}

/** Costs more to make than a whole world. */
const runtime = new LuaRuntime();

/** One step at a time, and time passes while work is done: so slices of work end at random places. */
export class SteppedClock extends VirtualClock {
  private readonly random: Random;
  private t = Date.UTC(2026, 0, 1);
  private readonly soonest: (() => void)[] = [];
  private readonly waiting = new Set<Timer>();
  private last = 0;

  constructor(random: Random) {
    super();
    this.random = random;
  }

  override now(): number {
    if (this.random.chance(0.05)) this.t += this.random.below(10);
    return this.t;
  }

  override timer(delayMs: number, fire: () => void): { cancel(): void } {
    const timer = { at: this.t + Math.max(0, delayMs), number: ++this.last, fire };
    this.waiting.add(timer);
    return { cancel: () => void this.waiting.delete(timer) };
  }

  override soon(run: () => void): void {
    this.soonest.push(run);
  }

  /** Do one thing that is due; false when there is none. */
  step(): boolean {
    const run = this.soonest.shift();
    if (run !== undefined) {
      run();
      return true;
    }
    return this.fire(this.t);
  }

  /** Let the next timer fire that is due within so many ms. */
  leap(ms: number): boolean {
    return this.fire(this.t + ms);
  }

  pass(ms: number): void {
    this.t += ms;
  }

  override runNow(): number {
    let count = 0;
    while (this.step()) count++;
    return count;
  }

  private fire(until: number): boolean {
    let first: Timer | undefined;
    for (const timer of this.waiting) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.number < first.number)) {
        first = timer;
      }
    }
    if (first === undefined || first.at > until) return false;
    this.waiting.delete(first);
    this.t = Math.max(this.t, first.at);
    first.fire();
    return true;
  }
}

/** A disk that knows which processes it has ever held. */
class WorldDisk extends FakeDisk {
  readonly born = new Set<string>();
  private written: Commit[] = [];

  override accept(pending: Pending): void {
    this.written.push(pending.commit);
    super.accept(pending);
  }

  override crash(keep?: number): void {
    super.crash(keep);
    this.count();
    this.written = [];
  }

  count(): void {
    for (const { number, writes } of this.written) {
      if (number <= this.head) for (const { id } of writes) this.born.add(id);
    }
  }
}

export interface JournalWorldOptions {
  readonly steps?: number;
  /** Operations that citizens leave out. */
  readonly without?: readonly string[];
  /** Some citizens are Lua. */
  readonly lua?: boolean;
  /** Of the disk's faults beside crashes. */
  readonly outages?: boolean;
  readonly rollbacks?: boolean;
  readonly node?: JournalNodeOptions;
}

/** What somebody outside has heard of a process: who, at which step of its life, with which digest. */
export interface Heard {
  readonly by: string;
  readonly k: number;
  readonly d: string;
}

/** A message from outside. */
export interface Told {
  readonly from: string;
  readonly to: string;
  readonly n: number;
  outcome: Outcome | undefined;
}

export class JournalWorld {
  readonly random: Random;
  readonly clock: SteppedClock;
  readonly disk: WorldDisk;
  readonly chronicles = new Chronicles();
  /** The latest life of each process of the journal. */
  readonly processes = new Map<string, Process>();
  readonly told: Told[] = [];
  readonly heard: Heard[] = [];
  /** Arguments of function calls by their key. */
  readonly invoked = new Map<string, string>();
  /** Ends that somebody has been told of, by pid. */
  readonly ends = new Map<string, number>();
  readonly luaSaid = new Map<string, LuaSaid>();
  readonly health: string[] = [];
  /** What was done to the node, for reading a failure. */
  readonly events: string[] = [];
  rolledBack = false;
  /** After a rollback: messages sent from then on obey every law again. */
  lawfulFrom = 0;
  /** Who has asked everybody at the end. */
  asking = "";
  /** There was an outage. */
  wasAway = false;
  node!: JournalNode;
  boots = 0;
  private crashed = false;
  private isFenced = false;
  /** No fault any more. */
  private isOver = false;
  private readonly manual: boolean;
  /** Of a hundred steps, what is done to the node. */
  private readonly shares: { readonly kills: number; readonly plans: number; readonly disasters: number };
  private readonly options: JournalWorldOptions;
  private readonly nodeOptions: JournalNodeOptions;
  private copies: FakeCopy[] = [];
  private calls: ((outcome: Outcome) => void)[] = [];
  private down = false;
  private said = 0;

  constructor(seed: number, options: JournalWorldOptions = {}) {
    this.random = new Random(seed);
    this.options = options;
    const hasDisasters = options.outages === true || options.rollbacks === true;
    this.shares = {
      kills: this.random.pick([0, 1, 4]),
      plans: this.random.pick([0, 1, 4]),
      disasters: hasDisasters ? this.random.pick([2, 6]) : 0,
    };
    this.clock = new SteppedClock(new Random(seed + 1_000_003));
    const mode = this.random.below(3);
    this.manual = mode === 1;
    const delayed = { clock: this.clock, delayMs: 1 + this.random.below(20) };
    this.disk = new WorldDisk(mode === 0 ? {} : { sync: this.manual ? "manual" : delayed });
    const citizens = { chronicles: this.chronicles, without: new Set(options.without) };
    this.nodeOptions = {
      clock: this.clock,
      behaviours: { "app:citizen": citizen(citizens), "app:brief": brief(citizens) },
      snapshotEvery: this.random.pick([1, 3, 10, 1000]),
      continueAt: this.random.pick([0, 12]),
      sliceInstructions: 700,
      maxSlices: 20,
      idleTimeoutMs: this.random.pick([0, 0, 20, 200]),
      record: (process, port) => {
        this.processes.set(process.pid.text, process);
        this.lifeBegins(process.pid);
        return silent(port);
      },
      ...options.node,
    };
  }

  async play(): Promise<void> {
    await this.boot();
    const steps = this.options.steps ?? 150;
    for (let i = 0; i < steps; i++) {
      if (this.crashed) await this.boot();
      await this.step();
    }
    await this.settle();
    this.isOver = true;
    if (this.rolledBack) await this.beginAnew();
    await this.ask();
    const before = new Map<string, readonly Chapter[]>();
    for (const { text } of this.storedPids()) {
      before.set(text, [...(this.chronicles.all.get(text)?.chapters ?? [])]);
    }
    this.kill(Number.POSITIVE_INFINITY);
    this.health.length = this.rolledBack ? 0 : this.health.length;
    await this.boot();
    await this.settle();
    await this.ask();
    this.replaysAreEqual(before);
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

  private storedPids(): Pid[] {
    return [...this.stored()].flatMap(([id, { state }]) =>
      (JSON.parse(state) as { end?: unknown }).end === undefined
        ? [parsePid(`{${hosts.journal}@${hosts.journal}|${id}}`)!]
        : [],
    );
  }

  /** Every process comes into memory, and says nothing. */
  async ask(): Promise<void> {
    const client = this.node.memory.openClient("test:asking");
    this.asking = client.pid.text;
    for (const pid of this.storedPids()) void client.send(pid, "query", null);
    await this.settle();
  }

  private replaysAreEqual(before: ReadonlyMap<string, readonly Chapter[]>): void {
    for (const [pid, chapters] of before) {
      const after = this.chronicles.all.get(pid)?.chapters ?? [];
      const at = chapters.findIndex(({ digest }, k) => after[k]?.digest !== digest);
      if (at >= 0 && process.env.DUMP) { for (const c of [chapters, after]) { console.log("=====", this.asking); for (const [k, x] of c.entries()) console.log(k, x.now, x.digest, JSON.stringify(x.event).slice(0, 400)); } console.log(this.health.slice(-12)); }
      if (at >= 0) throw new Error(`law broken: a replay gives what was: ${pid} at ${at} of ${chapters.length}`);
    }
  }

  /** Everything that is stored of a process. */
  stored(): ReadonlyMap<string, { readonly records: readonly string[]; readonly state: string }> {
    return this.disk.copy().content.processes;
  }

  kill(keep: number): void {
    this.crashed = true;
    this.isFenced = false;
    this.down = false;
    this.events.push(`kill keeping ${keep} of ${this.disk.unsynced}`);
    this.node.kill(keep);
  }

  /** A dead node may have gone on to the end of its step. */
  private forgetTheUnborn(): void {
    const { all } = this.chronicles;
    for (const [text, { pid }] of all) {
      if (pid.node === hosts.journal && !this.disk.born.has(pid.id)) all.delete(text);
    }
  }

  /** Until a node has come up without being killed in it. */
  async boot(): Promise<void> {
    for (;;) {
      this.crashed = false;
      this.boots++;
      this.calls = [];
      await this.tick();
      this.forgetTheUnborn();
      const node = this.newNode();
      this.node = node;
      let problem: unknown = "open";
      void node.journal.start().then((failure) => {
        problem = failure;
      });
      for (let i = 0; i < 20 && problem === "open" && !this.crashed; i++) await this.tick();
      if (this.crashed) continue;
      if (problem !== undefined) throw new Error(`law broken: the node does not start: ${JSON.stringify(problem)}`);
      node.system.attach(node.journal);
      node.journal.ready();
      if (this.crashed) continue;
      this.events.push(`boot ${node.system.node}`);
      return;
    }
  }

  async tick(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** After the last fault: until nothing is left to do. */
  async settle(): Promise<void> {
    if (this.down) this.disk.heal();
    this.down = false;
    for (let idle = 0, i = 0; idle < 3; i++) {
      if (i > 50_000) throw new Error("law broken: the world does not come to rest");
      if (this.isFenced) this.kill(0);
      if (this.crashed) await this.boot();
      await this.tick();
      if (this.manual && this.disk.unsynced > 0) this.disk.sync();
      const answered = this.calls.length > 0;
      this.answer(Number.POSITIVE_INFINITY);
      if (this.clock.step() || answered || this.clock.leap(60_000)) idle = 0;
      else idle++;
    }
  }

  private newNode(): JournalNode {
    const node = new JournalNode(this.disk, { "app:lua": luaCitizen }, this.nodeOptions, runtime);
    const invoke = (_caller: Pid, request: InvokeRequest, done: (outcome: Outcome) => void) => this.invoke(request, done);
    Object.assign(node.system, { invoke });
    node.system.events.on("health", ({ state, detail }) => this.health.push(`${state} ${detail ?? ""}`));
    node.system.events.on("log", ({ pid, record }) => {
      if (record.print) noteLua(this.luaSaid, pid.text, record.message);
    });
    // Another owner has the journal, so this node is of no use any more.
    node.system.events.on("fenced", () => {
      this.events.push("fenced");
      this.isFenced = true;
    });
    node.system.events.on("exit", ({ pid, entry, reason }) => { if (entry === "app:lua") ((this as any).luaExits ??= []).push(JSON.stringify(reason).slice(0, 200));
      if (pid.node === hosts.journal) this.ends.set(pid.text, (this.ends.get(pid.text) ?? 0) + 1);
    });
    return node;
  }

  private invoke({ key, args }: InvokeRequest, done: (outcome: Outcome) => void): () => void {
    const text = JSON.stringify(args);
    const before = this.invoked.get(key);
    if (before !== undefined && before !== text && !this.rolledBack) {
      throw new Error(`law broken: key ${key} has stood for ${before} and now for ${text}`);
    }
    this.invoked.set(key, text);
    this.heard.push(args[0] as unknown as Heard);
    const answer = (outcome: Outcome) => done(outcome);
    if (this.random.chance(0.3)) answer({ ok: true, value: "at once" });
    else this.calls.push(answer);
    return () => {
      this.calls = this.calls.filter((other) => other !== answer);
    };
  }

  private answer(count: number): void {
    for (const answer of this.calls.splice(0, count)) {
      const fails = this.random.chance(0.2);
      const error = { kind: "INTERNAL", message: "the job failed" };
      answer(fails ? { ok: false, error } : { ok: true, value: `late ${this.random.below(1000)}` });
    }
  }

  private async step(): Promise<void> {
    if (this.isFenced) this.kill(0);
    const { random, clock } = this;
    const { kills, plans, disasters } = this.shares;
    const dice = random.below(100) - kills - plans - disasters;
    if (dice < -plans - disasters) this.kill(random.pick([0, Number.POSITIVE_INFINITY, random.below(4)]));
    else if (dice < -disasters) this.plan();
    else if (dice < 0) this.disaster();
    else if (dice < 12) this.intrude();
    else if (dice < 22) this.say();
    else if (dice < 60) for (let i = 1 + random.below(4); i > 0; i--) clock.step();
    else if (dice < 72) clock.leap(random.below(100));
    else if (dice < 75) clock.pass(random.below(100));
    else if (dice < 83) this.answer(1 + random.below(2));
    else if (this.manual) this.disk.sync();
    if (random.chance(0.8)) await this.tick();
  }

  /** A process from outside. */
  private intrude(): void {
    const { random } = this;
    const host = random.chance(0.75) ? hosts.journal : hosts.memory;
    const peers = this.somebody(2).map((pid) => pid.text);
    const args = [{ seed: random.below(2 ** 31), fuel: 4 + random.below(20), peers }];
    const options = random.chance(0.2) ? { name: random.pick(names) } : {};
    const entry = this.options.lua === true && random.chance(0.4) ? "app:lua" : "app:citizen";
    this.node.client.start((self) => self.spawn(entry, host, args, options), (o) => { if (!o.ok && process.env.STAT) console.log(JSON.stringify(o)); });
  }

  private say(): void {
    const [to] = this.somebody(1);
    if (to === undefined) return;
    const { client } = this.node;
    const told: Told = { from: client.pid.text, to: to.text, n: ++this.said, outcome: undefined };
    this.told.push(told);
    const payload = { n: told.n, fuel: this.random.below(8) };
    if (this.random.chance(0.2)) {
      client.start(
        (self) => self.call(to, "n", [payload], 100 + this.random.below(1000)),
        (outcome) => this.replied(outcome),
      );
      return;
    }
    void client.send(to, "n", payload).then((outcome) => {
      told.outcome = outcome;
    });
  }

  private replied(outcome: Outcome): void {
    if (outcome.ok) this.heard.push(outcome.value as unknown as Heard);
  }

  private somebody(count: number): Pid[] {
    const all = [...this.chronicles.all.keys(), ...this.luaSaid.keys()];
    return Array.from({ length: all.length === 0 ? 0 : count }, () => parsePid(this.random.pick(all))!);
  }

  private plan(): void {
    const points: FakePoint[] = ["during claim", "before commit", "after commit before acknowledge", "during read"];
    const keep = this.random.pick([0, Number.POSITIVE_INFINITY]);
    const point = this.random.pick(points);
    this.events.push(`plan a kill ${point}`);
    this.disk.plan(
      point,
      () => {
        if (this.isOver) return;
        this.events.push(point);
        this.kill(keep);
      },
      this.random.below(4),
    );
  }

  private disaster(): void {
    const { random, disk, options } = this;
    if (this.crashed) return;
    if (options.outages === true && random.chance(0.6)) {
      if (this.down) disk.heal();
      else disk.fail();
      this.wasAway = true;
      this.down = !this.down;
      this.events.push(this.down ? "outage" : "healed");
    } else if (options.rollbacks === true && !this.down) this.rollBack();
    else this.clock.leap(1000);
  }

  private rollBack(): void {
    const { random, disk } = this;
    if (this.copies.length === 0 || random.chance(0.4)) {
      this.copies.push(disk.copy());
      return;
    }
    this.rolledBack = true;
    if (random.chance(0.2)) {
      this.events.push("usurp");
      disk.usurp();
      return;
    }
    const silent = random.chance(0.5);
    this.events.push(`rollback${silent ? ", silent" : ""}`);
    disk.restore(random.pick(this.copies), { silent });
  }

  /** A process comes into memory: from the state that its journal begins with. */
  private lifeBegins(pid: Pid): void {
    const [first] = this.disk.records(pid.id);
    const base = first === undefined ? undefined : (JSON.parse(first) as StoredBase);
    const k = base?.from?.state?.state.k ?? base?.from?.upgrade?.args[0]?.k ?? 0;
    this.chronicles.cut(pid.text, k);
    if (this.ends.has(pid.text) && !this.rolledBack) {
      throw new Error(`law broken: ${pid.text} lives again after its end was told`);
    }
  }
}

interface StoredBase {
  readonly from?: {
    readonly state?: { readonly state: { readonly k: number } };
    readonly upgrade?: { readonly args: readonly { readonly k: number }[] };
  };
}

function silent(port: Tape["port"]): Tape {
  return { port, input: () => {}, become: () => {}, slice: () => {} };
}
