/** Shelf: processes that are stored and not in memory: how they get there, at a take-over and after a while without work. */
import type { System } from "../../actors/index.js";
import type { Delivery, Pid } from "../../mailbox/index.js";
import type { Batches } from "./batch.js";
import type { Directory } from "./directory.js";
import type { Ends } from "./ends.js";
import { Idle } from "./idle.js";
import { Outgoing, type OutgoingHost } from "./outgoing.js";
import { Passive } from "./passive.js";
import { readOut, readState, type StoredState, stateText } from "./records.js";
import { storedPid } from "./revival.js";
import { Slot } from "./slot.js";
import { stateOf } from "./written.js";

export interface ShelfOptions {
  readonly node: string;
  readonly hostId: string;
  readonly system: System;
  readonly batches: Batches;
  readonly directory: Directory;
  readonly ends: Ends;
  readonly outgoingHost: OutgoingHost;
  /** 0: processes stay in memory. */
  readonly idleTimeoutMs: number;
  now(): number;
}

export class Shelf {
  private readonly options: ShelfOptions;
  private readonly idle: Idle;

  constructor(options: ShelfOptions) {
    this.options = options;
    this.idle = new Idle(options.idleTimeoutMs, options.system.clock, () => this.putToRest());
  }

  /** Everything that a journal holds. Returns the sources in use, and the time of the latest input of all. */
  fill(states: ReadonlyMap<string, string>): { readonly used: ReadonlySet<string>; readonly lastAt: number } {
    const used = new Set<string>();
    let lastAt = 0;
    const { node, hostId, system } = this.options;
    for (const [id, text] of states) {
      const pid = storedPid(node, hostId, id);
      const state = readState(text, pid.text);
      lastAt = Math.max(lastAt, state.at);
      if (state.end !== undefined) {
        this.remember(pid, state);
        continue;
      }
      used.add(state.hash);
      for (const name of state.names ?? []) system.names.register(name, pid);
      this.put(new Passive(pid, state));
    }
    return { used, lastAt };
  }

  /** Those that wait for more than a message or a timer, and those who are bound to somebody who may be no more. */
  wakeBusy(): void {
    const { directory } = this.options;
    for (const place of [...directory.all()]) {
      if (!(place instanceof Passive)) continue;
      const { busy, out, nodes = [] } = place.state;
      if (busy === 1 || out !== undefined || nodes.length > 0) directory.wake(place);
    }
  }

  /** A process has come to rest. */
  rested(): void {
    this.idle.somebodyRests();
  }

  /** Its names have changed; it need not come into memory for that. */
  renamed(place: Passive): void {
    const { system, batches } = this.options;
    const { names: _before, ...rest } = place.state;
    const names = system.names.of(place.pid);
    place.rest();
    place.state = names.length === 0 ? rest : { ...rest, names };
    if (!place.isWaking) this.put(place);
    const { id } = place.pid;
    batches.note({ write: () => ({ id, reset: false, records: [], state: stateText(place.state) }) });
  }

  stop(): void {
    this.idle.stop();
  }

  private put(passive: Passive): void {
    const { directory, system } = this.options;
    directory.set(passive.pid.id, passive);
    passive.arm(system.clock, this.options.now(), () => directory.wake(passive));
  }

  private remember(pid: Pid, { inc: incarnation, entry, hash, end, out = [] }: StoredState): void {
    const { reason, at, until, workflow } = end!;
    const nothing = (): void => {};
    const owner = {
      answer: (_tag: number, _delivery: Delivery, heard: () => void) => heard(),
      bounced: nothing,
      changed: nothing,
    };
    const outgoing = new Outgoing(this.options.outgoingHost, owner);
    for (const row of out) {
      const { envelope, at: sentAt } = readOut(row);
      outgoing.restore(envelope, 0, sentAt);
    }
    this.options.ends.add({ pid, incarnation, entry, hash, reason, at, until, isWorkflow: workflow === 1, outgoing });
  }

  /** Out of memory with those who have had nothing to do for long; true when others may follow. */
  private putToRest(): boolean {
    const { directory, idleTimeoutMs, now } = this.options;
    const before = now() - idleTimeoutMs;
    let others = false;
    for (const place of [...directory.all()]) {
      if (!(place instanceof Slot) || !place.isIdle) continue;
      // One that is about to have a turn would act once more while another of the same id comes back.
      const isActive = place.queued || place.activeAt > before;
      if (isActive || !place.isStored) others = true;
      else {
        place.rest();
        const { relations } = place.process;
        const isBound = relations.links.size + relations.watchers.size > 0;
        this.put(new Passive(place.pid, stateOf(place), isBound ? relations : undefined));
      }
    }
    return others;
  }
}
