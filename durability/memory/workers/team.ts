/** Team: the threads of one host as the main thread runs them: where a process starts, what it was told, and what the end of a thread means. */
import type { SpawnResult, SpawnSpec, System } from "../../../actors/index.js";
import {
  type Delivery,
  type Envelope,
  type Failure,
  failure,
  type MailboxLimit,
  type Pid,
  type Signal,
} from "../../../mailbox/index.js";
import type { Scheduler } from "../scheduler.js";
import { Crew, mainThread, workerLost } from "./crew.js";
import { Hub } from "./hub.js";
import { farId, givenSeries, numberOf, seriesOf } from "./ids.js";
import { Member } from "./member.js";
import { Codec, type LivingRow, type Row, rowKind } from "./rows.js";
import type { WorkersOptions } from "./start.js";

export interface TeamOptions {
  readonly host: string;
  readonly system: System;
  readonly scheduler: Scheduler;
  readonly workers: WorkersOptions;
  readonly maxSlices?: number;
  readonly maxProcesses?: number;
  readonly mailboxOf?: (entry: string) => MailboxLimit | undefined;
}

/** A start that a thread has not answered. */
interface Starting {
  readonly thread: number;
  readonly answer: (error: Failure | null) => void;
}

/** How much longer than the grace period a thread may take before it is ended from outside. */
const lateMs = 1_000;

export class Team {
  private readonly options: TeamOptions;
  private readonly codec: Codec;
  private readonly crew: Crew;
  private readonly hub: Hub;
  private readonly starting = new Map<string, Starting>();
  private readonly most: number;
  private lastThread = 0;

  constructor(options: TeamOptions) {
    const { system, host, workers, scheduler } = options;
    this.options = options;
    this.most = workers.count;
    this.codec = new Codec(system.node, host);
    this.crew = new Crew({
      thread: mainThread,
      router: system.router,
      codec: this.codec,
      postOf: (thread) => this.hub.members.get(thread)?.post,
      deliver: (envelope, isAsked) => (isAsked ? system.router.offer(envelope) : system.router.route(envelope)),
      unheard: () => {},
    });
    this.hub = new Hub({
      system,
      scheduler,
      codec: this.codec,
      crew: this.crew,
      started: (member, id, error) => this.started(member, id, error),
      living: (member, row) => this.living(member, row),
    });
  }

  get size(): number {
    let sum = 0;
    for (const { size } of this.hub.members.values()) sum += size;
    return sum;
  }

  /** Threads that run. */
  get threads(): readonly number[] {
    return [...this.hub.members.keys()];
  }

  /** Requests, starts and messages that wait for an answer; 0 at rest. */
  get open(): number {
    return this.crew.open + this.starting.size + this.hub.open;
  }

  /** Bonds between processes of the main thread and of others. */
  get bonds(): number {
    return this.crew.bonds;
  }

  pids(): Pid[] {
    return [...this.hub.members.values()].flatMap((member) => member.ids().map((id) => this.codec.freshPid(id)));
  }

  /** Past names and limits. */
  spawn(spec: SpawnSpec, answer: (result: SpawnResult) => void): void {
    const { system, mailboxOf } = this.options;
    const member = this.place();
    const series = givenSeries(member.thread);
    const number = member.given.high + 1;
    const id = farId(number, series);
    const pid = this.codec.freshPid(id);
    const isBounded = mailboxOf?.(spec.entry) !== undefined;
    this.living(member, [rowKind.living, series, number, [], isBounded ? [number] : []]);
    if (spec.name !== undefined) system.names.register(spec.name, pid);
    const started = (error: Failure | null): void => {
      if (error !== null) return answer({ ok: false, error });
      this.crew.bindChild(spec, pid);
      answer({ ok: true, pid, incarnation: system.node, existed: false });
    };
    this.starting.set(id, { thread: member.thread, answer: started });
    member.post.push([rowKind.start, id, this.codec.spec(spec)]);
  }

  deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    return this.crew.deliver(envelope);
  }

  knows(pid: Pid): boolean {
    return this.crew.knows(pid);
  }

  mayTurnAway(to: Pid, signal: Signal): boolean {
    return this.crew.mayTurnAway(to, signal);
  }

  /** Every process is asked to end within that time, and every thread then does. */
  async close(graceMs: number): Promise<void> {
    const closing = [...this.hub.members.values()].map((member) => member.finish(graceMs));
    this.hub.flush();
    // A program that does not come back cannot be asked.
    const timer = this.options.system.clock.timer(graceMs + lateMs, () => {
      for (const member of this.hub.members.values()) member.end();
    });
    await Promise.all(closing);
    timer.cancel();
  }

  /** The one with the fewest processes, and of equals the oldest; a new one when none is idle and there may be more. */
  private place(): Member {
    let least: Member | undefined;
    for (const member of this.hub.members.values()) {
      if (!member.isLeaving && (least === undefined || member.size < least.size)) least = member;
    }
    if (least !== undefined && (least.size === 0 || this.hub.members.size >= this.most)) return least;
    return this.startThread();
  }

  private startThread(): Member {
    const { workers, host, system, maxSlices, maxProcesses = 0 } = this.options;
    const thread = ++this.lastThread;
    const start = {
      thread,
      host,
      node: system.node,
      module: String(workers.module),
      data: workers.data?.(),
      maxSlices,
      isCounted: maxProcesses > 0,
    };
    const owner = {
      stir: (isFull: boolean) => this.hub.stir(isFull),
      received: this.hub.received.bind(this.hub),
      taken: this.hub.taken.bind(this.hub),
      exited: (member: Member, detail: string) => this.exited(member, detail),
    };
    const member = new Member(start, workers, owner);
    for (const other of this.hub.members.values()) for (const row of other.state()) member.notice(row);
    this.crew.peers.set(thread, member);
    this.hub.add(member);
    this.tellCrew();
    return member;
  }

  private started(member: Member, id: string, error: Failure | null): void {
    const start = this.starting.get(id);
    this.starting.delete(id);
    if (error !== null) this.living(member, [rowKind.living, seriesOf(id), 0, [numberOf(id)], []]);
    start?.answer(error);
  }

  /** Names are free before anybody can hear of an end: the rows that say so come later. */
  private living(member: Member, row: LivingRow): void {
    for (const id of member.read(row)) this.options.system.names.release(this.codec.freshPid(id));
    this.hub.tellOthers(member, row);
  }

  /** Its processes are no more, and cannot say so themselves: as by the loss of a node, everybody who has to do with them hears. */
  private exited(member: Member, detail: string): void {
    const { system } = this.options;
    const { thread } = member;
    const lost = workerLost(this.codec.host, thread);
    const { message } = lost.error;
    const pids = member.ids().map((id) => this.codec.freshPid(id));
    for (const pid of pids) system.names.release(pid);
    this.hub.remove(member);
    const obituaries = this.crew.lost(thread);
    for (const [id, start] of [...this.starting]) {
      if (start.thread !== thread) continue;
      this.starting.delete(id);
      start.answer(failure("UNAVAILABLE", `${message}: ${detail}`, { retryable: true }));
    }
    for (const { text } of member.left()) this.hub.deadLetters(text, message);
    for (const envelope of obituaries) void system.router.route(envelope);
    for (const pid of pids) system.events.emit("exit", { pid, entry: "", reason: lost });
    this.tellCrew();
    if (!member.isLeaving) {
      const text = `${message}: ${detail}; ${pids.length} processes are lost`;
      system.events.emit("health", { id: this.codec.host, state: "degraded", detail: text });
    }
    this.hub.flush();
  }

  private tellCrew(): void {
    const row: Row = [rowKind.crew, this.threads, this.threads.length >= this.most];
    for (const member of this.hub.members.values()) member.notice(row);
    this.hub.stir(false);
  }
}
