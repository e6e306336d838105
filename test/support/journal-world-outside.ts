/** Everybody outside of the processes of a journal world: the client of the node, and whoever does the jobs that functions stand for. */
import type { InvokeRequest, Outcome } from "../../actors/index.js";
import { type Pid, parsePid } from "../../mailbox/index.js";
import { type Heard, hosts } from "./journal-chronicle.js";
import { names } from "./journal-citizen.js";
import type { JournalNode } from "./journal-node.js";
import type { Random } from "./random.js";

/** A message from outside. */
export interface Told {
  readonly from: string;
  readonly to: string;
  readonly n: number;
  outcome: Outcome | undefined;
}

export class Outside {
  readonly told: Told[] = [];
  readonly heard: Heard[] = [];
  /** Laws that were seen broken where nobody hears a throw. */
  readonly broken: string[] = [];
  private readonly random: Random;
  private readonly hasLua: boolean;
  /** Arguments of jobs by their key. */
  private readonly asked = new Map<string, string>();
  private jobs: ((outcome: Outcome) => void)[] = [];
  private said = 0;

  constructor(random: Random, hasLua: boolean) {
    this.random = random;
    this.hasLua = hasLua;
  }

  /** The node is dead: nobody waits for answers any more. */
  forget(): void {
    this.jobs = [];
  }

  get hasJobs(): boolean {
    return this.jobs.length > 0;
  }

  invoke({ key, args }: InvokeRequest, done: (outcome: Outcome) => void): () => void {
    const text = JSON.stringify(args);
    const before = this.asked.get(key) ?? text;
    if (before !== text) this.broken.push(`key ${key} has stood for ${before} and now for ${text}`);
    this.asked.set(key, text);
    this.heard.push(args[0] as unknown as Heard);
    const answer = (outcome: Outcome) => done(outcome);
    if (this.random.chance(0.3)) answer({ ok: true, value: "at once" });
    else this.jobs.push(answer);
    return () => {
      this.jobs = this.jobs.filter((other) => other !== answer);
    };
  }

  answer(count: number): void {
    for (const answer of this.jobs.splice(0, count)) {
      const fails = this.random.chance(0.2);
      const error = { kind: "INTERNAL", message: "the job failed" };
      answer(fails ? { ok: false, error } : { ok: true, value: `late ${this.random.below(1000)}` });
    }
  }

  /** Start a process that knows some of these. */
  intrude(node: JournalNode, all: readonly string[]): void {
    const { random } = this;
    const host = random.chance(0.75) ? hosts.journal : hosts.memory;
    const peers = all.length === 0 ? [] : [random.pick(all), random.pick(all)];
    const args = [{ seed: random.below(2 ** 31), fuel: 4 + random.below(20), peers }];
    const options = random.chance(0.2) ? { name: random.pick(names) } : {};
    const entry = this.hasLua && random.chance(0.4) ? "app:lua" : "app:citizen";
    void node.client.spawn(entry, host, args, options);
  }

  /** Send to one of these, or call it. */
  say(node: JournalNode, all: readonly string[]): void {
    if (all.length === 0) return;
    const { random } = this;
    const { client } = node;
    const to: Pid = parsePid(random.pick(all))!;
    const told: Told = { from: client.pid.text, to: to.text, n: ++this.said, outcome: undefined };
    this.told.push(told);
    const payload = { n: told.n, fuel: random.below(8) };
    if (random.chance(0.2)) {
      void client.call(to, "n", payload, 100 + random.below(1000)).then((outcome) => {
        if (outcome.ok) this.heard.push(outcome.value as unknown as Heard);
      });
      return;
    }
    void client.send(to, "n", payload).then((outcome) => {
      told.outcome = outcome;
    });
  }
}
