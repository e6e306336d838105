/** Inside: what becomes of an envelope to a process of this journal, from another process of it or from elsewhere. */
import { mayTurnAway, type System } from "../../actors/index.js";
import {
  accepted,
  type Delivery,
  type Envelope,
  type Failure,
  failure,
  gone,
  type MailboxLimit,
  type Pid,
  type Signal,
} from "../../mailbox/index.js";
import type { Batches } from "./batch.js";
import type { Directory } from "./directory.js";
import type { EndedProcess, Ends } from "./ends.js";
import { type Fates, type Verdict, verdictOutside } from "./outgoing.js";
import { Slot } from "./slot.js";

export interface InsideOptions {
  readonly id: string;
  readonly node: string;
  readonly system: System;
  readonly batches: Batches;
  readonly directory: Directory;
  readonly ends: Ends;
  readonly now: () => number;
  readonly mailboxOf: (entry: string) => MailboxLimit | undefined;
}

export class Inside {
  private readonly options: InsideOptions;

  constructor(options: InsideOptions) {
    this.options = options;
  }

  /** False: there is no such process, or not in that life. */
  takes({ to, toIncarnation, signal }: Envelope): boolean {
    if (to.host !== this.options.id) return false;
    const place = this.options.directory.get(to.id);
    if (place !== undefined) return toIncarnation === undefined || toIncarnation === place.incarnation;
    return this.tellsItsEnd(to, signal) !== undefined;
  }

  /** Take an envelope of another host over; `takes` has said that it can be. */
  deliver(envelope: Envelope, done: (delivery: Delivery) => void, fail: (error: Failure) => void): void {
    const { batches, directory, ends } = this.options;
    const { to, signal } = envelope;
    const place = directory.get(to.id);
    const end = place === undefined ? this.tellsItsEnd(to, signal) : undefined;
    if (end !== undefined) {
      ends.announce(end, envelope);
      batches.after(() => done(accepted));
      return;
    }
    if (place === undefined) return done(gone);
    directory.push(place, {
      input: { kind: "envelope", at: this.options.now(), envelope },
      taken: () => batches.after(() => done(accepted)),
      refused: () => batches.after(() => done(gone)),
      abandoned: () => fail(failure("UNAVAILABLE", `${to.text} cannot be reached`, { retryable: true })),
      full: done,
    });
  }

  verdict(to: Pid, signal: Signal): Verdict {
    const { id, node, system, directory } = this.options;
    if (to.node !== node) return verdictOutside(system, to, signal);
    const isHere = to.host === id;
    if (isHere && (directory.get(to.id) !== undefined || this.tellsItsEnd(to, signal) !== undefined))
      return { kind: "inside" };
    return { kind: "refused", delivery: { kind: "gone" } };
  }

  /** Whether the mailbox has room; `wait` also when only the process itself, which is not in memory, can say. */
  judge(envelope: Envelope): "enter" | "wait" | Delivery {
    const place = this.options.directory.get(envelope.to.id);
    if (place instanceof Slot) return place.door.judge(envelope);
    const limit = this.limitOf(envelope.to);
    return limit === undefined || envelope.signal.kind !== "message" || limit.onFull === "drop_old" ? "enter" : "wait";
  }

  mayTurnAway(to: Pid, signal: Signal): boolean {
    const limit = this.limitOf(to);
    return limit !== undefined && mayTurnAway(limit, { signal });
  }

  /** Hand over inside the journal. */
  pass(envelope: Envelope, fates: Fates): void {
    const { batches, directory, ends } = this.options;
    const { to, toIncarnation, signal } = envelope;
    const place = directory.get(to.id);
    const end = place === undefined ? this.tellsItsEnd(to, signal) : undefined;
    if (end !== undefined) {
      fates.taken();
      ends.announce(end, envelope);
      return;
    }
    const isGone = place === undefined || (toIncarnation !== undefined && toIncarnation !== place.incarnation);
    if (isGone) batches.after(fates.refused);
    else directory.push(place, { input: { kind: "envelope", at: this.options.now(), envelope }, ...fates });
  }

  private limitOf(pid: Pid): MailboxLimit | undefined {
    const place = this.options.directory.get(pid.id);
    if (place === undefined || place.isWorkflow) return undefined;
    return this.options.mailboxOf(place instanceof Slot ? place.process.entry : place.state.entry);
  }

  /** Workflows are remembered: whoever monitors one that has ended hears of its end. */
  private tellsItsEnd(to: Pid, signal: Signal): EndedProcess | undefined {
    const end = signal.kind === "monitor" ? this.options.ends.get(to.id) : undefined;
    return end?.isWorkflow ? end : undefined;
  }
}
