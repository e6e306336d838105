/**
 * A Journal in memory over a disk that tests control: what is not synced can be lost, and faults happen at named points. No real time.
 *
 * ```ts
 * const disk = new FakeDisk({ sync: "manual" });
 * const journal = disk.open(events);
 * await journal.claim();
 * const answer = journal.commit(commit); // in the volatile tail
 * disk.crash(); // gone; `answer` never settles, as after a kill -9
 * const next = disk.open(events); // the node started again
 * ```
 */
import type { Clock } from "../../actors/index.js";
import { JournalError, type JournalEvents, type JournalImage } from "../../durability/journal/journal.js";
import { apply, type Claim, type Content, clone, FakeJournal, type Pending } from "./fake-driver.js";

export type FakePoint = "during claim" | "before commit" | "after commit before acknowledge" | "during read";

/** `crash` as by `FakeDisk.crash()`, `fail` as by `FakeDisk.fail()`, or what the test says. */
export type FakeFault = "crash" | "fail" | (() => void);

export interface FakeDiskOptions {
  /** When commits become durable. `microtask` (the default): soon; `manual`: by `sync()`; or after a delay of a virtual clock. */
  readonly sync?: "microtask" | "manual" | { readonly clock: Clock; readonly delayMs: number };
}

export interface FakeCopy {
  readonly content: Content;
}

export class FakeDisk {
  /** How often something was made durable, and how many commits were. */
  syncs = 0;
  commits = 0;
  private readonly mode: NonNullable<FakeDiskOptions["sync"]>;
  private content: Content = { epoch: 0, owner: undefined, head: 0, processes: new Map(), sources: new Map() };
  /** Handed over, not yet written: only during an outage. */
  private waiting: Pending[] = [];
  /** Written, not yet durable. */
  private tail: Pending[] = [];
  /** Durable, not yet answered: only during an outage. */
  private unanswered: Pending[] = [];
  private journals: FakeJournal[] = [];
  private plans: { readonly point: FakePoint; readonly fault: FakeFault; skip: number }[] = [];
  private outage: string | undefined;
  private syncDue = false;
  private crashes = 0;

  constructor(options: FakeDiskOptions = {}) {
    this.mode = options.sync ?? "microtask";
  }

  /** A driver instance, as of a node that has just started. */
  open(events: JournalEvents): FakeJournal {
    const journal = new FakeJournal(this, events);
    this.journals.push(journal);
    return journal;
  }

  /** Let this happen when the point is reached the next time, or `skip` times later. Each plan happens once. */
  plan(point: FakePoint, fault: FakeFault, skip = 0): void {
    this.plans.push({ point, fault, skip });
  }

  /** Commits written and not durable yet. */
  get unsynced(): number {
    return this.tail.length;
  }

  /** What a node started after a crash would find now. */
  records(id: string): readonly string[] {
    return [...(this.content.processes.get(id)?.records ?? [])];
  }

  state(id: string): string | undefined {
    return this.content.processes.get(id)?.state;
  }

  get head(): number {
    return this.content.head;
  }

  /** Make everything written durable, and answer it. */
  sync(): void {
    this.syncDue = false;
    if (this.tail.length > 0) this.syncs++;
    for (const pending of this.tail) apply(this.content, pending.commit);
    this.commits += this.tail.length;
    this.unanswered.push(...this.tail.splice(0));
    this.acknowledge();
  }

  /**
   * Every open instance is dead: its calls never settle and its events are silent. Of what was written and not synced the first
   * `keepUnsynced` commits survive: a kill -9 keeps all (`Infinity`), a power failure none or some.
   */
  crash(keepUnsynced = 0): void {
    for (const pending of this.tail.slice(0, keepUnsynced)) apply(this.content, pending.commit);
    this.crashes++;
    this.syncDue = false;
    this.outage = undefined;
    this.tail = [];
    this.waiting = [];
    this.unanswered = [];
    for (const journal of this.journals.splice(0)) journal.dead = true;
  }

  /** Until `heal`, commits wait, claims and reads are rejected, and every instance reports it. */
  fail(detail = "disconnected: by the test"): void {
    this.outage = detail;
    for (const journal of [...this.journals]) journal.report("down", detail);
  }

  heal(): void {
    if (this.outage === undefined) return;
    this.outage = undefined;
    for (const journal of [...this.journals]) journal.report("up", "up");
    this.acknowledge();
    this.pump();
  }

  copy(): FakeCopy {
    return { content: clone(this.content) };
  }

