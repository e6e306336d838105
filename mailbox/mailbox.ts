/** Mailbox: messages of one process, first in first out per subscription. Who wakes up for them is the process's business. */
import { type Message, MessageQueue } from "./message-queue.js";

/** Of a process that has subscribed to a topic, or has got a message of ours that it does not know. */
interface Others {
  readonly topics: Map<string, MessageQueue>;
  /** With an `@`, which the inbox does not take. */
  readonly unclaimed: MessageQueue;
}

/**
 * Exact topic subscription first; else the inbox, for topics without `@`; else kept until somebody subscribes.
 * Nothing is dropped because nobody listens yet. Source: specification, rule 5.
 *
 * It is the queue of its inbox itself, as there is one for each process: what a queue has is told of the inbox alone.
 */
export class Mailbox extends MessageQueue {
  private hasInbox = false;
  private others: Others | undefined = undefined;
  private arrivals = 0;

  constructor() {
    super(undefined);
  }

  /** Messages not yet taken by the program, wherever they wait. */
  get unread(): number {
    let sum = this.size;
    for (const queue of this.otherQueues()) sum += queue.size;
    return sum;
  }

  /** Store a message; returns the subscription that got it, undefined when nobody listens. */
  deliver(message: Message): MessageQueue | undefined {
    const queue = this.queueFor(message.topic);
    queue.push(message, ++this.arrivals);
    return this.isHeard(queue) ? queue : undefined;
  }

  /** The queue of one topic; the same object each time. Messages that waited for it come first, also those in the inbox. */
  subscribe(topic: string): MessageQueue {
    const { topics, unclaimed } = this.needOthers();
    let queue = topics.get(topic);
    if (queue === undefined) {
      queue = new MessageQueue(topic);
      topics.set(topic, queue);
      this.redistribute(unclaimed);
      this.redistribute(this);
    }
    return queue;
  }

  subscribeInbox(): MessageQueue {
    this.hasInbox = true;
    return this;
  }

  /** End a topic subscription. What it still held goes back, in order. False when the queue is not subscribed. */
  unsubscribe(queue: MessageQueue): boolean {
    if (queue.topic === undefined || this.others?.topics.get(queue.topic) !== queue) return false;
    this.others.topics.delete(queue.topic);
    const back = queue.drain();
    if (back.length > 0) {
      const target = this.queueFor(queue.topic);
      const merged = [...target.drain(), ...back].sort((a, b) => a[0] - b[0]);
      for (const [stamp, message] of merged) target.push(message, stamp);
    }
    return true;
  }

  /** End every subscription; what was not yet taken waits for new ones, in order of arrival. */
  release(): void {
    const left = this.everything();
    this.drain();
    this.others = undefined;
    this.hasInbox = false;
    for (const message of left) this.deliver(message);
  }

  /** Take the oldest message out, whoever would have got it. */
  shiftOldest(): Message | undefined {
    let oldest: MessageQueue = this;
    for (const queue of this.otherQueues()) {
      if ((queue.firstStamp ?? Number.POSITIVE_INFINITY) < (oldest.firstStamp ?? Number.POSITIVE_INFINITY)) {
        oldest = queue;
      }
    }
    return oldest.shift();
  }

  /** Every message not yet taken, in order of arrival, wherever it waits. */
  everything(): Message[] {
    const all = this.list();
    for (const queue of this.otherQueues()) all.push(...queue.list());
    return all.sort((a, b) => a[0] - b[0]).map(([, message]) => message);
  }

  /** True when somebody has subscribed to what a message of this topic goes to. */
  hears(topic: string): boolean {
    return this.isHeard(this.queueFor(topic));
  }

  private isHeard(queue: MessageQueue): boolean {
    return queue === this ? this.hasInbox : queue !== this.others?.unclaimed;
  }

  private queueFor(topic: string): MessageQueue {
    const exact = this.others?.topics.get(topic);
    if (exact !== undefined) return exact;
    return topic.charCodeAt(0) === atSign ? this.needOthers().unclaimed : this;
  }

  private needOthers(): Others {
    this.others ??= { topics: new Map(), unclaimed: new MessageQueue(undefined) };
    return this.others;
  }

  private otherQueues(): readonly MessageQueue[] {
    return this.others === undefined ? none : [this.others.unclaimed, ...this.others.topics.values()];
  }

  private redistribute(from: MessageQueue): void {
    for (const [stamp, message] of from.drain()) this.queueFor(message.topic).push(message, stamp);
  }
}

const atSign = 0x40;
const none: readonly MessageQueue[] = [];
