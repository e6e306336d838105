/** Mailbox: messages of one process, first in first out per subscription. Who wakes up for them is the process's business. */
import { type Message, MessageQueue } from "./message-queue.js";

/**
 * Exact topic subscription first; else the inbox, for topics without `@`; else kept until somebody subscribes.
 * Nothing is dropped because nobody listens yet. Source: specification, rule 5.
 */
export class Mailbox {
  private topics: Map<string, MessageQueue> | undefined = undefined;
  private inbox: MessageQueue | undefined = undefined;
  private unclaimed: MessageQueue | undefined = undefined;
  private arrivals = 0;

  /** Messages not yet taken by the program. */
  get size(): number {
    let sum = 0;
    for (const queue of this.queues()) sum += queue.size;
    return sum;
  }

  /** Store a message; returns the subscription that got it, undefined when nobody listens. */
  push(message: Message): MessageQueue | undefined {
    const queue = this.queueFor(message.topic);
    (queue ?? this.waitingRoom()).push(message, ++this.arrivals);
    return queue;
  }

  /** The queue of one topic; the same object each time. Messages that waited for it come first, also those in the inbox. */
  subscribe(topic: string): MessageQueue {
    this.topics ??= new Map();
    let queue = this.topics.get(topic);
    if (queue === undefined) {
      queue = new MessageQueue(topic);
      this.topics.set(topic, queue);
      this.redistribute(this.unclaimed);
      this.redistribute(this.inbox);
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
    if (queue.topic === undefined || this.topics?.get(queue.topic) !== queue) return false;
    this.topics.delete(queue.topic);
    const back = queue.drain();
    if (back.length > 0) {
      const target = this.queueFor(queue.topic) ?? this.waitingRoom();
      const merged = [...target.drain(), ...back].sort((a, b) => a[0] - b[0]);
      for (const [stamp, message] of merged) target.push(message, stamp);
    }
    return true;
  }

  /** End every subscription; what was not yet taken waits for new ones, in order of arrival. */
  release(): void {
    const left = this.list();
    this.topics = undefined;
    this.inbox = undefined;
    this.unclaimed = undefined;
    for (const message of left) this.push(message);
  }

  /** Take the oldest message out, whoever would have got it. */
  shiftOldest(): Message | undefined {
    let oldest: MessageQueue | undefined;
    for (const queue of this.queues()) {
      const stamp = queue.firstStamp;
      if (stamp !== undefined && stamp < (oldest?.firstStamp ?? Number.POSITIVE_INFINITY)) oldest = queue;
    }
    return oldest?.shift();
  }

  /** Every message not yet taken, in order of arrival. */
  list(): Message[] {
    const all = this.queues().flatMap((queue) => queue.list());
    return all.sort((a, b) => a[0] - b[0]).map(([, message]) => message);
  }

  /** True when somebody has subscribed to what a message of this topic goes to. */
  hears(topic: string): boolean {
    return this.queueFor(topic) !== undefined;
  }

  private queueFor(topic: string): MessageQueue | undefined {
    const exact = this.topics?.get(topic);
    if (exact !== undefined) return exact;
    return topic.charCodeAt(0) === atSign ? undefined : this.inbox;
  }

  private waitingRoom(): MessageQueue {
    this.unclaimed ??= new MessageQueue(undefined);
    return this.unclaimed;
  }

  private queues(): MessageQueue[] {
    const all = [this.unclaimed, this.inbox, ...(this.topics?.values() ?? [])];
    return all.filter((queue) => queue !== undefined);
  }

  private redistribute(from: MessageQueue | undefined): void {
    if (from === undefined) return;
    for (const [stamp, message] of from.drain()) {
      (this.queueFor(message.topic) ?? this.waitingRoom()).push(message, stamp);
    }
  }
}

const atSign = 0x40;
