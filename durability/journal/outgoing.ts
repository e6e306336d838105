/** Outgoing: the envelopes of one process from the moment they are sent until their receiver has them, across restarts. */
import { hostMissing, type System } from "../../actors/index.js";
import {
  accepted,
  type Delivery,
  type Envelope,
  failure,
  gone,
  type Pid,
  processNotFound,
  type Signal,
} from "../../mailbox/index.js";
import type { Batches } from "./batch.js";
import { Courier, type Parcel } from "./courier.js";
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
  now(): number;
  verdict(to: Pid, signal: Signal): Verdict;
  /** For one that stays inside: whether its receiver has room for it. A delivery is the answer, and the envelope goes nowhere. */
  judge(envelope: Envelope): "enter" | "wait" | Delivery;
  /** Hand over inside this journal. */
  pass(envelope: Envelope, fates: Fates): void;
}

/** What may become of an envelope inside a journal. */
export interface Fates {
  /** The receiver's journal has it. */
  taken(): void;
  /** The receiver ended before. */
  refused(): void;
  /** The receiver had no room for it. Without it the envelope has been accepted, and finds room. */
  full?(delivery: Delivery): void;
}

export interface OutgoingOwner {
  /** Settle a deferred transmission. `heard` is to be called once that is part of the journal, or nobody is there to hear it. */
  answer(tag: number, delivery: Delivery, heard: () => void): void;
  /** What a link or monitor hears that was accepted and then found nobody. */
  bounced(envelope: Envelope, delivery: Exclude<Delivery, { kind: "accepted" }>): void;
  /** What is kept has changed. */
  changed(): void;
}

export class Outgoing {
  private readonly host: OutgoingHost;
  /** Whose they are: a process, or what is left of one. */
  owner: OutgoingOwner;
  private readonly kept = new Map<number, Parcel>();
  private readonly courier: Courier;
  private last = 0;
  /** The stored state lists some. */
  private listed = false;

  constructor(host: OutgoingHost, owner: OutgoingOwner) {
    this.host = host;
    this.owner = owner;
    this.courier = new Courier(
      host.system,
      () => host.now(),
      (parcel, delivery) => this.delivered(parcel, delivery),
    );
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
    return [...this.kept.values()].map(({ number, envelope, tag, at }) => outRow(number, envelope, tag, at));
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
        return this.sendInside(envelope, tag);
      case "outside": {
        const isAwaited = verdict.deferred && tag > 0;
        this.leave(this.keep(envelope, isAwaited ? tag : 0, this.host.now()));
        return isAwaited ? undefined : accepted;
      }
    }
  }

  /** What an earlier life of this node did not see arrive. */
  restore(envelope: Envelope, tag: number, at: number): void {
    this.keep(envelope, tag, at);
    this.listed = true;
  }

  /** Send all of it again, in order. */
  resend(): void {
    for (const parcel of this.kept.values()) {
      const { to, signal } = parcel.envelope;
      if (this.host.verdict(to, signal).kind === "inside") this.passInside(parcel);
      else this.leave(parcel);
    }
  }

  /** The process has ended: nobody waits for answers, but everything goes to where it was sent. */
  nobodyWaits(): void {
    for (const [number, parcel] of this.kept) if (parcel.tag > 0) this.kept.set(number, { ...parcel, tag: 0 });
  }

  /** The claim is void, or the process is put to rest. */
  stop(): void {
    this.courier.stop();
  }

  private keep(envelope: Envelope, tag: number, at: number): Parcel {
    const parcel = { number: ++this.last, envelope, tag, at };
    this.kept.set(parcel.number, parcel);
    return parcel;
  }

  private sendInside(envelope: Envelope, tag: number): Delivery | undefined {
    const room = this.host.judge(envelope);
    if (typeof room !== "string") return room;
    const isAwaited = room === "wait" && tag > 0;
    this.passInside(this.keep(envelope, isAwaited ? tag : 0, this.host.now()));
    return isAwaited ? undefined : accepted;
  }

  private passInside({ number, envelope, tag }: Parcel): void {
    this.host.pass(envelope, {
      taken: () => this.settled(number, accepted),
      refused: () => {
        this.settled(number, gone);
        this.bounce(envelope, gone);
      },
      ...(tag > 0 ? { full: (delivery: Delivery) => this.settled(number, delivery) } : {}),
    });
  }

  private leave(parcel: Parcel): void {
    this.host.batches.after(() => this.courier.send(parcel));
  }

  private delivered({ number, envelope, tag }: Parcel, delivery: Delivery): void {
    if (!this.kept.has(number)) return;
    // Who is told that there is no room may send it again.
    const isLost =
      delivery.kind === "gone" || delivery.kind === "unreachable" || (delivery.kind === "full" && tag === 0);
    if (isLost) this.host.system.router.lost(envelope, refusalText(delivery));
    this.settled(number, delivery);
    if (tag === 0 && delivery.kind !== "accepted") this.bounce(envelope, delivery);
  }

  /** Kept until its answer is part of the journal: a sender that comes back before that has to be told. */
  private settled(number: number, delivery: Delivery): void {
    const tag = this.kept.get(number)?.tag ?? 0;
    if (tag === 0) this.arrived(number);
    else this.owner.answer(tag, delivery, () => this.arrived(number));
  }

  private bounce(envelope: Envelope, delivery: Exclude<Delivery, { kind: "accepted" }>): void {
    const { kind } = envelope.signal;
    if (kind === "link" || kind === "monitor") this.owner.bounced(envelope, delivery);
  }

  private arrived(number: number): void {
    if (!this.kept.delete(number)) return;
    if (this.listed) this.owner.changed();
  }
}

/** The verdict on everything that is not of this journal. Hosts that know their processes are asked at once. */
export function verdictOutside(system: System, to: Pid, signal: Signal): Verdict {
  const { router } = system;
  if (to.node === "") return refused({ kind: "gone", error: hostMissing(to.host) });
  if (!router.hasNode(to.node)) {
    const message = `node ${to.node} is not reachable from here`;
    return refused({ kind: "unreachable", error: failure("UNAVAILABLE", message, { retryable: true }) });
  }
  const host = router.host(to.host);
  if (host?.node !== to.node) return refused({ kind: "gone", error: hostMissing(to.host) });
  if (host.knows === undefined) return { kind: "outside", deferred: true };
  if (host.knows(to)) return { kind: "outside", deferred: host.mayTurnAway?.(to, signal) ?? false };
  // A journal still tells the end of a workflow to who monitors it.
  if (signal.kind === "monitor" && to.node !== system.node) return { kind: "outside", deferred: true };
  return refused({ kind: "gone" });
}

function refused(delivery: Exclude<Delivery, { kind: "accepted" }>): Verdict {
  return { kind: "refused", delivery };
}

function refusalText(delivery: Exclude<Delivery, { kind: "accepted" }>): string {
  return delivery.error?.message ?? processNotFound.message;
}
