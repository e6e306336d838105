/** Links and monitors of local processes on workflows: whose exit is due to whom. The polling itself is in watch.ts. */
import type { Envelope, ExitReason, Pid, Ref } from "../../mailbox/index.js";
import { mirror } from "../../mailbox/index.js";
import type { Chain, ChainWatcher } from "./watch.js";

export type Via = "link" | "monitor";

/** One local process and one run chain; gone when it has no ref. Refs are the local process's view. */
interface Bond {
  readonly watcher: Pid;
  readonly watcherIncarnation: string;
  readonly workflow: Pid;
  readonly chain: Chain;
  readonly link: Set<Ref>;
  readonly monitor: Set<Ref>;
  stop: () => void;
}

export interface BondRequest {
  readonly watcher: Pid;
  readonly watcherIncarnation: string;
  readonly workflow: Pid;
  readonly chain: Chain;
  readonly via: Via;
  /** The watcher's view: negative when the workflow made the relation. */
  readonly ref: Ref;
}

export class Bonds {
  private readonly chains: ChainWatcher;
  private readonly announce: (exit: Envelope) => void;
  /** Watcher's text -> its bonds, few each. */
  private readonly byWatcher = new Map<string, Set<Bond>>();

  constructor(chains: ChainWatcher, announce: (exit: Envelope) => void) {
    this.chains = chains;
    this.announce = announce;
  }

  /** Watchers that have a bond. */
  get size(): number {
    return this.byWatcher.size;
  }

  add(request: BondRequest): void {
    const { watcher, watcherIncarnation, workflow, chain, via, ref } = request;
    const mine = this.byWatcher.get(watcher.text) ?? new Set();
    this.byWatcher.set(watcher.text, mine);
    for (const bond of mine) {
      if (bond.workflow.text !== workflow.text || bond.chain.firstRunId !== chain.firstRunId) continue;
      bond[via].add(ref);
      return;
    }
    const bond: Bond = {
      watcher,
      watcherIncarnation,
      workflow,
      chain,
      link: new Set(),
      monitor: new Set(),
      stop: () => {},
    };
    bond[via].add(ref);
    mine.add(bond);
    bond.stop = this.chains.watch(chain, (reason) => this.ended(bond, reason));
  }

  /** Unlink or demonitor: these refs, in the watcher's view, are to hear nothing any more. */
  remove(watcher: Pid, workflow: Pid, via: Via, refs: readonly Ref[]): void {
    for (const bond of this.byWatcher.get(watcher.text) ?? []) {
      if (bond.workflow.text !== workflow.text) continue;
      for (const ref of refs) bond[via].delete(ref);
      if (bond.link.size === 0 && bond.monitor.size === 0) this.drop(bond);
    }
  }

  /** The watcher has ended and said so to this workflow. */
  forget(watcher: Pid, workflow: Pid): void {
    for (const bond of this.byWatcher.get(watcher.text) ?? []) {
      if (bond.workflow.text === workflow.text) this.drop(bond);
    }
  }

  private drop(bond: Bond): void {
    bond.stop();
    const mine = this.byWatcher.get(bond.watcher.text);
    mine?.delete(bond);
    if (mine?.size === 0) this.byWatcher.delete(bond.watcher.text);
  }

  /** One exit per kind of relation, the monitor's first, as every host announces an end. */
  private ended(bond: Bond, reason: ExitReason): void {
    this.drop(bond);
    const { workflow: from, watcher: to, watcherIncarnation, chain } = bond;
    for (const via of ["monitor", "link"] as const) {
      const refs = mirror([...bond[via]]);
      if (refs.length === 0) continue;
      this.announce({
        from,
        incarnation: chain.firstRunId,
        to,
        ...(watcherIncarnation === "" ? {} : { toIncarnation: watcherIncarnation }),
        seq: 0,
        signal: { kind: "exit", via, refs, reason },
      });
    }
  }
}
