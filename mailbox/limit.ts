/** The bound of a mailbox: how many messages may wait unread, and what becomes of one more. Who enforces it is in actors/gate.ts. */
import { type Failure, failure } from "./failure.js";
import type { Pid } from "./pid.js";

export const fullPolicies = ["block", "fail", "drop_new", "drop_old", "dead_letter"] as const;

/**
 * `block`: the sender waits until there is room. `fail`: it is told LIMIT_EXCEEDED. `drop_new`: the message is dropped, and its sender
 * told that it was accepted. `drop_old`: the oldest unread message makes room. `dead_letter`: as `drop_new`, and kept as a dead letter.
 * Nobody who waits for a reply is left without one: a call that finds no room is told so under every policy.
 */
export type FullPolicy = (typeof fullPolicies)[number];

export interface MailboxLimit {
  /** Messages that the program has not taken, those on their way to it included. Only messages count. */
  readonly size: number;
  readonly onFull: FullPolicy;
  /** Of `block`: who has waited so long is told UNAVAILABLE. */
  readonly sendTimeoutMs: number;
}

/** Why a dead letter of a full mailbox is one. */
export const mailboxFullText = "mailbox full";

export function mailboxFull(pid: Pid, { size }: MailboxLimit): Failure {
  return failure("LIMIT_EXCEEDED", mailboxFullText, { retryable: true, details: { pid: pid.text, size } });
}

export function mailboxStayedFull(pid: Pid, { size, sendTimeoutMs }: MailboxLimit): Failure {
  const message = `mailbox full for ${sendTimeoutMs} ms`;
  return failure("UNAVAILABLE", message, { retryable: true, details: { pid: pid.text, size } });
}

/** What the caller hears whose message was the oldest in a full mailbox. */
export const droppedUnread: Failure = Object.freeze(
  failure("LIMIT_EXCEEDED", "the message was dropped unread, as the mailbox was full", { retryable: true }),
);
