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
        this.passInside(this.keep(envelope, 0, this.host.now()));
        return accepted;
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

  /** The claim is void, or the process is put to rest. */
  stop(): void {
    this.courier.stop();
  }

  private keep(envelope: Envelope, tag: number, at: number): Parcel {
    const parcel = { number: ++this.last, envelope, tag, at };
    this.kept.set(parcel.number, parcel);
    return parcel;
  }

  private passInside({ number, envelope }: Parcel): void {
    this.host.pass(
      envelope,
      () => this.arrived(number),
      () => {
        this.arrived(number);
        this.bounce(envelope, { kind: "gone" });
      },
    );
  }

  private leave(parcel: Parcel): void {
    this.host.batches.after(() => this.courier.send(parcel));
  }

  private delivered({ number, envelope, tag }: Parcel, delivery: Delivery): void {
    if (!this.kept.has(number)) return;
    if (delivery.kind !== "accepted") this.host.system.router.lost(envelope, refusalText(delivery));
    this.arrived(number);
    if (tag > 0) this.owner.answer(tag, delivery);
    else if (delivery.kind !== "accepted") this.bounce(envelope, delivery);
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
  if (host.knows(to)) return { kind: "outside", deferred: false };
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
