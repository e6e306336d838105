/** MessageQueue: messages with their arrival numbers, first in first out. Which messages come here is the mailbox's business. */
import type { Payload } from "./payload.js";
import type { Pid } from "./pid.js";
import type { CallMark } from "./signal.js";

/** A message as its receiver sees it. */
export interface Message {
  readonly kind: "message";
  readonly from: Pid;
  /** Incarnation of the sender; "" when it came from outside. */
  readonly incarnation: string;
  readonly topic: string;
  readonly payloads: readonly Payload[];
  readonly call?: CallMark | undefined;
}

export function messageOf(
  from: Pid,
  incarnation: string,
  topic: string,
  payloads: readonly Payload[],
  call?: CallMark,
): Message {
  return { kind: "message", from, incarnation, topic, payloads, call };
}

/** The first message has a place of its own: a process that keeps up with its mail owns no buffer. */
export class MessageQueue {
  /** Exact topic, or undefined for the inbox. */
  readonly topic: string | undefined;
  private first: Message | undefined = undefined;
  private stamp = 0;
  private rest: Ring | undefined = undefined;

  constructor(topic: string | undefined) {
    this.topic = topic;
  }

  get size(): number {
    return this.first === undefined ? 0 : 1 + (this.rest?.size ?? 0);
  }

  push(message: Message, stamp: number): void {
    if (this.first === undefined) {
      this.first = message;
      this.stamp = stamp;
      return;
    }
    this.rest ??= new Ring();
    this.rest.push(message, stamp);
  }

  /** Arrival number of the oldest message. */
  get firstStamp(): number | undefined {
    return this.first === undefined ? undefined : this.stamp;
  }

  shift(): Message | undefined {
    const { first, rest } = this;
    if (first === undefined) return undefined;
    if (rest === undefined) this.first = undefined;
    else {
      this.stamp = rest.firstStamp;
      this.first = rest.shift();
      if (rest.size === 0) this.rest = undefined;
    }
    return first;
  }

  /** Take everything out, oldest first, with the arrival numbers. */
  drain(): [stamp: number, message: Message][] {
    const all = this.list();
    this.first = undefined;
    this.rest = undefined;
    return all;
  }

  list(): [stamp: number, message: Message][] {
    return this.first === undefined ? [] : [[this.stamp, this.first], ...(this.rest?.list() ?? [])];
  }
}

/** A ring buffer that grows by doubling. Nothing may be taken out of an empty one. */
class Ring {
  private items: (Message | undefined)[] = new Array(8).fill(undefined);
  private stamps: number[] = new Array(8).fill(0);
  private head = 0;
  size = 0;

  push(message: Message, stamp: number): void {
    if (this.size === this.items.length) this.grow();
    const at = (this.head + this.size) & (this.items.length - 1);
    this.items[at] = message;
    this.stamps[at] = stamp;
    this.size++;
  }

  get firstStamp(): number {
    return this.stamps[this.head]!;
  }

  shift(): Message {
    const message = this.items[this.head]!;
    this.items[this.head] = undefined;
    this.head = (this.head + 1) & (this.items.length - 1);
    this.size--;
    return message;
  }

  list(): [stamp: number, message: Message][] {
    return Array.from({ length: this.size }, (_, i) => {
      const at = (this.head + i) & (this.items.length - 1);
      return [this.stamps[at]!, this.items[at]!];
    });
  }

  /** In order from the start on, with as much room again. */
  private grow(): void {
    const { items, stamps, head } = this;
    const room = items.length;
    this.items = [...items.slice(head), ...items.slice(0, head), ...new Array(room).fill(undefined)];
    this.stamps = [...stamps.slice(head), ...stamps.slice(0, head), ...new Array(room).fill(0)];
    this.head = 0;
  }
}
