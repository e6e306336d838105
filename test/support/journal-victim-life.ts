/** One life of the victim (journal-victim.mjs) as its parent sees it: a child process, what it said, and how it died. Checks nothing. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export type VictimPlace = {
  readonly name: string;
  readonly idleTimeoutMs: number;
  readonly continueAt: number;
  /** The second process lives in a journal of its own. */
  readonly isSplit: boolean;
} & ({ readonly driver: "redis"; readonly url: string } | { readonly driver: "lmdb"; readonly path: string });

/** Where the victim kills itself, and the how-manieth time. */
export const killPoints = [
  "before-claim",
  "after-claim",
  "before-commit",
  "during-commit",
  "after-commit",
  "before-replay",
  "replay",
  "timer-fired",
  "timer-before-commit",
  "timer-after-commit",
] as const;
export type KillPoint = (typeof killPoints)[number];

export interface KillPlan {
  readonly at: KillPoint;
  readonly n: number;
}

export interface DumpOfReceiver {
  readonly handled: readonly string[];
  readonly upgrades: number;
}

export interface DumpOfSecond {
  readonly seen: readonly string[];
  readonly ticks: readonly number[];
  readonly armed: readonly string[];
  readonly fired: readonly string[];
  readonly started: number;
  readonly period: number;
  readonly delay: number;
}

const program = fileURLToPath(new URL("journal-victim.mjs", import.meta.url));

export class Life {
  /** What it acknowledged, in order: sender and number. */
  readonly acknowledged: (readonly [sender: number, number: number])[] = [];
  /** What its programs printed: a word and the rest. */
  readonly printed: (readonly [word: string, rest: string])[] = [];
  /** Everything that should not have been said. */
  readonly complaints: string[] = [];
  readonly ended: Promise<void>;
  readonly isReady: Promise<boolean>;
  readonly startedAt = performance.now();
  /** The point at which it killed itself. */
  killedAt: KillPoint | undefined;
  onAcknowledged: (sender: number, number: number) => void = () => {};
  private readonly child: ChildProcess;
  private readonly dumps: ((dump: readonly [DumpOfReceiver, DumpOfSecond]) => void)[] = [];
  private ready: (isReady: boolean) => void = () => {};

  constructor(place: VictimPlace, plan?: KillPlan) {
    const env: NodeJS.ProcessEnv = { ...process.env };
    if (plan !== undefined) env.JOURNAL_VICTIM_KILL = JSON.stringify(plan);
    const child = spawn(process.execPath, [program, JSON.stringify(place)], { env, stdio: "pipe" });
    this.child = child;
    // It may die while it is written to.
    child.stdin.on("error", () => undefined);
    child.stderr.on("data", (text) => this.complaints.push(String(text)));
    createInterface({ input: child.stdout }).on("line", (line) => this.said(line));
    const killNow = (): void => void child.kill("SIGKILL");
    process.once("exit", killNow);
    this.isReady = new Promise((resolve) => {
      this.ready = resolve;
    });
    this.ended = once(child, "close").then(() => {
      process.off("exit", killNow);
      this.ready(false);
    });
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  send(sender: number, number: number): void {
    this.tell(`send ${sender} ${number}`);
  }

  /** Undefined when it dies first. */
  async dump(): Promise<readonly [DumpOfReceiver, DumpOfSecond] | undefined> {
    const answer = new Promise<readonly [DumpOfReceiver, DumpOfSecond]>((resolve) => this.dumps.push(resolve));
    this.tell("dump");
    return Promise.race([answer, this.ended.then(() => undefined)]);
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  async stop(): Promise<void> {
    this.tell("stop");
    await this.ended;
    if (this.child.exitCode !== 0) this.complaints.push(`ended with ${this.child.exitCode ?? this.child.signalCode}`);
  }

  private tell(line: string): void {
    if (this.child.stdin?.writable) this.child.stdin.write(`${line}\n`);
  }

  private said(line: string): void {
    const [word = "", ...rest] = line.split(" ");
    switch (word) {
      case "ready":
        return this.ready(true);
      case "ack": {
        const [sender, number] = rest.map(Number);
        this.acknowledged.push([sender!, number!]);
        return this.onAcknowledged(sender!, number!);
      }
      case "handled":
      case "executed":
        return void this.printed.push([word, rest.join(" ")]);
      case "killed":
        this.killedAt = rest[0] as KillPoint;
        return;
      case "dump":
        return this.dumped(JSON.parse(rest.join(" ")));
      case "health":
        if (!/^health \S+ up\b/.test(line)) this.complaints.push(line);
        return;
      case "stopped":
        return;
      case "log":
        // The second process stays as it is, however long its journal gets.
        if (!line.includes("on_continue is not set")) this.complaints.push(line);
        return;
      case "exit":
        // The node's own clients end with it.
        if (/^exit app:/.test(line)) this.complaints.push(line);
        return;
      default:
        this.complaints.push(line);
    }
  }

  private dumped(outcomes: readonly [{ readonly ok: boolean }, { readonly ok: boolean }]): void {
    const [received, second] = outcomes as unknown as [{ value: DumpOfReceiver }, { value: DumpOfSecond }];
    const resolve = this.dumps.shift();
    if (outcomes.every(({ ok }) => ok)) return resolve?.([received.value, second.value]);
    this.complaints.push(...outcomes.flatMap((outcome) => (outcome.ok ? [] : [`dump ${JSON.stringify(outcome)}`])));
    void this.kill();
  }
}
