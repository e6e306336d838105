/** Kill -9 in a loop: lives of the victim on one journal after another, each journal judged after its last life. */
import { setTimeout as pause } from "node:timers/promises";
import {
  type DumpOfReceiver,
  type DumpOfSecond,
  type KillPlan,
  type KillPoint,
  killPoints,
  Life,
  type VictimPlace,
} from "./journal-victim-life.js";
import { beginLife, makeSenders, type Sender } from "./journal-victim-senders.js";
import { verdict } from "./journal-victim-verdict.js";
import type { Random } from "./random.js";

export interface KillReport {
  kills: number;
  messages: number;
  /** How often it died where; `random` is a kill from outside. */
  readonly points: Map<KillPoint | "random", number>;
  readonly problems: string[];
}

export interface KillLoopOptions {
  readonly random: Random;
  readonly kills: number;
  readonly killsPerJournal: number;
  /** A new journal, empty. */
  readonly place: (round: number) => VictimPlace;
  /** Called after each journal. */
  readonly progress?: (report: KillReport) => void;
}

const senderCount = 20;
/** No life takes longer; a machine under load is slow. */
const lifeLimitMs = 30_000;

/** Stops at the first journal with something wrong. */
export async function killLoop({
  random,
  kills,
  killsPerJournal,
  place,
  progress,
}: KillLoopOptions): Promise<KillReport> {
  const report: KillReport = { kills: 0, messages: 0, points: new Map(), problems: [] };
  const plans = new Plans(random);
  for (let round = 0; report.kills < kills && report.problems.length === 0; round++) {
    const journal = new KilledJournal(place(round), random, report);
    const last = Math.min(kills, report.kills + killsPerJournal);
    while (report.kills < last && report.problems.length === 0) await journal.liveAndDie(plans.next());
    if (report.problems.length === 0) await journal.judge();
    if (report.problems.length > 0) report.problems.push(`the journal was ${JSON.stringify(journal.place)}`);
    progress?.(report);
  }
  return report;
}

/** Each named point in turn, in a new order each time, and between them kills from outside. */
class Plans {
  private readonly random: Random;
  private waiting: (KillPlan | undefined)[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  /** Undefined: from outside. */
  next(): KillPlan | undefined {
    if (this.waiting.length === 0) {
      const { random } = this;
      const points = [...killPoints, undefined, undefined, undefined];
      while (points.length > 0) {
        const [at] = points.splice(random.below(points.length), 1);
        this.waiting.push(at === undefined ? undefined : { at, n: timesOf(at, random) });
      }
    }
    return this.waiting.pop();
  }
}

function timesOf(at: KillPoint, random: Random): number {
  if (at === "before-claim" || at === "after-claim" || at === "before-replay") return 1;
  if (at === "replay") return 1 + random.below(60);
  return 1 + random.below(at.startsWith("timer") ? 4 : 20);
}

class KilledJournal {
  readonly place: VictimPlace;
  private readonly random: Random;
  private readonly report: KillReport;
  private readonly senders: readonly Sender[] = makeSenders(senderCount);
  private readonly handled: string[] = [];
  private readonly executed: string[] = [];
  private bootMs = 300;

  constructor(place: VictimPlace, random: Random, report: KillReport) {
    this.place = place;
    this.random = random;
    this.report = report;
  }

  async liveAndDie(plan: KillPlan | undefined): Promise<void> {
    const { random, report } = this;
    const life = new Life(this.place, plan);
    // Also while it starts and reads its journal.
    const alarm = pause(plan === undefined ? this.bootMs * 0.5 + random.below(this.bootMs * 1.2) : lifeLimitMs);
    const fed = this.feed(life);
    await Promise.race([alarm, life.ended, fed]);
    if (!life.hasEnded) await life.kill();
    await life.ended;
    this.note(life);
    report.kills++;
    const point = life.killedAt ?? "random";
    report.points.set(point, (report.points.get(point) ?? 0) + 1);
  }

  /** Until everything is acknowledged, and nothing more can come of it. */
  private async feed(life: Life): Promise<void> {
    if (!(await life.isReady)) return;
    this.bootMs = (this.bootMs + performance.now() - life.startedAt) / 2;
    beginLife(this.senders, life, this.random);
    while (!life.hasEnded && !this.senders.every((sender) => sender.isDone)) await pause(5);
    await pause(60);
  }

  async judge(): Promise<void> {
    const dump = await this.lastLife();
    const again = dump && (await this.lastLife());
    if (dump === undefined || again === undefined) {
      this.report.problems.push("no dump");
      return;
    }
    const [receiver, second] = again;
    const { senders, handled, executed, report } = this;
    report.messages += receiver.handled.length;
    if (JSON.stringify(dump[0].handled) !== JSON.stringify(receiver.handled)) report.problems.push("the dumps differ");
    if (second.ticks.length <= dump[1].ticks.length) report.problems.push("the ticker has stopped");
    report.problems.push(...verdict(senders, { handled, executed }, receiver, second));
  }

  /** One that is not killed: asked when its timers have fired, and closed. */
  private async lastLife(): Promise<Dump | undefined> {
    const life = new Life(this.place);
    if (!(await life.isReady)) {
      this.note(life);
      return undefined;
    }
    let dump = await life.dump();
    const ticksBefore = dump?.[1].ticks.length ?? 0;
    const until = performance.now() + lifeLimitMs;
    while (dump !== undefined && performance.now() < until && !isSettled(dump, ticksBefore)) {
      await pause(20);
      dump = await life.dump();
    }
    await life.stop();
    this.note(life);
    return dump;
  }

  private note(life: Life): void {
    for (const [word, rest] of life.printed) (word === "handled" ? this.handled : this.executed).push(rest);
    this.report.problems.push(...life.complaints);
  }
}

type Dump = readonly [DumpOfReceiver, DumpOfSecond];

/** What was forwarded has arrived, every timer has fired, and the ticker ticks. */
function isSettled([{ handled }, { seen, armed, fired, ticks }]: Dump, ticksBefore: number): boolean {
  return seen.length >= handled.length && fired.length >= armed.length && ticks.length > ticksBefore + 1;
}
