/** Dead letters of one node: messages that reached nobody, to be looked at, sent again or dropped. They end with their node. */
import { type Delivery, type Envelope, failure, payloadBytes } from "../mailbox/index.js";

export interface DeadLetter {
  /** Counts up on one node. */
  readonly id: number;
  /** Ms since 1970. */
  readonly at: number;
  /** As it was sent; of a call, the mark is still there. */
  readonly envelope: Envelope;
  readonly reason: string;
}

/** Letters that have everything that is named here. */
export interface LetterFilter {
  /** Text of a pid. */
  readonly to?: string;
  readonly from?: string;
  readonly topic?: string;
  /** The newest of them, at most so many. */
  readonly limit?: number;
}

export interface Resent {
  readonly id: number;
  readonly delivery: Delivery;
}

interface Kept {
  readonly letter: DeadLetter;
  readonly weight: number;
  /** Set while it is being sent again. */
  underWay?: Promise<Delivery>;
}

/** Letters kept; the count goes on. */
const maxKept = 1000;
/** And their payloads together, so that large messages to the dead do not fill the memory. */
const maxKeptBytes = 8 * 1024 * 1024;

export class DeadLetters {
  private readonly kept = new Map<number, Kept>();
  private keptBytes = 0;
  private last = 0;
  /** Sent again and not yet answered: one that comes back is no new letter. */
  private readonly sentAgain = new Map<Envelope, { reason: string | undefined }>();
  private readonly now: () => number;
  private readonly offer: (envelope: Envelope) => Delivery | Promise<Delivery>;
  private readonly onLetter: (letter: DeadLetter) => void;

  constructor(
    now: () => number,
    offer: (envelope: Envelope) => Delivery | Promise<Delivery>,
    onLetter: (letter: DeadLetter) => void,
  ) {
    this.now = now;
    this.offer = offer;
    this.onLetter = onLetter;
  }

  /** All there have been, those that are no longer kept included. */
  get count(): number {
    return this.last;
  }

  /** Keep what reached nobody; the oldest make room. Signals other than messages and replies have nothing to be read. */
  add(envelope: Envelope, reason: string): void {
    const { kind } = envelope.signal;
    if (kind !== "message" && kind !== "reply") return;
    const again = this.sentAgain.get(envelope);
    if (again !== undefined) {
      again.reason = reason;
      return;
    }
    const letter = { id: ++this.last, at: this.now(), envelope, reason };
    const weight = weightOf(envelope);
    this.kept.set(letter.id, { letter, weight });
    this.keptBytes += weight;
    for (const id of this.kept.keys()) {
      if (this.kept.size <= maxKept && this.keptBytes <= maxKeptBytes) break;
      this.drop(id);
    }
    this.onLetter(letter);
  }

  /** Oldest first. */
  list(filter: LetterFilter = {}): DeadLetter[] {
    const found = [...this.kept.values()].map(({ letter }) => letter).filter((letter) => matches(letter, filter));
    return filter.limit === undefined ? found : found.slice(Math.max(0, found.length - filter.limit));
  }

  /**
   * Send a letter again, as from its sender; undefined when there is none of that id. It goes when it is accepted, and stays
   * otherwise. A call comes as a plain message: whoever made it was told long ago that it failed, and a process that answers it has
   * nobody to answer. Asked for twice, it is sent once.
   */
  resend(id: number): Promise<Delivery> | undefined {
    const kept = this.kept.get(id);
    if (kept === undefined) return undefined;
    kept.underWay ??= this.send(kept.letter).then((delivery) => {
      delete kept.underWay;
      if (delivery.kind === "accepted") this.drop(id);
      return delivery;
    });
    return kept.underWay;
  }

  /** Oldest first, so that the letters of one sender to one process keep their order. */
  async resendAll(filter: LetterFilter = {}): Promise<Resent[]> {
    const sent = this.list(filter).map(async ({ id }) => ({ id, delivery: await this.resend(id)! }));
    return Promise.all(sent);
  }

  /** Forget a letter; false when there is none of that id. */
  drop(id: number): boolean {
    const kept = this.kept.get(id);
    if (kept === undefined) return false;
    this.kept.delete(id);
    this.keptBytes -= kept.weight;
    return true;
  }

  /** How many that were. */
  dropAll(filter: LetterFilter = {}): number {
    const found = this.list(filter);
    for (const { id } of found) this.drop(id);
    return found.length;
  }

  private async send({ envelope }: DeadLetter): Promise<Delivery> {
    const copy = sentAnew(envelope);
    const again: { reason: string | undefined } = { reason: undefined };
    this.sentAgain.set(copy, again);
    const delivery = await this.offer(copy);
    this.sentAgain.delete(copy);
    if (delivery.kind !== "accepted" || again.reason === undefined) return delivery;
    // Its host said accepted, and made a dead letter of it.
    return { kind: "full", error: failure("LIMIT_EXCEEDED", again.reason, { retryable: true }) };
  }
}

/** Its number would count as a repeat by now, and its caller waits no more. */
function sentAnew(envelope: Envelope): Envelope {
  const { signal } = envelope;
  if (signal.kind !== "message") return { ...envelope, seq: 0 };
  const { kind, topic, payloads } = signal;
  return { ...envelope, seq: 0, signal: { kind, topic, payloads } };
}

function matches({ envelope: { from, to, signal } }: DeadLetter, filter: LetterFilter): boolean {
  if (filter.to !== undefined && filter.to !== to.text) return false;
  if (filter.from !== undefined && filter.from !== from.text) return false;
  return filter.topic === undefined || (signal.kind === "message" && signal.topic === filter.topic);
}

function weightOf({ signal }: Envelope): number {
  if (signal.kind === "message") return payloadBytes(signal.payloads, maxKeptBytes);
  if (signal.kind !== "reply") return 0;
  const { outcome } = signal;
  return payloadBytes(outcome.ok ? outcome.value : (outcome.error.details ?? null), maxKeptBytes);
}
