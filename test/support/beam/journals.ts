/** Scripts on one node whose hosts keep what their processes took, in real time; several hosts in one script, when there are several. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { behaviourProgram, bootId, createSystem, isBootId, type System } from "../../../actors/index.js";
import { behaviourPrograms, type Journal, type JournalEvents, JournalHost } from "../../../durability/journal/index.js";
import { openLmdbJournal } from "../../../durability/journal/lmdb/index.js";
import { openRedisJournal } from "../../../durability/journal/redis/index.js";
import { MemoryHost, type Recorder, realClock, Scheduler } from "../../../durability/memory/index.js";
import { failure } from "../../../mailbox/index.js";
import { citizen, type Witness } from "./citizen.js";
import { type Difference, Play } from "./ours.js";
import { differenceInTime, type Stage, startRoot } from "./real-time.js";
import type { PlayedScript } from "./search.js";

export type Tier = "memory" | "lmdb" | "redis";

const entry = "t:citizen";

export class JournalStage implements Stage {
  readonly system: System;
  private readonly places: readonly string[];
  readonly how: string;
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

  /** Roots are on every host by turns. */
  difference(played: PlayedScript): Promise<Difference | undefined> {
    this.play = new Play(this.system);
    return differenceInTime(this.play, played, this);
  }

  same(fact: string): string {
    return fact;
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

  async root(number: number): Promise<void> {
    await startRoot(this.system, entry, this.places[number % this.places.length]!);
  }

  /** Everybody has another turn. */
  look(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
