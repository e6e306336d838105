/** Channels that are views on what the kernel keeps for a process: queues of its mailbox, and its events. Nothing is copied ahead. */
import type { ProcessEvent } from "../actors/index.js";
import { type Mailbox, type MessageQueue, Queue } from "../mailbox/index.js";
import { Channel, closedAndEmpty, type Received } from "./channel.js";
import { eventTable } from "./modules/process/events.js";
import { showMessage } from "./modules/process/message.js";
import type { Shared } from "./owner.js";

/** The inbox or one topic. A message leaves the mailbox only when a receiver takes it. */
export class MailChannel extends Channel {
  readonly queue: MessageQueue;
  /** Deliver Message objects instead of raw payloads. */
  asMessages: boolean;
  private readonly shared: Shared;

  constructor(queue: MessageQueue, asMessages: boolean, shared: Shared) {
    super();
    this.queue = queue;
    this.asMessages = asMessages;
    this.shared = shared;
  }

  get readable(): boolean {
    return this.closed || this.queue.size > 0;
  }

  take(): Received {
    const message = this.closed ? undefined : this.queue.shift();
    return message === undefined
      ? closedAndEmpty
      : { value: showMessage(this.shared, message, this.asMessages), ok: true };
  }

  /** The subscription has ended: what the queue still held is back in the mailbox. */
  end(): void {
    this.closed = true;
    this.pump();
  }
}

/** Events in order of arrival; they wait here whether or not the process looks at them. */
export class EventChannel extends Channel {
  private waiting: Queue<ProcessEvent> | undefined = undefined;
  private readonly shared: Shared;

  constructor(shared: Shared) {
    super();
    this.shared = shared;
  }

  get readable(): boolean {
    return this.waiting !== undefined && this.waiting.size > 0;
  }

  take(): Received {
    const event = this.waiting?.shift();
    return event === undefined ? closedAndEmpty : { value: eventTable(this.shared, event), ok: true };
  }

  /** Nobody has taken these. */
  unread(): readonly ProcessEvent[] {
    return this.waiting?.list() ?? [];
  }

  push(event: ProcessEvent): void {
    this.waiting ??= new Queue();
    this.waiting.push(event);
    this.pump();
  }
}

/** What a process listens to: each channel is made when it is first needed. The channels of one topic, of the inbox and of the events are the same objects each time. */
export class Subscriptions {
  private readonly mailbox: Mailbox;
  private readonly shared: Shared;
  private topics: Map<MessageQueue, MailChannel> | undefined = undefined;
  private inboxChannel: MailChannel | undefined;
  private events: EventChannel | undefined;
  private eventsAsked = false;

  constructor(mailbox: Mailbox, shared: Shared) {
    this.mailbox = mailbox;
    this.shared = shared;
  }

  /** True once the process has asked for any of them: then something may still arrive. */
  get any(): boolean {
    return this.eventsAsked || this.inboxChannel !== undefined || (this.topics?.size ?? 0) > 0;
  }

  inbox(): MailChannel {
    this.inboxChannel ??= new MailChannel(this.mailbox.subscribeInbox(), true, this.shared);
    return this.inboxChannel;
  }

  eventChannel(): EventChannel {
    this.eventsAsked = true;
    return this.made();
  }

  /** `asMessages` switches a channel that exists already to Message objects, never back. */
  listen(topic: string, asMessages: boolean): MailChannel {
    const queue = this.mailbox.subscribe(topic);
    this.topics ??= new Map();
    let channel = this.topics.get(queue);
    if (channel === undefined) {
      channel = new MailChannel(queue, asMessages, this.shared);
      this.topics.set(queue, channel);
    }
    if (asMessages) channel.asMessages = true;
    return channel;
  }

  /** False when this is not the channel of a topic. Messages that nobody took fall to the inbox. */
  unlisten(channel: Channel): boolean {
    if (!(channel instanceof MailChannel) || this.topics?.get(channel.queue) !== channel) return false;
    this.topics.delete(channel.queue);
    this.mailbox.unsubscribe(channel.queue);
    channel.end();
    this.inboxChannel?.pump();
    return true;
  }

  /** A queue of the mailbox got a message. */
  arrived(queue: MessageQueue): void {
    (this.topics?.get(queue) ?? this.inboxChannel)?.pump();
  }

  happened(event: ProcessEvent): void {
    this.made().push(event);
  }

  /** Events that nobody has taken. */
  unread(): readonly ProcessEvent[] {
    return this.events?.unread() ?? [];
  }

  private made(): EventChannel {
    this.events ??= new EventChannel(this.shared);
    return this.events;
  }
}
