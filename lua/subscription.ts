/** Channels that are views on what the kernel keeps for a process: queues of its mailbox, and its events. Nothing is copied ahead. */
import type { ProcessEvent } from "../actors/index.js";
import type { Message, MessageQueue } from "../mailbox/index.js";
import { Channel, closedAndEmpty, type Received } from "./channel.js";
import type { Pushable } from "./fengari.js";

/** The inbox or one topic. A message leaves the mailbox only when a receiver takes it. */
export class MailChannel extends Channel {
  readonly queue: MessageQueue;
  /** Deliver Message objects instead of raw payloads. */
  asMessages: boolean;
  private readonly show: (message: Message, asMessage: boolean) => Pushable;

  constructor(queue: MessageQueue, asMessages: boolean, show: (message: Message, asMessage: boolean) => Pushable) {
    super();
    this.queue = queue;
    this.asMessages = asMessages;
    this.show = show;
  }

  get readable(): boolean {
    return this.closed || this.queue.size > 0;
  }

  take(): Received {
    const message = this.closed ? undefined : this.queue.shift();
    return message === undefined ? closedAndEmpty : { value: this.show(message, this.asMessages), ok: true };
  }

  /** The subscription has ended: what the queue still held is back in the mailbox. */
  end(): void {
    this.closed = true;
    this.pump();
  }
}

/** Events in order of arrival; they wait here from the start of the process, whether or not it looks at them. */
export class EventChannel extends Channel {
  private waiting: ProcessEvent[] = [];
  private readonly show: (event: ProcessEvent) => Pushable;

  constructor(show: (event: ProcessEvent) => Pushable) {
    super();
    this.show = show;
  }

  get readable(): boolean {
    return this.waiting.length > 0;
  }

  take(): Received {
    const event = this.waiting.shift();
    return event === undefined ? closedAndEmpty : { value: this.show(event), ok: true };
  }

  push(event: ProcessEvent): void {
    this.waiting.push(event);
    this.pump();
  }
}
