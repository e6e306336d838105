/** The commits of one claim: in order, repeated until answered, ended together when it is void. Claiming is in journal.ts. */
import type { Commit, CommitResult, Superseded } from "../journal.js";
import { commitArguments } from "./arguments.js";
import { type Claim, isOwned, judge } from "./claim.js";
import { type Link, openLink, type RedisCommand } from "./connection.js";
import type { HealthReport } from "./health.js";
import { type Meta, readMeta } from "./image.js";
import { Refusal, refusalOf } from "./refusal.js";
import { sameServer } from "./server.js";
import type { Target } from "./target.js";
import { Backoff, pause } from "./waiting.js";

/** Commits under way at most; more wait here, so that a lost connection leaves little to repeat. */
const window = 64;

/** `close` waits so long for the answers to what it cannot take back, whatever its grace. */
const lastAnswersMs = 1_000;

export interface Surroundings {
  readonly target: Target;
  readonly health: HealthReport;
  /** Called once when the claim is void, not for `closed`. */
  lost(why: Superseded, detail: string): void;
}

interface Waiting {
  readonly number: number;
  readonly command: RedisCommand;
  answer(result: CommitResult): void;
}

type Ending = Extract<CommitResult, { kind: "superseded" }>;

export class CommitLine {
  readonly claim: Claim;
  readonly #around: Surroundings;
  readonly #backoff = new Backoff();
  readonly #over = new AbortController();
  /** The first `#sent` of them are under way on `#link`. */
  readonly #queue: Waiting[] = [];
  #sent = 0;
  /** Number of the last commit answered, and of the last taken. */
  #head: number;
  #taken: number;
  #link: Link | undefined;
  #ending: Ending | undefined;
  #flushing = false;
  readonly #probe: NodeJS.Timeout;
  #whenIdle: (() => void)[] = [];

  constructor(claim: Claim, link: Link, around: Surroundings) {
    this.claim = claim;
    this.#around = around;
    this.#head = claim.head;
    this.#taken = claim.head;
    this.#probe = setInterval(() => void this.#look(), around.target.commandTimeoutMs).unref();
    this.#adopt(link);
  }