  /** Go back to a copy. The owner hears of it at once, or with `silent` by the answer to its next commit. */
  restore(copy: FakeCopy, options: { readonly silent?: boolean } = {}): void {
    this.content = clone(copy.content);
    this.waiting.unshift(...this.tail.splice(0));
    if (options.silent !== true) {
      for (const journal of [...this.journals]) journal.lose("rolled_back", "restored from an earlier copy");
    }
    this.pump();
  }

  /** Another node claims the journal: the owner notices with its next commit. */
  usurp(): void {
    this.sync();
    this.content.epoch++;
    this.content.owner = {};
  }

  /** @internal */
  claim(journal: FakeJournal, lastEpoch: number): { claim: Claim; image: JournalImage } | undefined {
    if (this.reached("during claim")) return undefined;
    this.assertUp();
    this.sync();
    if (journal.dead) return undefined;
    const epoch = Math.max(this.content.epoch, lastEpoch) + 1;
    const claim: Claim = { journal, epoch, superseded: undefined };
    this.content.epoch = epoch;
    this.content.owner = claim;
    const states = new Map([...this.content.processes].map(([id, { state }]) => [id, state]));
    return { claim, image: { epoch, head: this.content.head, states, sources: [...this.content.sources.keys()] } };
  }

  /** @internal */
  accept(pending: Pending): void {
    this.waiting.push(pending);
    this.pump();
  }

  /** @internal Undefined: the node died in it. */
  read(ids: readonly string[]): readonly (readonly string[])[] | undefined {
    if (this.reached("during read")) return undefined;
    this.assertUp();
    return ids.map((id) => this.records(id));
  }

  /** @internal */
  readSource(hash: string): string | undefined {
    this.assertUp();
    return this.content.sources.get(hash);
  }

  /** @internal Commits that are not durable are taken back and answered: they never happened. */
  release(journal: FakeJournal): void {
    this.journals = this.journals.filter((other) => other !== journal);
    const mine = (pending: Pending) => pending.claim.journal === journal;
    const dropped = [...this.tail, ...this.waiting].filter(mine);
    this.tail = this.tail.filter((pending) => !mine(pending));
    this.waiting = this.waiting.filter((pending) => !mine(pending));
    for (const { answer } of dropped) answer({ kind: "superseded", why: "closed", detail: "the journal was closed" });
    for (const pending of this.unanswered.filter(mine)) pending.answer({ kind: "committed" });
    this.unanswered = this.unanswered.filter((pending) => !mine(pending));
  }

  /** True when the node died or the disk failed there. */
  private reached(point: FakePoint): boolean {
    const index = this.plans.findIndex((plan) => plan.point === point);
    const plan = this.plans[index];
    if (plan === undefined || plan.skip-- > 0) return false;
    this.plans.splice(index, 1);
    const before = this.crashes;
    if (plan.fault === "crash") this.crash();
    else if (plan.fault === "fail") this.fail(`disconnected: ${point}`);
    else plan.fault();
    return this.crashes > before;
  }

  private pump(): void {
    while (this.waiting.length > 0 && this.outage === undefined) {
      if (this.reached("before commit")) return;
      // The fault may have begun an outage, or taken the commit away.
      if (this.outage !== undefined) return;
      const pending = this.waiting.shift();
      if (pending === undefined) return;
      this.write(pending);
    }
  }

  private write(pending: Pending): void {
    const { claim, commit, answer } = pending;
    const expected = this.content.head + this.tail.length + 1;
    if (claim.superseded === undefined && this.content.owner !== claim) {
      const why = this.content.epoch < claim.epoch ? "rolled_back" : "fenced";
      claim.journal.lose(why, `epoch ${this.content.epoch}, not ${claim.epoch}`, claim);
    } else if (claim.superseded === undefined && commit.number !== expected) {
      claim.journal.lose("rolled_back", `commit ${commit.number}, but ${expected} is next`, claim);
    }
    if (claim.superseded !== undefined) answer({ kind: "superseded", ...claim.superseded });
    else {
      this.tail.push(pending);
      this.syncLater();
    }
  }

  private syncLater(): void {
    if (this.mode === "manual" || this.syncDue) return;
    this.syncDue = true;
    const crashes = this.crashes;
    const run = () => {
      if (this.syncDue && this.crashes === crashes) this.sync();
    };
    if (this.mode === "microtask") queueMicrotask(run);
    else this.mode.clock.timer(this.mode.delayMs, run);
  }

  private acknowledge(): void {
    while (this.unanswered.length > 0 && this.outage === undefined) {
      if (this.reached("after commit before acknowledge") || this.outage !== undefined) return;
      this.unanswered.shift()?.answer({ kind: "committed" });
    }
  }

  private assertUp(): void {
    if (this.outage !== undefined) throw new JournalError("UNAVAILABLE", this.outage);
  }
}
