/** Courier: takes envelopes that are durable to other hosts, in order for each receiver, and again while a host is away. */
import type { System } from "../../actors/index.js";
import { dedupeWindowMs } from "../../actors/index.js";
import type { Delivery, Envelope } from "../../mailbox/index.js";

export interface Parcel {
  /** Counts up in order of sending. */
  readonly number: number;
  readonly envelope: Envelope;
  /** Above 0: somebody waits for the answer, whatever it is, so there is no second try. */
  readonly tag: number;
  /** When it was sent, ms since 1970. */
  readonly at: number;
}

const firstRetryMs = 100;
const longestRetryMs = 30_000;
/** Well before a receiver forgets the numbers it has seen, and would take a repeat for something new. */
const giveUpAfterMs = dedupeWindowMs / 2;

/** Those for one receiver that wait for its host to come back. */
interface Held {
  readonly parcels: Parcel[];
  retryMs: number;
  timer: { cancel(): void } | undefined;
}

export class Courier {
  private readonly system: System;
  private readonly now: () => number;
  private readonly done: (parcel: Parcel, delivery: Delivery) => void;
  private readonly held = new Map<string, Held>();

  /** `done` is told once what became of each. */
  constructor(system: System, now: () => number, done: (parcel: Parcel, delivery: Delivery) => void) {
    this.system = system;
    this.now = now;
    this.done = done;
  }

  send(parcel: Parcel): void {
    const held = this.held.get(parcel.envelope.to.text);
    if (held === undefined) this.offer(parcel, (delivery) => this.answered(parcel, delivery));
    else held.parcels.push(parcel);
  }

  stop(): void {
    for (const { timer } of this.held.values()) timer?.cancel();
    this.held.clear();
  }

  private offer({ envelope }: Parcel, then: (delivery: Delivery) => void): void {
    const delivery = this.system.router.offer(envelope);
    if (delivery instanceof Promise) void delivery.then(then);
    else then(delivery);
  }

  private answered(parcel: Parcel, delivery: Delivery): void {
    if (this.mayTryAgain(parcel, delivery)) this.hold(parcel);
    else this.done(parcel, delivery);
  }

  private mayTryAgain({ envelope, tag, at }: Parcel, { kind }: Delivery): boolean {
    if (kind !== "unreachable" || tag > 0 || this.now() - at > giveUpAfterMs) return false;
    return this.system.router.hasNode(envelope.to.node);
  }

  private hold(parcel: Parcel): void {
    const to = parcel.envelope.to.text;
    let held = this.held.get(to);
    if (held === undefined) {
      held = { parcels: [], retryMs: firstRetryMs, timer: undefined };
      this.held.set(to, held);
      this.retryLater(to, held);
    }
    // Several may have been under way: they go back into the order in which they were sent.
    const later = held.parcels.findIndex(({ number }) => number > parcel.number);
    held.parcels.splice(later < 0 ? held.parcels.length : later, 0, parcel);
  }

  private retryLater(to: string, held: Held): void {
    held.timer = this.system.clock.timer(held.retryMs, () => this.retry(to, held));
    held.retryMs = Math.min(held.retryMs * 2, longestRetryMs);
  }

  /** One after the other: what follows may only arrive after what came before it. */
  private retry(to: string, held: Held): void {
    if (this.held.get(to) !== held) return;
    const [first] = held.parcels;
    if (first === undefined) {
      this.held.delete(to);
      return;
    }
    this.offer(first, (delivery) => {
      if (this.held.get(to) !== held) return;
      if (this.mayTryAgain(first, delivery)) return this.retryLater(to, held);
      held.parcels.shift();
      this.done(first, delivery);
      this.retry(to, held);
    });
  }
}
