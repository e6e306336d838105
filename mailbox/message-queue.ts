/** MessageQueue: messages with their arrival numbers, first in first out. Which messages come here is the mailbox's business. */
import type { Payload } from "./payload.js";
import type { Pid } from "./pid.js";
import { Queue } from "./queue.js";
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

/** Those behind the first, side by side. */
interface Rest {
  readonly messages: Queue<Message>;
  readonly stamps: Queue<number>;
}

/** The first message has a place of its own: a process that keeps up with its mail owns no buffer. */
export class MessageQueue {
  /** Exact topic, or undefined for the inbox. */
  readonly topic: string | undefined;
  private first: Message | undefined = undefined;
  private stamp = 0;
  private rest: Rest | undefined = undefined;

  constructor(topic: string | undefined) {
    this.topic = topic;
  }

  get size(): number {
    return this.first === undefined ? 0 : 1 + (this.rest?.messages.size ?? 0);
  }

  push(message: Message, stamp: number): void {
    if (this.first === undefined) {
      this.first = message;
      this.stamp = stamp;
      return;
    }
    this.rest ??= { messages: new Queue(), stamps: new Queue() };
    this.rest.messages.push(message);
    this.rest.stamps.push(stamp);
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
      this.stamp = rest.stamps.shift()!;
      this.first = rest.messages.shift();
      if (rest.messages.size === 0) this.rest = undefined;
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
    if (this.first === undefined) return [];
    const stamps = this.rest?.stamps.list() ?? [];
    const rest = (this.rest?.messages.list() ?? []).map((message, i): [number, Message] => [stamps[i]!, message]);
    return [[this.stamp, this.first], ...rest];
  }
}
