/** Which peers a process is bound to, and what their deaths mean. Knows no transport and no clock. */
import type { ExitReason, Pid, Ref } from "../mailbox/index.js";

/** All refs between us and one peer in one table. The bond exists as long as it has a ref. */
export interface Bond {
  readonly pid: Pid;
  /** Incarnation of the peer, "" while unknown. */
  incarnation: string;
  refs: Ref[];
}

export type BondTable = Map<string, Bond>;

export type ExitVerdict = "ignore" | "die" | "event";

export function addRef(table: BondTable, pid: Pid, incarnation: string, ref: Ref): void {
  const bond = table.get(pid.text);
  if (bond === undefined) {
    table.set(pid.text, { pid, incarnation, refs: [ref] });
    return;
  }
  if (incarnation !== "") bond.incarnation = incarnation;
  if (!bond.refs.includes(ref)) bond.refs.push(ref);
}

/**
 * Remove the named refs of one bond and return those that were there. Naming refs is what keeps both ends equal when a link and
 * an unlink cross: a ref that the other end did not know yet survives on both sides.
 */
export function removeRefs(table: BondTable, pid: Pid, refs: readonly Ref[]): Ref[] {
  const bond = table.get(pid.text);
  if (bond === undefined) return [];
  const removed = bond.refs.filter((ref) => refs.includes(ref));
  if (removed.length === 0) return removed;
  bond.refs = bond.refs.filter((ref) => !refs.includes(ref));
  if (bond.refs.length === 0) table.delete(pid.text);
  return removed;
}

/** What the end of a linked peer means: normal ends are silent, others an event when trapping and our own end otherwise. */
export function linkVerdict(reason: ExitReason, trapLinks: boolean): ExitVerdict {
  if (reason.kind === "normal") return "ignore";
  return trapLinks ? "event" : "die";
}

export class Relations {
  /** Two-way bonds. */
  readonly links: BondTable = new Map();
  /** Who monitors us. */
  readonly watchers: BondTable = new Map();
  /** Whom we monitor; refs are always our own. */
  readonly watching: BondTable = new Map();
  private lastRef: number;

  constructor(lastRef = 0) {
    this.lastRef = lastRef;
  }

  newRef(): Ref {
    return ++this.lastRef;
  }

  get refCount(): number {
    return this.lastRef;
  }

  /** Nodes on which somebody lives whom we are bound to; a host watches them. */
  relatedNodes(): Set<string> {
    const nodes = new Set<string>();
    for (const table of [this.links, this.watching]) for (const bond of table.values()) nodes.add(bond.pid.node);
    return nodes;
  }
}
