/** Reception: what each kind of envelope does to the process that receives it. */
import {
  droppedUnread,
  type Envelope,
  type ExitReason,
  type Failure,
  failure,
  type Mailbox,
  type Message,
  type MessageSignal,
  messageOf,
  mirror,
  type Payload,
  type Pid,
  type Signal,
  samePid,
} from "../mailbox/index.js";
import type { Bonds, ExitSignal } from "./bonds.js";
import type { Calls } from "./calls.js";
import type { Program } from "./program.js";
import { addRef, removeRefs } from "./relations.js";
import type { Spawns } from "./spawns.js";

/** The process that receives; the parts that it has not made know nothing that matters. */
export interface Receiver {
  readonly pid: Pid;
  readonly incarnation: string;
  readonly now: number;
  readonly mailbox: Mailbox;
  readonly bonds: Bonds;
  readonly bondsIfAny: Bonds | undefined;
  readonly spawnsIfAny: Spawns | undefined;
  readonly calls: Calls;
  readonly callsIfAny: Calls | undefined;
  /** Timers at whose end the process is killed, by tag. */
  readonly deadlines: Set<number>;
  isRepeat(envelope: Envelope): boolean;
  forgetPeer(pid: Pid, incarnation: string): void;
  ask(request: { readonly kind: "timer"; readonly delayMs: number }): number;
  exit(reason: ExitReason): void;
}

/** Ignores what is meant for another life of the pid, and repeats. */
export function receive(process: Receiver, envelope: Envelope, program: Program): void {
  if (envelope.toIncarnation !== undefined && envelope.toIncarnation !== process.incarnation) return;
  if (process.isRepeat(envelope)) return;
  const { signal } = envelope;
  if (signal.kind !== "message") return other(process, envelope, signal, program);
  const { topic, payloads, call } = signal;
  const message = messageOf(envelope.from, envelope.incarnation, topic, payloads, call);
  if (call !== undefined && isAnswered(process, message)) return;
  const queue = process.mailbox.deliver(message);
  if (queue !== undefined) program.message(queue);
}

/** Drop the oldest unread messages; a caller among their senders must not wait for an answer that nobody will give. */
export function discard({ mailbox, calls }: Receiver, count: number): void {
  for (let left = count; left > 0; left--) {
    const message = mailbox.shiftOldest();
    if (message === undefined) return;
    calls.reply(message, { ok: false, error: droppedUnread });
  }
}

/** A call that is refused before the program sees it. */
function isAnswered({ calls, mailbox }: Receiver, message: Message): boolean {
  const { topic } = message;
  if (calls.received(message)) return true;
  // Only programs of ours have such topics, from their start on: nobody would ever answer.
  if (!topic.startsWith("@") || mailbox.hears(topic)) return false;
  calls.reply(message, { ok: false, error: notAnswered(topic) });
  return true;
}

function other(process: Receiver, envelope: Envelope, signal: Exclude<Signal, MessageSignal>, program: Program): void {
  const { from, incarnation } = envelope;
  switch (signal.kind) {
    case "reply":
      process.callsIfAny?.finish(signal.ref, signal.outcome);
      return;
    case "link":
      if (!samePid(from, process.pid)) addRef(process.bonds.relations.links, from, incarnation, -signal.ref);
      return;
    case "unlink":
      if (process.bondsIfAny !== undefined) removeRefs(process.bonds.relations.links, from, mirror(signal.refs));
      process.spawnsIfAny?.unlinkedEarly(signal.refs);
      return;
    case "monitor":
      if (!samePid(from, process.pid)) addRef(process.bonds.relations.watchers, from, incarnation, -signal.ref);
      return;
    case "demonitor":
      if (process.bondsIfAny !== undefined) removeRefs(process.bonds.relations.watchers, from, mirror(signal.refs));
      process.callsIfAny?.withdrawn({ from, incarnation }, signal.refs);
      return;
    case "exit":
      return peerEnded(process, envelope, signal);
    case "cancel":
      return cancel(process, from, signal.reason, signal.withinMs, program);
    case "kill":
      return process.exit({ kind: "killed" });
  }
}

function peerEnded(process: Receiver, { from, incarnation }: Envelope, signal: ExitSignal): void {
  process.forgetPeer(from, incarnation);
  process.callsIfAny?.forget(from);
  if (process.spawnsIfAny?.keepEarly(from, signal)) return;
  process.bondsIfAny?.receiveExit(from, signal);
}

function cancel(
  process: Receiver,
  from: Pid,
  reason: string | undefined,
  withinMs: number | undefined,
  program: Program,
): void {
  const { now } = process;
  if (withinMs !== undefined) process.deadlines.add(process.ask({ kind: "timer", delayMs: withinMs }));
  const deadline = withinMs === undefined ? undefined : now + withinMs;
  program.event({ kind: "cancel", from, at: now, reason, deadline });
}

function notAnswered(topic: string): Failure {
  const details = { unanswered: topic };
  return failure("INVALID", `this process answers no calls to ${topic}`, { retryable: false, details });
}

/** True of the refusal by a process whose program knows nothing of the topic. */
export function isNotAnswered({ details }: Failure, topic: string): boolean {
  return (details as { readonly unanswered?: Payload } | undefined)?.unanswered === topic;
}
