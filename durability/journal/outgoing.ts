/** Outgoing: the envelopes of one process from the moment they are sent until their receiver has them, across restarts. */
import { hostMissing, type System } from "../../actors/index.js";
import {
  accepted,
  type Delivery,
  type Envelope,
  failure,
  type Pid,
  processNotFound,
  type Signal,
} from "../../mailbox/index.js";
import type { Batches } from "./batch.js";
import { type OutRow, outRow } from "./records.js";

/** What becomes of an envelope, as far as it is known before it is durable. */
export type Verdict =
  /** Another process of this journal: it gets the envelope now, as both are written together. */
  | { readonly kind: "inside" }
  /** It leaves once it is durable. `deferred`: only then is it known whether anybody takes it. */
  | { readonly kind: "outside"; readonly deferred: boolean }
  | { readonly kind: "refused"; readonly delivery: Exclude<Delivery, { kind: "accepted" }> };

export interface OutgoingHost {
  readonly system: System;
  readonly batches: Batches;
  verdict(to: Pid, signal: Signal): Verdict;
  /** Hand over inside this journal; `taken` is called when the receiver's journal has it, `refused` when it ended before. */
  pass(envelope: Envelope, taken: () => void, refused: () => void): void;
}

export interface OutgoingOwner {
  /** Settle a deferred transmission. */
  answer(tag: number, delivery: Delivery): void;
  /** What a link or monitor hears that was accepted and then found nobody. */
  bounced(envelope: Envelope, delivery: Exclude<Delivery, { kind: "accepted" }>): void;
  /** What is kept has changed. */
  changed(): void;
}

const firstRetryMs = 100;
const longestRetryMs = 30_000;

export class Outgoing {
  private readonly host: OutgoingHost;
  /** Whose they are: a process, or what is left of one. */
  owner: OutgoingOwner;
  private readonly kept = new Map<number, { readonly envelope: Envelope; readonly tag: number }>();
  private last = 0;
  /** The stored state lists some. */
  private listed = false;
  private readonly timers = new Set<{ cancel(): void }>();

  constructor(host: OutgoingHost, owner: OutgoingOwner) {
    this.host = host;
    this.owner = owner;
  }

  get size(): number {
    return this.kept.size;
  }

  /** Tags of transmissions whose answer is still to come. */
  deferred(): number[] {
    return [...this.kept.values()].filter(({ tag }) => tag > 0).map(({ tag }) => tag);
  }

  rows(): readonly OutRow[] {
    this.listed = this.kept.size > 0;
    return [...this.kept].map(([number, { envelope, tag }]) => outRow(number, envelope, tag));
  }

  /** Send; the answer when it is known at once, undefined when it comes by `answer`. */
  send(envelope: Envelope, tag: number): Delivery | undefined {
    const { to, signal } = envelope;
    const verdict = this.host.verdict(to, signal);
    switch (verdict.kind) {
      case "refused":
        this.host.batches.after(() => this.host.system.router.lost(envelope, refusalText(verdict.delivery)));
        return verdict.delivery;
      case "inside":
        this.passInside(this.keep(envelope, 0), envelope);
        return accepted;
      case "outside": {
        const isAwaited = verdict.deferred && tag > 0;
        this.leave(this.keep(envelope, isAwaited ? tag : 0), envelope, isAwaited ? tag : 0);
        return isAwaited ? undefined : accepted;
      }
    }
  }

  /** What an earlier life of this node did not see arrive. */
  restore(envelope: Envelope, tag: number): void {
    this.keep(envelope, tag);
    this.listed = true;
  }

  /** Send all of it again, in order. */
  resend(): void {
    for (const [number, { envelope, tag }] of this.kept) {
      const verdict = this.host.verdict(envelope.to, envelope.signal);
      if (verdict.kind === "inside") this.passInside(number, envelope);
      else this.leave(number, envelope, tag);
    }
  }

  /** The claim is void, or the process is put to rest. */
  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  private keep(envelope: Envelope, tag: number): number {
    this.kept.set(++this.last, { envelope, tag });
    return this.last;
  }

  private passInside(number: number, envelope: Envelope): void {
    this.host.pass(
      envelope,
      () => this.arrived(number),
      () => {
        this.arrived(number);
        this.bounce(envelope, { kind: "gone" });
      },
    );
  }

  private leave(number: number, envelope: Envelope, tag: number): void {
    this.host.batches.after(() => this.route(number, envelope, tag, firstRetryMs));
  }

  private route(number: number, envelope: Envelope, tag: number, retryMs: number): void {
    const delivery = this.host.system.router.route(envelope);
    if (delivery instanceof Promise)
      void delivery.then((later) => this.delivered(number, envelope, tag, later, retryMs));
    else this.delivered(number, envelope, tag, delivery, retryMs);
  }

  private delivered(number: number, envelope: Envelope, tag: number, delivery: Delivery, retryMs: number): void {
    if (!this.kept.has(number)) return;
    if (delivery.kind === "unreachable" && tag === 0 && this.host.system.router.hasNode(envelope.to.node)) {
      this.tryLater(number, envelope, retryMs);
      return;
    }
    this.arrived(number);
    if (tag > 0) this.owner.answer(tag, delivery);
    else if (delivery.kind !== "accepted") this.bounce(envelope, delivery);
  }

  /** Nobody waits for the answer, and the receiver's host is only away for a while. */
  private tryLater(number: number, envelope: Envelope, retryMs: number): void {
    const timer = this.host.system.clock.timer(retryMs, () => {
      this.timers.delete(timer);
      this.route(number, envelope, 0, Math.min(retryMs * 2, longestRetryMs));
    });
    this.timers.add(timer);
  }

  private bounce(envelope: Envelope, delivery: Exclude<Delivery, { kind: "accepted" }>): void {
    const { kind } = envelope.signal;
    if (kind === "link" || kind === "monitor") this.owner.bounced(envelope, delivery);
  }

  private arrived(number: number): void {
    this.kept.delete(number);
    if (this.listed) this.owner.changed();
  }
}

/** The verdict on everything that is not of this journal. */
export function verdictOutside(system: System, to: Pid): Verdict {
  const { router } = system;
  if (to.node === system.node) {
    if (router.host(to.host) === undefined) return refused({ kind: "gone", error: hostMissing(to.host) });
    return router.mayLive(to) ? { kind: "outside", deferred: false } : refused({ kind: "gone" });
  }
  if (router.hasNode(to.node)) return { kind: "outside", deferred: true };
  if (to.node === "") return refused({ kind: "gone", error: hostMissing(to.host) });
  const message = `node ${to.node} is not reachable from here`;
  return refused({ kind: "unreachable", error: failure("UNAVAILABLE", message, { retryable: true }) });
}

function refused(delivery: Exclude<Delivery, { kind: "accepted" }>): Verdict {
  return { kind: "refused", delivery };
}

function refusalText(delivery: Exclude<Delivery, { kind: "accepted" }>): string {
  return delivery.error?.message ?? processNotFound.message;
}
