/** What travels between processes: signals, exit reasons, envelopes. How they are routed is elsewhere. */
import { type Failure, failure, processNotFound, processTerminated } from "./failure.js";
import { checkPayloadSize, type Payload } from "./payload.js";
import type { Pid } from "./pid.js";
import { utf8Length } from "./utf8.js";

/** Why a process ended. Only `normal` is not abnormal. */
export type ExitReason =
  | { readonly kind: "normal"; readonly value: Payload }
  | { readonly kind: "failed"; readonly error: Failure }
  | { readonly kind: "cancelled"; readonly reason: string }
  | { readonly kind: "killed" }
  | { readonly kind: "noproc" };

/**
 * The name of one half of a relation, seen from its holder: positive when the holder made it, negative when the peer did.
 * Both ends hold the same refs with opposite signs; `mirror` turns one view into the other.
 */
export type Ref = number;

/** One hop of a chain of calls: who waits, under which ref. */
export interface CallHop {
  readonly pid: string;
  readonly ref: number;
}

/** A message that expects an answer: the ref to answer to, and who is waiting behind it (for finding cycles). */
export interface CallMark {
  readonly ref: number;
  readonly chain: readonly CallHop[];
}

export interface MessageSignal {
  readonly kind: "message";
  readonly topic: string;
  readonly payloads: readonly Payload[];
  /** Present when the sender waits for an answer. */
  readonly call?: CallMark;
}

/** Refs in a signal are the sender's own view. */
export type Signal =
  | MessageSignal
  | { readonly kind: "reply"; readonly ref: number; readonly outcome: ReplyOutcome }
  | { readonly kind: "link"; readonly ref: Ref }
  | { readonly kind: "unlink"; readonly refs: readonly Ref[] }
  | { readonly kind: "monitor"; readonly ref: Ref }
  | { readonly kind: "demonitor"; readonly refs: readonly Ref[] }
  | {
      readonly kind: "exit";
      readonly via: "link" | "monitor";
      readonly refs: readonly Ref[];
      readonly reason: ExitReason;
    }
  | { readonly kind: "cancel"; readonly reason?: string; readonly withinMs?: number }
  | { readonly kind: "kill" };

export type ReplyOutcome =
  | { readonly ok: true; readonly value: Payload }
  | { readonly ok: false; readonly error: Failure };

/** A signal on its way. */
export interface Envelope {
  readonly from: Pid;
  /** The sender's incarnation: the same pid may live again (a workflow id that is run again). */
  readonly incarnation: string;
  readonly to: Pid;
  /** The incarnation that this signal is meant for, when the sender knows it; another one must not take it. */
  readonly toIncarnation?: string;
  /** 0 on an exactly-once transport; otherwise 1, 2, 3 ... per (from, incarnation, to). */
  readonly seq: number;
  readonly signal: Signal;
}

/**
 * What became of an envelope: taken over for delivery, refused as its receiver is no more, or nobody could be asked. `full`: the
 * receiver lives and had no room for the message; its sender is told, so it is no dead letter.
 */
export type Delivery =
  | { readonly kind: "accepted" }
  | { readonly kind: "gone"; readonly error?: Failure }
  | { readonly kind: "unreachable"; readonly error: Failure }
  | { readonly kind: "full"; readonly error: Failure };

export const accepted: Delivery = Object.freeze({ kind: "accepted" });
export const gone: Extract<Delivery, { kind: "gone" }> = Object.freeze({ kind: "gone" });

export function unreachable(message: string): Delivery {
  return { kind: "unreachable", error: failure("UNAVAILABLE", message, { retryable: true }) };
}

/** The error that a caller sees for an answer other than accepted. */
export function deliveryError(delivery: Exclude<Delivery, { kind: "accepted" }>): Failure {
  return delivery.kind === "gone" ? (delivery.error ?? processNotFound) : delivery.error;
}

/** What became of an envelope, as the outcome of having sent it. */
export function deliveryOutcome(delivery: Delivery): ReplyOutcome {
  return delivery.kind === "accepted" ? { ok: true, value: null } : { ok: false, error: deliveryError(delivery) };
}

/** A topic that programs may not use: `@...` is ours, `__temporal_...` breaks the Temporal SDK, and names are at most 255 bytes. */
export function topicProblem(topic: string): string | undefined {
  if (topic === "") return "topic cannot be empty";
  if (topic.startsWith("@")) return "cannot send to @ topics";
  if (topic.startsWith("__temporal_"))
    return "cannot send to __temporal_ topics, which the Temporal SDK keeps for itself";
  if (topic === "__stack_trace" || topic === "__enhanced_stack_trace")
    return `cannot send to ${topic}, a query of the SDK`;
  return utf8Length(topic) > 255 ? "topic is longer than 255 bytes" : undefined;
}

/** Why a program may not send this message: INVALID, the same on every host. */
export function messageProblem(topic: string, payloads: readonly Payload[]): Failure | undefined {
  const problem = topicProblem(topic);
  if (problem !== undefined) return failure("INVALID", problem, { retryable: false });
  return checkPayloadSize(payloads, "message");
}

export function mirror(refs: readonly Ref[]): Ref[] {
  // Nearly always one.
  return refs.length === 1 ? [-refs[0]!] : refs.map((ref) => -ref);
}

export function isAbnormal(reason: ExitReason): boolean {
  return reason.kind !== "normal";
}

/** The error in an EXIT or LINK_DOWN event; undefined for a normal end. */
export function exitError(reason: ExitReason): Failure | undefined {
  switch (reason.kind) {
    case "normal":
      return undefined;
    case "failed":
      return reason.error;
    case "cancelled":
      return failure("CANCELED", reason.reason === "" ? "operation canceled" : reason.reason, { retryable: false });
    case "killed":
      return processTerminated;
    case "noproc":
      return processNotFound;
  }
}