  /** Why it takes no more commits; undefined while it does. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  commit(commit: Commit): Promise<CommitResult> {
    if (this.#ending === undefined && commit.number !== this.#taken + 1) {
      this.end("rolled_back", `commit ${commit.number} was handed over after commit ${this.#taken}`);
    }
    if (this.#ending !== undefined) return Promise.resolve(this.#ending);
    this.#taken = commit.number;
    const command: RedisCommand = ["evalsha", commitArguments(commit, this.claim)];
    return new Promise((answer) => {
      this.#queue.push({ number: commit.number, command, answer });
      this.#flushSoon();
    });
  }

  /** Waits for answers, then ends the line. What was sent and has no answer by then may have been written: the next claim shows it. */
  async close(graceMs: number, detail: string): Promise<void> {
    await this.#idle(graceMs);
    const unsent = this.#queue.splice(this.#sent);
    for (const { answer } of unsent) answer({ kind: "superseded", why: "closed", detail });
    if (this.#sent > 0) await this.#idle(lastAnswersMs);
    this.end("closed", detail);
  }

  /** Resolves when every commit taken so far has its answer, or after `limitMs`. */
  async #idle(limitMs: number): Promise<void> {
    if (this.#queue.length === 0) return;
    const settled = new AbortController();
    this.#whenIdle.push(() => settled.abort());
    await pause(limitMs, settled.signal);
  }

  /** All commits that wait are superseded, also those under way. */
  end(why: Superseded, detail: string): void {
    if (this.#ending !== undefined) return;
    this.#ending = { kind: "superseded", why, detail };
    clearInterval(this.#probe);
    this.#over.abort();
    this.#link?.end();
    this.#link = undefined;
    for (const { answer } of this.#queue.splice(0)) answer(this.#ending);
    this.#settleIdle();
    if (why !== "closed") this.#around.lost(why, detail);
  }

  /** Once per turn of the event loop's microtasks, so that commits handed over together leave in one write. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const link = this.#link;
    const replicas = this.#around.target.wait;
    if (link === undefined || (replicas > 0 && this.#sent > 0)) return;
    const batch = this.#queue.slice(this.#sent, window);
    if (batch.length === 0) return;
    this.#sent += batch.length;
    const answers = link.sendAll(batch.map(({ command }) => command));
    if (replicas > 0) void this.#settleWithReplicas(link, answers);
    else for (const answer of answers) void answer.then(...this.#handlers(link));
  }

  #handlers(link: Link): [(answer: unknown) => void, (error: unknown) => void] {
    return [(answer) => this.#answered(link, answer), (error) => this.#failed(link, refusalOf(error))];
  }

  /** WAIT holds back what follows on its connection, so it is sent once per batch, and again until enough replicas have all of it. */
  async #settleWithReplicas(link: Link, answers: readonly Promise<unknown>[]): Promise<void> {
    const { wait, commandTimeoutMs } = this.#around.target;
    const waitMs = String(Math.max(1, Math.min(1_000, Math.floor(commandTimeoutMs / 2))));
    try {
      const written = await Promise.all(answers);
      if (!written.some(isMismatch)) {
        while (link === this.#link && Number(await link.send(["wait", [String(wait), waitMs]])) < wait) {
          this.#around.health.refused(
            new Refusal("too_few_replicas", `fewer than ${wait} replicas have the last commits`),
          );
        }
      }
      for (const answer of written) this.#answered(link, answer);
    } catch (error) {
      this.#failed(link, refusalOf(error));
    }
  }

  /** Answers come in the order of the commits. After a refusal the link is another, and the rest of its answers mean nothing. */
  #answered(link: Link, answer: unknown): void {
    if (link !== this.#link) return;
    if (isMismatch(answer)) {
      const [epoch = "", owner = "", head = "", broken = ""] = answer;
      return this.#mismatch({ epoch, owner, head, broken });
    }
    const done = this.#queue.shift();
    if (done === undefined) return;
    this.#sent -= 1;
    this.#head = done.number;
    this.#backoff.reset();
    this.#around.health.works();
    done.answer({ kind: "committed" });
    if (this.#queue.length > this.#sent) this.#flushSoon();
    if (this.#queue.length === 0) this.#settleIdle();
  }

  #settleIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Also for what a command says while the connection still works: a new one starts with nothing under way. */
  #failed(link: Link, refusal: Refusal): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#sent = 0;
    link.end();
    void this.#relink(refusal);
  }

  async #relink(first: Refusal): Promise<void> {
    const { signal } = this.#over;
    let refusal = first;
    while (!signal.aborted) {
      // Scripts that someone flushed are loaded with the next connection: no state to report.
      if (refusal.state !== "script_missing") this.#around.health.refused(refusal);
      await pause(this.#backoff.next(), signal);
      if (signal.aborted) return;
      let link: Link | undefined;
      try {
        link = await openLink(this.#around.target, signal);
        if (await this.#isStillOurs(link)) this.#adopt(link);
        else link.end();
        return;
      } catch (error) {
        link?.end();
        refusal = refusalOf(error);
      }
    }
  }

  #adopt(link: Link): void {
    if (this.#ending !== undefined) return link.end();
    this.#link = link;
    void link.ended.then((refusal) => this.#failed(link, refusal));
    // With commits waiting only their answers show that the server takes writes.
    if (this.#queue.length > 0) return this.#flush();
    this.#backoff.reset();
    this.#around.health.works(link.server.warnings);
  }

  /** Whether the journal behind this connection is what this claim wrote last; ends the line when it is not. */
  async #isStillOurs(link: Link): Promise<boolean> {
    // Answers may overtake this one within the client: what counts is what was answered before it was asked.
    const least = this.#head;
    const meta = await readMeta(link, this.claim.keys);
    const head = Number(meta.head);
    if (isOwned(meta, this.claim) && head >= least && head <= this.#taken) {
      if (sameServer(link.server, this.claim.server)) return true;
      this.end("rolled_back", `${this.#around.target.address} was restarted or replaced since the claim`);
    } else this.#mismatch(meta);
    return false;
  }

  #mismatch(found: Meta): void {
    const { why, detail } = judge(found, this.claim, this.#head);
    this.end(why, `${this.#around.target.address} ${detail}`);
  }

  /** While nothing else shows it: a connection that is dead without a word, another owner, an emptied database. */
  async #look(): Promise<void> {
    const link = this.#link;
    if (link === undefined || this.#queue.length > 0) return;
    try {
      await this.#isStillOurs(link);
    } catch (error) {
      this.#failed(link, refusalOf(error));
    }
  }
}

/** commands/commit.lua answers 1, or what it found. */
function isMismatch(answer: unknown): answer is readonly string[] {
  return Array.isArray(answer);
}
