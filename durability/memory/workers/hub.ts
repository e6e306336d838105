/** Hub: what comes from the threads of one host goes on here: to the main thread, which does what it is asked for, or unread to another thread. */
import type { System } from "../../../actors/index.js";
import type { Failure } from "../../../mailbox/index.js";
import type { Scheduler } from "../scheduler.js";
import { Clerk } from "./clerk.js";
import { Credits } from "./credits.js";
import { type Crew, mainThread, workerLost } from "./crew.js";
import type { Away, Member } from "./member.js";
import { retell, wantedEvents } from "./report.js";
import { type Codec, type LivingRow, type Row, rowKind } from "./rows.js";
import type { ThreadMessage } from "./start.js";

export interface HubOptions {
  readonly system: System;
  readonly scheduler: Scheduler;
  readonly codec: Codec;
  readonly crew: Crew;
  readonly started: (member: Member, id: string, error: Failure | null) => void;
  readonly living: (member: Member, row: LivingRow) => void;
}

export class Hub {
  readonly members = new Map<number, Member>();
  private readonly options: HubOptions;
  private readonly clerks = new Map<number, Clerk>();
  private readonly credits = new Credits((origin, row) => this.members.get(origin)?.post.push(row));
  private isStirred = false;

  constructor(options: HubOptions) {
    this.options = options;
  }

  /** Requests that have not been answered. */
  get open(): number {
    let sum = 0;
    for (const clerk of this.clerks.values()) sum += clerk.open;
    return sum;
  }

  add(member: Member): void {
    const { system, codec } = this.options;
    this.members.set(member.thread, member);
    this.clerks.set(member.thread, new Clerk(system, codec, member.post));
  }

  /** A thread is no more. The others hear so behind all that it has written. */
  remove({ thread }: Member): void {
    this.members.delete(thread);
    this.credits.forget(thread);
    this.clerks.get(thread)?.close();
    this.clerks.delete(thread);
    for (const other of this.members.values()) other.post.push([rowKind.lost, thread]);
  }

  /** Something waits to be flushed: soon, or at once. */
  stir(isFull: boolean): void {
    if (isFull) return this.flush();
    if (this.isStirred) return;
    this.isStirred = true;
    this.options.scheduler.afterTurns(() => this.flush());
  }

  flush(): void {
    this.isStirred = false;
    const wanted = wantedEvents(this.options.system);
    const wants = wanted.join();
    for (const member of this.members.values()) {
      if (member.wants !== wants) member.notice([rowKind.wants, wanted]);
      member.wants = wants;
      member.flush();
    }
  }

  received(member: Member, [taken, ...parts]: ThreadMessage): void {
    member.took(taken);
    for (let i = 0; i + 2 < parts.length; i += 3) {
      const [to, rows, text] = [Number(parts[i]), Number(parts[i + 1]), String(parts[i + 2])];
      if (to === mainThread) {
        for (const row of JSON.parse(text) as Row[]) this.take(member, row);
        this.credits.owe(member.thread, mainThread, rows, rows === 0 ? 0 : text.length);
      } else this.relay(member, to, rows, text);
    }
    this.flush();
  }

  taken(member: Member, batches: readonly Away[]): void {
    for (const { origin, rows, text } of batches) {
      if (origin !== mainThread) this.credits.owe(origin, member.thread, rows, text.length);
      else if (rows > 0) member.post.credit(rows, text.length);
    }
  }

  /** Messages that a lost thread may not have seen. */
  deadLetters(text: string, reason: string): void {
    const { system, codec } = this.options;
    for (const row of JSON.parse(text) as Row[]) {
      if (row[0] === rowKind.message || row[0] === rowKind.signal) system.router.lost(codec.envelope(row), reason);
    }
  }

  tellOthers(than: Member, row: Row): void {
    for (const member of this.members.values()) if (member !== than) member.notice(row);
    if (this.members.size > 1) this.stir(false);
  }

  private relay(from: Member, to: number, rows: number, text: string): void {
    const member = this.members.get(to);
    if (member !== undefined) member.relay(from.thread, rows, text);
    else this.deadLetters(text, workerLost(this.options.codec.host, to).error.message);
  }

  private take(member: Member, row: Row): void {
    const { system, codec, crew } = this.options;
    const clerk = this.clerks.get(member.thread);
    switch (row[0]) {
      case rowKind.message:
      case rowKind.signal:
        return crew.arrived(row, codec.envelope(row));
      case rowKind.answer:
        return crew.answered(row);
      case rowKind.request:
        return clerk?.request(row[1], codec.pid(row[2]), row[3]);
      case rowKind.drop:
        return clerk?.drop(row[1]);
      case rowKind.spawn:
        return clerk?.spawn(row[1], codec.readSpec(row[2]));
      case rowKind.started:
        return this.options.started(member, row[1], row[2]);
      case rowKind.living:
        return this.options.living(member, row);
      case rowKind.event:
        return retell(system, codec, row[1], row[2]);
      case rowKind.closed:
        return member.end();
    }
  }
}
