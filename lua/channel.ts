/** Channels of one process: what is ready, who waits, who wakes whom. The Lua functions over them are in modules/channel. */
import { Queue } from "../mailbox/index.js";
import type { LuaRef, Pushable } from "./fengari.js";
import type { HostChannel } from "./owner.js";
import type { Wait } from "./task.js";

export interface Received {
  readonly value: Pushable;
  /** False: closed and empty. */
  readonly ok: boolean;
}

/** A blocked receive or a receive case of a blocked select. `got` ends the wait. */
export interface Receiver {
  readonly wait: Wait;
  got(received: Received): void;
}

/** A blocked send or a send case of a blocked select. One of the two functions ends the wait. */
export interface Sender {
  readonly wait: Wait;
  readonly value: LuaRef;
  sent(): void;
  refused(): void;
}

export const closedAndEmpty: Received = Object.freeze({ value: undefined, ok: false });
export const sendOnClosed = "send on closed channel";

/** First in, first out. Those whose wait was settled elsewhere, by another case of a select, are skipped. */
class Line<T extends { readonly wait: Wait }> {
  private items: Queue<T> | undefined = undefined;
  private sweepAt = 16;

  get empty(): boolean {
    this.skip();
    return this.items === undefined || this.items.size === 0;
  }

  push(item: T): void {
    this.items ??= new Queue();
    // A select in a loop would leave its withdrawn cases behind on a channel that never becomes ready.
    if (this.items.size >= this.sweepAt) {
      this.items.takeAll(isOver);
      this.sweepAt = Math.max(16, this.items.size * 2);
    }
    this.items.push(item);
  }

  shift(): T | undefined {
    this.skip();
    return this.items?.shift();
  }

  drain(): T[] {
    return (this.items?.drain() ?? []).filter((item) => !isOver(item));
  }

  private skip(): void {
    while (this.items?.first?.wait.settled) this.items.shift();
  }
}

function isOver({ wait }: { readonly wait: Wait }): boolean {
  return wait.settled;
}

/** What every channel can do for a receiver. Subclasses say where values come from. */
export abstract class Channel {
  closed = false;
  protected readonly receivers = new Line<Receiver>();

  /** True when a receive would not block. */
  abstract readonly readable: boolean;

  /** Take a value for a receiver that does not have to wait; `readable` must be true. */
  abstract take(): Received;

  /** True when taking the next value is a hand-off from a blocked sender, after which the receiver queues up behind the sender. */
  get handsOff(): boolean {
    return false;
  }

  addReceiver(receiver: Receiver): void {
    this.receivers.push(receiver);
  }

  /** Give blocked receivers what has become readable. */
  pump(): void {
    while (!this.receivers.empty && this.readable) {
      const received = this.take();
      this.receivers.shift()!.got(received);
    }
  }
}

/** A buffer, and senders that wait for room. */
export class ValueChannel extends Channel implements HostChannel {
  readonly capacity: number;
  private readonly buffer = new Queue<Pushable>();
  private readonly senders = new Line<Sender>();

  constructor(capacity: number) {
    super();
    this.capacity = Math.max(0, capacity);
  }

  get size(): number {
    return this.buffer.size;
  }

  get readable(): boolean {
    return this.buffer.size > 0 || this.closed || !this.senders.empty;
  }

  override get handsOff(): boolean {
    return this.buffer.size === 0 && !this.senders.empty;
  }

  /** True when a send would not block. */
  get writable(): boolean {
    return !this.closed && (this.buffer.size < this.capacity || !this.receivers.empty);
  }

  /** True when a send would wake a blocked receiver. */
  get awaited(): boolean {
    return !this.closed && !this.receivers.empty;
  }

  take(): Received {
    if (this.buffer.size === 0) {
      const sender = this.senders.shift();
      if (sender === undefined) return closedAndEmpty;
      sender.sent();
      return { value: sender.value, ok: true };
    }
    const value = this.buffer.shift();
    const sender = this.senders.shift();
    if (sender !== undefined) {
      this.buffer.push(sender.value);
      sender.sent();
    }
    return { value, ok: true };
  }

  /** Send without blocking; `writable` must be true. A waiting receiver gets the value past the buffer, which is empty then. */
  put(value: Pushable): void {
    const receiver = this.receivers.shift();
    if (receiver === undefined) this.buffer.push(value);
    else receiver.got({ value, ok: true });
  }

  offer(value: Pushable): boolean {
    if (!this.writable) return false;
    this.put(value);
    return true;
  }

  clear(): void {
    this.buffer.drain();
  }

  addSender(sender: Sender): void {
    this.senders.push(sender);
  }

  /** Wakes receivers with `nil, false` and blocked senders with an error; buffered values stay. Safe to repeat. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const receiver of this.receivers.drain()) receiver.got(closedAndEmpty);
    for (const sender of this.senders.drain()) sender.refused();
  }
}

/** Fed by host code alone: that of a timer, a future, a subscription. A program can only receive from it. */
export class FedChannel extends ValueChannel {}
