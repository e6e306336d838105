/** Which peers a process is bound to, and what their deaths mean. Knows no transport and no clock. */
import { type ExitReason, type Pid, PidMap, type Ref, samePid } from "../mailbox/index.js";

/** All refs between us and one peer in one table. The bond exists as long as it has a ref. */
export interface Bond {
  readonly pid: Pid;
  /** Incarnation of the peer, "" while unknown. */
  incarnation: string;
  refs: readonly Ref[];
}

/** Bonds by peer. Most processes have none or one: no map for that. */
export class BondTable {
  private one: Bond | undefined = undefined;
  private many: PidMap<Bond> | undefined = undefined;

  get size(): number {
    return this.many?.size ?? (this.one === undefined ? 0 : 1);
  }

  get(pid: Pid): Bond | undefined {
    if (this.many !== undefined) return this.many.get(pid);
    return this.one !== undefined && samePid(this.one.pid, pid) ? this.one : undefined;
  }

  has(pid: Pid): boolean {
    return this.get(pid) !== undefined;
  }

  /** Of a peer without a bond. */
  add(bond: Bond): void {
    if (this.many === undefined && this.one === undefined) {
      this.one = bond;
      return;
    }
    if (this.many === undefined) {
      this.many = new PidMap();
      this.many.set(this.one!.pid, this.one!);
      this.one = undefined;
    }
    this.many.set(bond.pid, bond);
  }

  delete(pid: Pid): boolean {
    if (this.many !== undefined) return this.many.delete(pid);
    if (!this.has(pid)) return false;
    this.one = undefined;
    return true;
  }

  /** A copy: it may be changed meanwhile. */
  values(): readonly Bond[] {
    if (this.many !== undefined) return this.many.values();
    return this.one === undefined ? none : [this.one];
  }
}

const none: readonly Bond[] = [];

export type ExitVerdict = "ignore" | "die" | "event";

export function addRef(table: BondTable, pid: Pid, incarnation: string, ref: Ref): void {
  const bond = table.get(pid);
  if (bond === undefined) {
    table.add({ pid, incarnation, refs: [ref] });
    return;
  }
  if (incarnation !== "") bond.incarnation = incarnation;
  if (!bond.refs.includes(ref)) bond.refs = [...bond.refs, ref];
}

/**
 * Remove the named refs of one bond and return those that were there. Naming refs is what keeps both ends equal when a link and
 * an unlink cross: a ref that the other end did not know yet survives on both sides.
 */
export function removeRefs(table: BondTable, pid: Pid, refs: readonly Ref[]): readonly Ref[] {
  const bond = table.get(pid);
  if (bond === undefined) return [];
  const [only] = bond.refs;
  if (bond.refs.length === 1 && refs.length === 1) {
    if (only !== refs[0]) return [];
    table.delete(pid);
    return bond.refs;
  }
  const removed = bond.refs.filter((ref) => refs.includes(ref));
  if (removed.length === 0) return removed;
  bond.refs = bond.refs.filter((ref) => !refs.includes(ref));
  if (bond.refs.length === 0) table.delete(pid);
  return removed;
}

/** What the end of a linked peer means: normal ends are silent, others an event when trapping and our own end otherwise. */
export function linkVerdict(reason: ExitReason, trapLinks: boolean): ExitVerdict {
  if (reason.kind === "normal") return "ignore";
  return trapLinks ? "event" : "die";
}

export class Relations {
  private linksMade: BondTable | undefined = undefined;
  private watchersMade: BondTable | undefined = undefined;
  private watchingMade: BondTable | undefined = undefined;
  private lastRef: number;

  constructor(lastRef = 0) {
    this.lastRef = lastRef;
  }

  /** Two-way bonds. */
  get links(): BondTable {
    this.linksMade ??= new BondTable();
    return this.linksMade;
  }

  /** Who monitors us. */
  get watchers(): BondTable {
    this.watchersMade ??= new BondTable();
    return this.watchersMade;
  }

  /** Whom we monitor; refs are always our own. */
  get watching(): BondTable {
    this.watchingMade ??= new BondTable();
    return this.watchingMade;
  }

  /** The tables that somebody has asked for. */
  made(): { readonly [table in "links" | "watchers" | "watching"]: BondTable | undefined } {
    return { links: this.linksMade, watchers: this.watchersMade, watching: this.watchingMade };
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
    for (const table of [this.linksMade, this.watchingMade]) {
      for (const bond of table?.values() ?? []) nodes.add(bond.pid.node);
    }
    return nodes;
  }
}
