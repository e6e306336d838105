/** Gate: which messages may enter a bounded mailbox, and who waits before it. Where messages are queued is the host's business. */
import {
  accepted,
  type Delivery,
  droppedUnread,
  type Envelope,
  type MailboxLimit,
  mailboxFull,
  mailboxStayedFull,
  type Pid,
  Queue,
} from "../mailbox/index.js";
import type { Clock } from "./host.js";

export interface GateOwner<Item> {
  readonly pid: Pid;
  /** Messages that the program has not taken, those queued for it included. */
  unread(): number;
  /** A copy of what was taken before: it will have no effect. */
  hasTaken(envelope: Envelope): boolean;
  enter(item: Item): void;
  /** It will not enter, and this is what its sender is told. */
  turnAway(item: Item, delivery: Delivery): void;
  /** So many messages more have found the mailbox full; the envelope when it is one that did not enter. */
  noteFull(limit: MailboxLimit, count: number, envelope?: Envelope): void;
}

interface Waiter<Item> {
  readonly envelope: Envelope;
  readonly item: Item;
  readonly until: number;
}

/**
 * Only messages come here. What does not count against the limit (signals, replies) passes by, and so does what was accepted before a
 * restart; `beforeOthers` keeps the order then. A process never waits for itself: to its own full mailbox `block` is `fail`.
 */
export class Gate<Item> {
  private current: MailboxLimit;
  private readonly owner: GateOwner<Item>;
  private readonly clock: Clock;
  private readonly waiting = new Queue<Waiter<Item>>();
  private timer: { cancel(): void } | undefined;

  constructor(limit: MailboxLimit, owner: GateOwner<Item>, clock: Clock) {
    this.current = limit;
    this.owner = owner;
    this.clock = clock;
  }

  get limit(): MailboxLimit {
    return this.current;
  }

  /** Its process goes on as another entry. Who may come in now does so before anything that is sent from now on. */
  change(limit: MailboxLimit): void {
    this.current = limit;
    this.settle();
  }

  /** Senders that wait for room. */
  get size(): number {
    return this.waiting.size;
  }

  /** What becomes of a message: it may enter, it has to `wait`, or its sender is told this, and that is all. */
  judge(envelope: Envelope): "enter" | "wait" | Delivery {
    const { limit, owner } = this;
    const { onFull } = limit;
    if (onFull === "drop_old" || owner.hasTaken(envelope)) return "enter";
    const isOwn = envelope.from.text === owner.pid.text;
    if (owner.unread() < limit.size && (isOwn || this.waiting.size === 0)) return "enter";
    if (onFull === "block" && !isOwn) return "wait";
    owner.noteFull(limit, 1, envelope);
    const isTold = onFull === "fail" || onFull === "block" || isCall(envelope);
    return isTold ? { kind: "full", error: mailboxFull(owner.pid, limit) } : accepted;
  }

  wait(envelope: Envelope, item: Item): void {
    this.owner.noteFull(this.limit, 1, envelope);
    this.waiting.push({ envelope, item, until: this.clock.now() + this.limit.sendTimeoutMs });
    this.arm();
  }

  /** The program may have taken some: let others in. */
  settle(): void {
    const { limit, owner, waiting } = this;
    const hasRoom = (): boolean => limit.onFull === "drop_old" || owner.unread() < limit.size;
    while (waiting.size > 0 && hasRoom()) owner.enter(waiting.shift()!.item);
    this.arm();
  }

  /** Oldest messages that have to go, as newer ones have come. */
  get excess(): number {
    return this.limit.onFull === "drop_old" ? Math.max(0, this.owner.unread() - this.limit.size) : 0;
  }

  /**
   * Something of this sender passes by. Where that would be noticed, what it has waiting enters first, over the limit: its end, and
   * everything of a sender whose envelopes are numbered, as a smaller number that comes later counts as a repeat.
   */
  beforeOthers({ from, incarnation, seq, signal }: Envelope): void {
    if (this.waiting.size === 0) return;
    const isSender = ({ envelope }: Waiter<Item>): boolean =>
      envelope.from.text === from.text && envelope.incarnation === incarnation;
    if (signal.kind === "demonitor") this.withdraw(isSender, signal.refs);
    if (seq > 0 || signal.kind === "exit") {
      for (const { item } of this.waiting.takeAll(isSender)) this.owner.enter(item);
    }
    this.arm();
  }

  /** Nobody waits here any more. */
  drain(): Item[] {
    const left = this.waiting.drain();
    this.arm();
    return left.map(({ item }) => item);
  }

  /** Calls that their caller has given up. */
  private withdraw(isSender: (waiter: Waiter<Item>) => boolean, refs: readonly number[]): void {
    const isOver = (waiter: Waiter<Item>): boolean => {
      const { signal } = waiter.envelope;
      return isSender(waiter) && signal.kind === "message" && refs.includes(signal.call?.ref ?? 0);
    };
    for (const { item } of this.waiting.takeAll(isOver)) this.turnAway(item);
  }

  private turnAway(item: Item): void {
    const { limit, owner } = this;
    owner.turnAway(item, { kind: "full", error: mailboxStayedFull(owner.pid, limit) });
  }

  /** One timer, for who has waited longest. */
  private arm(): void {
    const { first } = this.waiting;
    if (first === undefined) {
      this.timer?.cancel();
      this.timer = undefined;
      return;
    }
    this.timer ??= this.clock.timer(Math.max(0, first.until - this.clock.now()), () => {
      this.timer = undefined;
      const now = this.clock.now();
      while ((this.waiting.first?.until ?? Number.POSITIVE_INFINITY) <= now) this.turnAway(this.waiting.shift()!.item);
      this.arm();
    });
  }
}

export function isMessage({ signal }: Envelope): boolean {
  return signal.kind === "message";
}

function isCall({ signal }: Envelope): boolean {
  return signal.kind === "message" && signal.call !== undefined;
}

/** True when a limit may have its sender wait or told that there is no room. */
export function mayTurnAway({ onFull }: MailboxLimit, envelope: Pick<Envelope, "signal">): boolean {
  const { signal } = envelope;
  if (signal.kind !== "message" || onFull === "drop_old") return false;
  return onFull === "block" || onFull === "fail" || signal.call !== undefined;
}

/** To the caller of a message that is dropped before its process has seen it; undefined when it is no call. */
export function droppedCall({ from, incarnation, to, signal }: Envelope, ownIncarnation: string): Envelope | undefined {
  if (signal.kind !== "message" || signal.call === undefined) return undefined;
  return {
    from: to,
    incarnation: ownIncarnation,
    to: from,
    ...(incarnation === "" ? {} : { toIncarnation: incarnation }),
    // To be answered twice has no effect.
    seq: 0,
    signal: { kind: "reply", ref: signal.call.ref, outcome: { ok: false, error: droppedUnread } },
  };
}
