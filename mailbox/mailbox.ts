/** Mailbox: messages of one process, first in first out per subscription. Who wakes up for them is the process's business. */
import type { Payload } from "./payload.js";
import type { Pid } from "./pid.js";
import type { CallMark } from "./signal.js";

/** A message as its receiver sees it. */
export interface Message {
  readonly from: Pid;
  /** Incarnation of the sender; "" when it came from outside. */
  readonly incarnation: string;
  readonly topic: string;
  readonly payloads: readonly Payload[];
  readonly call?: CallMark;
}

/** A ring buffer of messages with their arrival numbers; grows by doubling, shrinks when it has been drained. */
export class MessageQueue {
  /** Exact topic, or undefined for the inbox. */
  readonly topic: string | undefined;
  private items: (Message | undefined)[] = new Array(8);
  private stamps: number[] = new Array(8).fill(0);
  private head = 0;
  private count = 0;

  constructor(topic: string | undefined) {
    this.topic = topic;
  }

  get size(): number {
    return this.count;
  }

  push(message: Message, stamp: number): void {
    if (this.count === this.items.length) this.resize(this.count * 2);
    const at = (this.head + this.count) & (this.items.length - 1);
    this.items[at] = message;
    this.stamps[at] = stamp;
    this.count++;
  }

  /** Arrival number of the oldest message. */
  get firstStamp(): number | undefined {
    return this.count === 0 ? undefined : this.stamps[this.head];
  }

  shift(): Message | undefined {
    if (this.count === 0) return undefined;
    const message = this.items[this.head];
    this.items[this.head] = undefined;
    this.head = (this.head + 1) & (this.items.length - 1);
    this.count--;
    if (this.count === 0 && this.items.length > 1024) this.resize(8);
    return message;
  }

  /** Take everything out, oldest first, with the arrival numbers. */
  drain(): [stamp: number, message: Message][] {
    const all = this.list();
    this.items = new Array(8);
    this.stamps = new Array(8).fill(0);
    this.head = 0;
    this.count = 0;
    return all;
  }

  list(): [stamp: number, message: Message][] {
    const all: [number, Message][] = [];
    for (let i = 0; i < this.count; i++) {
      const at = (this.head + i) & (this.items.length - 1);
      all.push([this.stamps[at]!, this.items[at]!]);
    }
    return all;
  }

  private resize(size: number): void {
    const all = this.list();
    this.items = new Array(size);
    this.stamps = new Array(size).fill(0);
    all.forEach(([stamp, message], i) => {
      this.items[i] = message;
      this.stamps[i] = stamp;
    });
    this.head = 0;
  }
}

/**
 * Exact topic subscription first; else the inbox, for topics without `@`; else kept until somebody subscribes.
 * Nothing is dropped because nobody listens yet. Source: specification, rule 5.
 */
export class Mailbox {
  private readonly topics = new Map<string, MessageQueue>();
  private inbox: MessageQueue | undefined;
  private unclaimed = new MessageQueue(undefined);
  private arrivals = 0;

  /** Messages not yet taken by the program. */
  get size(): number {
    let sum = this.unclaimed.size + (this.inbox?.size ?? 0);
    for (const queue of this.topics.values()) sum += queue.size;
    return sum;
  }

  /** Store a message; returns the subscription that got it, undefined when nobody listens. */
  push(message: Message): MessageQueue | undefined {
    const stamp = ++this.arrivals;
    const queue = this.queueFor(message.topic);
    (queue ?? this.unclaimed).push(message, stamp);
    return queue;
  }

  /** The queue of one topic; the same object each time. Messages that waited for it come first, also those in the inbox. */
  subscribe(topic: string): MessageQueue {
    let queue = this.topics.get(topic);
    if (queue === undefined) {
      queue = new MessageQueue(topic);
      this.topics.set(topic, queue);
      this.redistribute(this.unclaimed);
      if (this.inbox !== undefined) this.redistribute(this.inbox);
    }
    return queue;
  }

  subscribeInbox(): MessageQueue {
    if (this.inbox === undefined) {
      this.inbox = new MessageQueue(undefined);
      this.redistribute(this.unclaimed);
    }
    return this.inbox;
  }

  /** End a topic subscription. What it still held goes back, in order. False when the queue is not subscribed. */
  unsubscribe(queue: MessageQueue): boolean {
    if (queue.topic === undefined || this.topics.get(queue.topic) !== queue) return false;
    this.topics.delete(queue.topic);
    const back = queue.drain();
    if (back.length > 0) {
      const target = this.queueFor(queue.topic) ?? this.unclaimed;
      const merged = [...target.drain(), ...back].sort((a, b) => a[0] - b[0]);
      for (const [stamp, message] of merged) target.push(message, stamp);
    }
    return true;
  }

  /** End every subscription; what was not yet taken waits for new ones, in order of arrival. */
  release(): void {
    const left = this.list();
    this.topics.clear();
    this.inbox = undefined;
    this.unclaimed = new MessageQueue(undefined);
    for (const message of left) this.push(message);
  }

  /** Take the oldest message out, whoever would have got it. */
  shiftOldest(): Message | undefined {
    let oldest: MessageQueue | undefined;
    for (const queue of [this.unclaimed, this.inbox, ...this.topics.values()]) {
      const stamp = queue?.firstStamp;
      if (stamp !== undefined && stamp < (oldest?.firstStamp ?? Number.POSITIVE_INFINITY)) oldest = queue;
    }
    return oldest?.shift();
  }

  /** Every message not yet taken, in order of arrival. */
  list(): Message[] {
    const all = [...this.unclaimed.list(), ...(this.inbox?.list() ?? [])];
    for (const queue of this.topics.values()) all.push(...queue.list());
    return all.sort((a, b) => a[0] - b[0]).map(([, message]) => message);
  }

  /** True when somebody has subscribed to what a message of this topic goes to. */
  hears(topic: string): boolean {
    return this.queueFor(topic) !== undefined;
  }

  private queueFor(topic: string): MessageQueue | undefined {
    const exact = this.topics.get(topic);
    if (exact !== undefined) return exact;
    return topic.startsWith("@") ? undefined : this.inbox;
  }

  private redistribute(from: MessageQueue): void {
    for (const [stamp, message] of from.drain()) (this.queueFor(message.topic) ?? this.unclaimed).push(message, stamp);
  }
}
