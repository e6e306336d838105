/**
 * Orphans: the processes of a lost claim and their bonds with processes in memory, which did not go back when the journal did. Says who
 * has to hear what; sends nothing.
 */
import type { Relations } from "../../actors/index.js";
import { type Envelope, type ExitReason, failure, type Pid } from "../../mailbox/index.js";

export interface Orphan {
  readonly pid: Pid;
  readonly incarnation: string;
  readonly relations: Relations;
}

/** Undefined when nobody is bound to it but by its own wish. */
export function orphanOf(pid: Pid, incarnation: string, relations: Relations | undefined): Orphan | undefined {
  if (relations === undefined || relations.links.size + relations.watchers.size === 0) return undefined;
  return { pid, incarnation, relations };
}

/** Its journal was put back to a time before it, or belongs to another node now. */
export const rolledBack = "lost by the journal, which was put back to an earlier state";
export const fencedOff = "out of reach, as another node has taken the journal over";

/** What those outside of the journal hear who are bound to it, all of them or those of one node: it is out of their reach for good. */
export function* farewells(
  { pid, incarnation, relations }: Orphan,
  message: string,
  node?: string,
): Generator<Envelope> {
  const reason: ExitReason = { kind: "failed", error: failure("UNAVAILABLE", message, { retryable: true }) };
  for (const [via, table] of [
    ["monitor", relations.watchers],
    ["link", relations.links],
  ] as const) {
    for (const { pid: to, incarnation: toIncarnation, refs } of table.values()) {
      if (to.node === pid.node || (node !== undefined && to.node !== node)) continue;
      const life = toIncarnation === "" ? {} : { toIncarnation };
      yield { from: pid, incarnation, to, ...life, seq: 0, signal: { kind: "exit", via, refs, reason } };
    }
  }
}

/** It is still there, perhaps without what it was last told: the bonds that processes of `node` hold with it. Safe to repeat. */
export function* bonds({ pid, relations }: Orphan, node: string): Generator<Envelope> {
  for (const [kind, table] of [
    ["monitor", relations.watchers],
    ["link", relations.links],
  ] as const) {
    for (const { pid: from, incarnation, refs } of table.values()) {
      if (from.node !== node) continue;
      for (const ref of refs) yield { from, incarnation, to: pid, seq: 0, signal: { kind, ref: -ref } };
    }
  }
}
