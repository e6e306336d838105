/** JournalHost: processes whose inputs are kept in a journal, so that they come back with the same pid after a crash of their node. */
import type { Host, Outcome, Request, SpawnResult, SpawnSpec } from "../../actors/index.js";
import { hostClosing, systemPid, thrownFailure } from "../../actors/index.js";
import {
  type Delivery,
  type Envelope,
  type Failure,
  failure,
  gone,
  type Pid,
  type Signal,
} from "../../mailbox/index.js";
import { readActivityOptions } from "../workflow/index.js";
import { Activities } from "./activities.js";
import { Claim } from "./claim.js";
import { type Journal, JournalError, type JournalHealth, type Superseded } from "./journal.js";
import { Notices } from "./notices.js";
import type { JournalHostOptions } from "./options.js";
import { farewells, fencedOff, type Orphan } from "./orphans.js";
import { Waiting } from "./waiting.js";

const regainAfterMs = 1_000;

export class JournalHost implements Host {
  readonly id: string;
  readonly node: string;
  readonly isDurable = true;
  private readonly options: JournalHostOptions;
  private readonly waiting: Waiting;
  private readonly activities: Activities;
  private readonly notices: Notices;
  private journal: Journal | undefined;
  private claim: Claim | undefined;
  private health: JournalHealth = { state: "up", detail: "" };
  private isReady = false;
  private closing: Promise<void> | undefined;

  constructor(options: JournalHostOptions) {
    this.options = options;
    this.id = options.id;
    this.node = options.journalName;
    const { system } = options;
    this.waiting = new Waiting(system.clock, options.unavailableAfterMs ?? 10_000);
    this.notices = new Notices(system.node);
    this.activities = new Activities({
      clock: system.clock,
      run: (request, done) => system.invoke(systemPid(this.id), request, done),
    });
  }

  /** Open the journal and take it over. What was running goes on after `ready`. */
  async start(): Promise<Failure | undefined> {
    try {
      this.journal = await this.options.open({
        health: (health) => this.healthChanged(health),
        lost: (why, detail) => this.lost(why, detail),
      });
      await this.takeOver(this.journal);
      return undefined;
    } catch (error) {
      const kind = error instanceof JournalError ? error.kind : "INTERNAL";
      return failure(kind, error instanceof Error ? error.message : String(error));
    }
  }

  /** Every host of the node is attached: processes that were running go on. */
  ready(): void {
    this.isReady = true;
    this.claim?.release();
  }

  /** Processes in memory, and all. */
  get counts(): { readonly active: number; readonly all: number } {
    return this.claim?.counts ?? { active: 0, all: 0 };
  }

  spawn(spec: SpawnSpec): Promise<SpawnResult> {
    const problem = this.problem();
    const { claim } = this;
    if (problem !== undefined || claim === undefined) {
      return Promise.resolve({ ok: false, error: problem ?? this.away() });
    }
    return this.waiting.add<SpawnResult>(
      async (done) => {
        const result = await claim.start(spec);
        claim.batches.after(() => done(result));
      },
      (error) => ({ ok: false, error }),
    );
  }

  deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    return this.notices.watch(envelope, this.tryDeliver(envelope));
  }

  private tryDeliver(envelope: Envelope): Delivery | Promise<Delivery> {
    const problem = this.problem();
    const { claim } = this;
    if (problem !== undefined || claim === undefined) return { kind: "unreachable", error: problem ?? this.away() };
    if (!claim.takes(envelope)) return gone;
    return this.waiting.add<Delivery>(
      (done, fail) => claim.deliver(envelope, done, fail),
      (error) => ({ kind: "unreachable", error }),
    );
  }

  knows(pid: Pid): boolean {
    return this.claim?.isOpenProcess(pid) ?? true;
  }

  mayTurnAway(to: Pid, signal: Signal): boolean {
    return this.claim?.mayTurnAway(to, signal) ?? false;
  }

  /** Put every process to rest as it is: they go on when the journal is opened again. */
  close(graceMs: number): Promise<void> {
    this.closing ??= this.shut(graceMs);
    return this.closing;
  }

  private async shut(graceMs: number): Promise<void> {
    const { claim, journal, waiting } = this;
    if (claim !== undefined) {
      claim.pause();
      const { clock } = this.options.system;
      await new Promise<void>((resolve) => {
        const timer = clock.timer(graceMs, resolve);
        void claim.batches.settled().then(() => {
          timer.cancel();
          resolve();
        });
      });
      claim.stop();
    }
    this.claim = undefined;
    waiting.failAll(hostClosing);
    await journal?.close(graceMs);
  }

  private async takeOver(journal: Journal): Promise<void> {
    const image = await journal.claim();
    if (this.closing !== undefined) return;
    const { options } = this;
    this.claim = new Claim({
      ...options,
      node: this.node,
      journal,
      image,
      invoke: (slot, request, scheduledAt, again, done) => this.invoke(slot, request, scheduledAt, again, done),
    });
    this.deliverNotices();
    if (this.isReady) this.claim.release();
  }

  private deliverNotices(): void {
    if (this.claim === undefined || this.problem() !== undefined) return;
    for (const envelope of this.notices.take()) void this.deliver(envelope);
  }

  /** What is in memory may be more than what is stored: it is dropped, and comes back from the journal. */
  private lost(why: Superseded, detail: string): void {
    const { claim } = this;
    if (claim === undefined || this.closing !== undefined) return;
    this.claim = undefined;
    const orphans = claim.stop();
    this.waiting.failAll(this.away());
    const { system } = this.options;
    if (why === "fenced") {
      this.healthChanged({ state: "down", detail: `fenced: ${detail}` });
      system.events.emit("fenced", { host: this.id, epoch: claim.epoch });
      this.notices.end();
      // They go on there, and hear of those in memory here as of a node that is down.
      const heard = orphans.flatMap((orphan) => [...farewells(orphan, fencedOff, system.node)]);
      for (const envelope of heard) void system.router.route(envelope);
      return;
    }
    this.healthChanged({ state: "degraded", detail: `${why}: ${detail}; everything is read again` });
    this.regain(orphans, this.health);
  }

  /** `said`: what is the matter, until the journal says something else. */
  private regain(orphans: readonly Orphan[], said: JournalHealth): void {
    if (this.closing !== undefined) return;
    void this.takeOver(this.journal!).then(
      () => {
        this.claim?.adopt(orphans);
        if (this.health === said) this.healthChanged({ state: "up", detail: "" });
      },
      (error) => {
        this.healthChanged({ state: "down", detail: thrownFailure(error).message });
        // It went away again while it was read.
        if (!(error instanceof JournalError) || error.kind !== "UNAVAILABLE") return;
        this.options.system.clock.timer(regainAfterMs, () => this.regain(orphans, this.health));
      },
    );
  }

  private healthChanged(health: JournalHealth): void {
    if (health.state === this.health.state && health.detail === this.health.detail) return;
    this.health = health;
    const detail = health.detail === "" ? {} : { detail: `journal ${this.node}: ${health.detail}` };
    this.options.system.events.emit("health", { id: this.id, state: health.state, ...detail });
    if (health.state === "down") this.waiting.failLater(() => this.away());
    else {
      this.waiting.goOn();
      this.deliverNotices();
    }
  }

  private problem(): Failure | undefined {
    if (this.closing !== undefined) return hostClosing;
    return this.health.state === "down" ? this.away() : undefined;
  }

  private away(): Failure {
    const detail = this.health.detail === "" ? "is not open" : `is ${this.health.detail}`;
    return failure("UNAVAILABLE", `journal ${this.node} ${detail}`, { retryable: true });
  }

  private invoke(
    slot: { readonly isWorkflow: boolean; readonly pid: Pid },
    request: Extract<Request, { kind: "invoke" }>,
    scheduledAt: number,
    again: boolean,
    done: (outcome: Outcome) => void,
  ): () => void {
    const { system, programs } = this.options;
    if (!slot.isWorkflow) return system.invoke(slot.pid, request, done, { at: scheduledAt, again });
    const defaults = programs.activity(request.target);
    const options = isFailure(defaults) ? defaults : readActivityOptions(request.target, defaults, request.options);
    if (isFailure(options)) {
      done({ ok: false, error: options });
      return () => {};
    }
    return this.activities.start(
      { caller: slot.pid.text, request: { ...request, options: {} }, options, scheduledAt, attempt: again ? 2 : 1 },
      done,
    );
  }
}

function isFailure(value: object): value is Failure {
  return "kind" in value && "message" in value && typeof value.message === "string";
}
