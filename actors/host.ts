/**
 * Host: where processes live. The laws, each of them a group of the conformance suite:
 *
 * 1. One consumer: a process is fed one input at a time.
 * 2. Order: envelopes from one sender arrive in sending order.
 * 3. An accepted signal is never lost while the host promises durability; it may repeat, and a repeat has no effect.
 * 4. Every death is announced: one halt per pid and incarnation, and each related pid hears once, also when the program could not run.
 * 5. `deliver` to an unknown or dead pid answers `gone` and never throws; what is still queued when its receiver halts is `gone` too.
 * 6. `close` and a kill are safe to repeat.
 * 7. `spawn` writes the parent's link or monitor into the child before the child's first input.
 */
import {
  type Delivery,
  type Envelope,
  type Failure,
  failure,
  type Pid,
  type Ref,
  type Signal,
} from "../mailbox/index.js";
import type { SpawnResult, SpawnSpec } from "./input.js";

/** A bond that exists at both ends. Ref is the watcher's view. */
export interface KnownBond {
  readonly watcher: Pid;
  readonly watcherIncarnation: string;
  readonly watched: Pid;
  /** "" while unknown. */
  readonly watchedIncarnation: string;
  readonly via: "link" | "monitor";
  readonly ref: Ref;
}

export interface Host {
  /** Registry id of the host entry, `ns:name`. */
  readonly id: string;
  /** The node part of its pids. */
  readonly node: string;
  /** Its processes are there again when the node that runs them has ended. Left out: they are not. */
  readonly isDurable?: boolean;
  /** Start a process once per (parent, key). Never rejects. */
  spawn(spec: SpawnSpec): SpawnResult | Promise<SpawnResult>;
  /**
   * As `spawn`, answered by a callback, so that the answer keeps its place before all that the child sends. For hosts whose answers come
   * among envelopes; others leave it out.
   */
  spawnThen?(spec: SpawnSpec, answer: (result: SpawnResult) => void): void;
  /** Take an envelope over. Never throws or rejects; keeps order per (from, to). */
  deliver(envelope: Envelope): Delivery | Promise<Delivery>;
  /** False when there is no such process any more. Left out by hosts that would have to ask somebody. */
  knows?(pid: Pid): boolean;
  /**
   * True when a message to this living process may have to wait, or be told that there is no room: then only its delivery answers it.
   * Left out by hosts without limits.
   */
  mayTurnAway?(to: Pid, signal: Signal): boolean;
  /**
   * For hosts that watch on behalf of others: a watcher has come back after the loss of its node, and has to be told again when this
   * process ends, at once when it has. Hosts whose processes announce their own ends leave it out.
   */
  watchAgain?(bond: KnownBond): void;
  /** Ask every process to stop, wait at most `graceMs`, end the rest. */
  close(graceMs: number): Promise<void>;
}

/** What a host that is closing answers a spawn. */
export const hostClosing: Failure = failure("UNAVAILABLE", "host is shutting down", { retryable: true });

/** Why a host that runs `count` processes may not start another one; undefined when it may. A limit of 0 is none. */
export function noRoom(hostId: string, count: number, maxProcesses: number): Failure | undefined {
  if (maxProcesses === 0 || count < maxProcesses) return undefined;
  const message = `max processes limit exceeded (${maxProcesses} on ${hostId})`;
  return failure("LIMIT_EXCEEDED", message, { retryable: true });
}

/** Time as a host sees it; tests pass a virtual one. Milliseconds. */
export interface Clock {
  now(): number;
  /** Ms with their fractions, from any start: by it time is shared between turns. A virtual clock leaves it out, and turns are counted. */
  fine?(): number;
  timer(delayMs: number, fire: () => void): { cancel(): void };
  /** Run after what is going on now, letting input and output have their turn. */
  soon(run: () => void): void;
}
