/** What is written of a process beside its inputs: its state with each commit, and the base that its journal begins with. */
import { type Base, baseText, recordVersion, type StoredState } from "./records.js";
import type { Slot } from "./slot.js";

export function stateOf(slot: Slot): StoredState {
  const { process, outgoing, requests, run, pid, host } = slot;
  const facts = run?.facts;
  const deferred = outgoing.deferred();
  const nodes = [...process.relations.relatedNodes()].filter((node) => node !== pid.node);
  const names = host.system.names.of(pid);
  const due = Math.min(requests.due ?? Number.POSITIVE_INFINITY, facts?.deadline ?? Number.POSITIVE_INFINITY);
  return {
    v: recordVersion,
    inc: process.incarnation,
    entry: process.entry,
    hash: slot.hash,
    // The start of a delayed run lies in the future, which the host's clock must not be set to.
    at: Math.min(process.now, host.now()),
    n: slot.ledger.entries,
    x: slot.effects.made,
    ...(Number.isFinite(due) ? { due } : {}),
    ...(slot.isBusy ? { busy: 1 as const } : {}),
    ...(deferred.length === 0 ? {} : { deferred }),
    ...(nodes.length === 0 ? {} : { nodes }),
    ...(names.length === 0 ? {} : { names }),
    ...(outgoing.size === 0 ? {} : { out: outgoing.rows() }),
    ...(facts?.parentClosePolicy === undefined ? {} : { close: facts.parentClosePolicy }),
    ...(facts === undefined ? {} : { workflow: 1 as const }),
  };
}

export function baseOf(slot: Slot, what: Pick<Base, "start" | "from" | "open">): string {
  const { hash, run, incarnation, key } = slot;
  const workflow = run === undefined ? {} : { workflow: run.toFacts() };
  return baseText({
    v: recordVersion,
    incarnation,
    hash,
    ...workflow,
    ...(what.from === undefined ? {} : { key }),
    ...what,
  });
}
