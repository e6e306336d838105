/** Scripts on one node whose hosts keep what their processes took, in real time; several hosts in one script, when there are several. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  answerSpawn,
  behaviourProgram,
  bootId,
  createSystem,
  isBootId,
  type SpawnResult,
  type System,
  spawnSpec,
  systemPid,
} from "../../../actors/index.js";
import { behaviourPrograms, type Journal, type JournalEvents, JournalHost } from "../../../durability/journal/index.js";
import { openLmdbJournal } from "../../../durability/journal/lmdb/index.js";
import { openRedisJournal } from "../../../durability/journal/redis/index.js";
import { MemoryHost, type Recorder, realClock, Scheduler } from "../../../durability/memory/index.js";
import { failure } from "../../../mailbox/index.js";
import { citizen, type Witness } from "./citizen.js";
import { type Difference, Play } from "./ours.js";
import type { PlayedScript } from "./search.js";

export type Tier = "memory" | "lmdb" | "redis";

const entry = "t:citizen";
/** A step that does not come to what Erlang saw within this time never will. */
const patienceMs = 5000;

export class JournalStage {
  readonly system: System;
  private readonly places: readonly string[];
  private readonly how: string;
  private readonly scheduler: Scheduler;
  private readonly folder = mkdtempSync(join(tmpdir(), "perdure-beam-"));
  private play!: Play;
  private readonly record: Recorder = (process, port) => this.play.record(process, port);

  private constructor(tiers: readonly Tier[]) {
    const clock = realClock();
    this.how = tiers.join(" and ");
    this.places = tiers.map((tier) => `test:${tier}`);
    const { behaviour } = this;
    this.system = createSystem({
      node: bootId(randomBytes(6).toString("hex")),
      clock,
      load: (what) => (what.entry === entry ? behaviourProgram(behaviour) : failure("NOT_FOUND", "factory not found")),
      invoke: () => () => {},
      randomBytes: (count) => randomBytes(count),
    });
    this.scheduler = new Scheduler(clock);
  }

  static async open(tiers: readonly Tier[], redisUrl = ""): Promise<JournalStage> {
    const stage = new JournalStage(tiers);
    const name = `beam-${randomBytes(6).toString("hex")}`;
    for (const tier of tiers) {
      if (tier === "memory") stage.openMemory();
      else if (tier === "redis")
        await stage.openJournal(tier, (events) => openRedisJournal({ url: redisUrl, name, events }));
      else
        await stage.openJournal(tier, (events) => openLmdbJournal({ path: join(stage.folder, "journal.mdb"), events }));
    }
    return stage;
  }

  async close(): Promise<void> {
    await this.system.close(1000);
    rmSync(this.folder, { recursive: true });
  }

  /** Where we first differ from what Erlang did. Roots are on every host by turns. */
  async difference({ script, steps }: PlayedScript): Promise<Difference | undefined> {
    this.play = new Play(this.system);
    for (let i = 0; i < script.roots; i++) await this.root(i);
    try {
      for (const [number, step] of steps.entries()) {
        if (step === undefined) continue;
        await this.play.begin(step, true);
        if (step.settle.length > 0) {
          await this.until(() => this.play.hasCrossed(step));
          await this.play.settle(step);
        }
        const wanted = step.facts.join();
        const isSame = await this.until(() => this.play.facts().join() === wanted);
        if (!isSame) return { how: this.how, step: number, erlang: step.facts, ours: this.play.facts() };
      }
      return undefined;
    } finally {
      this.play.killAll();
      await this.until(() => this.play.isOver);
    }
  }

  /** The one whose turn it is sees and notes; a behaviour is made once. */
  private get behaviour(): ReturnType<typeof citizen> {
    const witness: Witness = {
      born: (pid) => this.play.born(pid),
      result: (pid, act, result) => this.play.result(pid, act, result),
      got: (pid, from, item, ended) => this.play.got(pid, from, item, ended),
      namesOf: (pid) => this.play.namesOf(pid),
    };
    return citizen(witness, entry, this.places);
  }

  private openMemory(): void {
    const { system, scheduler, record } = this;
    system.attach(new MemoryHost({ id: "test:memory", system, scheduler, record }));
  }

  private async openJournal(tier: Tier, open: (events: JournalEvents) => Promise<Journal>): Promise<void> {
    const { system, scheduler, record } = this;
    const id = `test:${tier}`;
    const programs = behaviourPrograms({ [entry]: this.behaviour });
    const bounds = { maxProcesses: 0, maxSlices: 2000, idleTimeoutMs: 0, continueAt: 0, snapshotEvery: 100 };
    const rest = { catchUp: "one", retentionMs: 60_000, isEphemeral: isBootId } as const;
    const host = new JournalHost({
      id,
      system,
      scheduler,
      journalName: id,
      open,
      programs,
      record,
      ...bounds,
      ...rest,
    });
    const problem = await host.start();
    if (problem !== undefined) throw new Error(problem.message);
    system.attach(host);
    host.ready();
  }

  private async root(number: number): Promise<void> {
    const host = this.places[number % this.places.length]!;
    const spec = spawnSpec(systemPid("driver"), randomBytes(8).toString("hex"), 1, { entry, host });
    const result = await new Promise<SpawnResult>((resolve) => {
      answerSpawn(() => this.system.router.host(host)!.spawn(spec), resolve);
    });
    if (!result.ok) throw new Error(result.error.message);
  }

  /** True once it holds and still does after everybody had another turn; false when that takes too long. */
  private async until(holds: () => boolean): Promise<boolean> {
    const end = Date.now() + patienceMs;
    for (let times = 0; times < 2; times = holds() ? times + 1 : 0) {
      if (Date.now() > end) return false;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return true;
  }
}
