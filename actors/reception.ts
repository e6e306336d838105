/** Reception: what each kind of envelope does to the process that receives it. */
import {
  droppedUnread,
  type Envelope,
  type ExitReason,
  type Failure,
  failure,
  type Mailbox,
  type Message,
  mirror,
  type Payload,
  type Pid,
} from "../mailbox/index.js";
import type { Bonds } from "./bonds.js";
import type { Calls } from "./calls.js";
import type { Outbox } from "./outbox.js";
import type { Program } from "./program.js";
import { addRef, removeRefs } from "./relations.js";
import type { Spawns } from "./spawns.js";

interface Receiver {
  readonly pid: Pid;
  readonly incarnation: string;
  readonly now: number;
  readonly mailbox: Mailbox;
  exit(reason: ExitReason): void;
}

interface Parts {
  readonly outbox: Outbox;
  readonly bonds: Bonds;
  readonly spawns: Spawns;
  readonly calls: Calls;
  /** Timers at whose end the process is killed, by tag. */
  readonly deadlines: Set<number>;
}

export class Reception {
  private readonly process: Receiver;
  private readonly parts: Parts;

  constructor(process: Receiver, parts: Parts) {
    this.process = process;
    this.parts = parts;
  }

  /** Ignores what is meant for another life of the pid, and repeats. */
  receive(envelope: Envelope, program: Program): void {
    const { process, parts } = this;
    if (envelope.toIncarnation !== undefined && envelope.toIncarnation !== process.incarnation) return;
    if (parts.outbox.sequence.isRepeat(envelope, process.now)) return;
    const { from, incarnation, signal } = envelope;
    const { links, watchers } = parts.bonds.relations;
    const self = from.text === process.pid.text;
    switch (signal.kind) {
      case "message": {
        const { topic, payloads, call } = signal;
        return this.message({ from, incarnation, topic, payloads, call }, program);
      }
      case "reply":
        return parts.calls.finish(signal.ref, signal.outcome);
      case "link":
        if (!self) addRef(links, from, incarnation, -signal.ref);
        return;
      case "unlink":
        removeRefs(links, from, mirror(signal.refs));
        return parts.spawns.unlinkedEarly(signal.refs);
      case "monitor":
        if (!self) addRef(watchers, from, incarnation, -signal.ref);
        return;
      case "demonitor":
        removeRefs(watchers, from, mirror(signal.refs));
        return parts.calls.withdrawn({ from, incarnation }, signal.refs);
      case "exit":
        parts.outbox.sequence.forget(from, incarnation);
        parts.calls.forget(from);
        if (!parts.spawns.keepEarly(from, signal)) parts.bonds.receiveExit(from, signal);
        return;
      case "cancel":
        return this.cancel(from, signal.reason, signal.withinMs, program);
      case "kill":
        return process.exit({ kind: "killed" });
    }
  }

  /** Drop the oldest unread messages; a caller among their senders must not wait for an answer that nobody will give. */
  discard(count: number): void {
    for (let left = count; left > 0; left--) {
      const message = this.process.mailbox.shiftOldest();
      if (message === undefined) return;
      this.parts.calls.reply(message, { ok: false, error: droppedUnread });
    }
  }

  private message(message: Message, program: Program): void {
    if (this.parts.calls.received(message)) return;
    const { topic, call } = message;
    // Only programs of ours have such topics, from their start on: nobody would ever answer.
    if (call !== undefined && topic.startsWith("@") && !this.process.mailbox.hears(topic)) {
      this.parts.calls.reply(message, { ok: false, error: notAnswered(topic) });
      return;
    }
    const queue = this.process.mailbox.push(message);
    if (queue !== undefined) program.message(queue);
  }

  private cancel(from: Pid, reason: string | undefined, withinMs: number | undefined, program: Program): void {
    const { now } = this.process;
    const { outbox, deadlines } = this.parts;
    if (withinMs !== undefined) deadlines.add(outbox.request({ kind: "timer", delayMs: withinMs }));
    const deadline = withinMs === undefined ? undefined : now + withinMs;
    program.event({ kind: "cancel", from, at: now, reason, deadline });
  }
}

function notAnswered(topic: string): Failure {
  const details = { unanswered: topic };
  return failure("INVALID", `this process answers no calls to ${topic}`, { retryable: false, details });
}

/** True of the refusal by a process whose program knows nothing of the topic. */
export function isNotAnswered({ details }: Failure, topic: string): boolean {
  return (details as { readonly unanswered?: Payload } | undefined)?.unanswered === topic;
}
