/** Links and monitors of one process: making them, ending them, and what the end of a peer does. Spawns and calls build on it. */
import {
  accepted,
  type Delivery,
  deliveryError,
  type ExitReason,
  exitError,
  type Failure,
  failure,
  linkedProcessFailed,
  mirror,
  type Pid,
  type Ref,
  type Signal,
} from "../mailbox/index.js";
import type { Life } from "./life.js";
import type { Outbox } from "./outbox.js";
import { addRef, linkVerdict, Relations, removeRefs } from "./relations.js";

export type ExitSignal = Extract<Signal, { kind: "exit" }>;

export class Bonds {
  readonly relations = new Relations();
  private readonly life: Life;
  private readonly outbox: Outbox;
  /** Monitors that the program does not see: what to do when their target ends. */
  private readonly private = new Map<Ref, (reason: ExitReason) => void>();

  /** Refs of links and monitors whose answer is still to come: nobody may rely on them yet. */
  private readonly unanswered = new Set<Ref>();

  constructor(life: Life, outbox: Outbox) {
    this.life = life;
    this.outbox = outbox;
  }

  /** Tag 0: nothing to do, as the two are linked already. */
  link(to: Pid): number {
    const bond = this.relations.links.get(to.text);
    const linked = bond?.refs.some((ref) => !this.unanswered.has(ref)) ?? false;
    return linked || to.text === this.life.pid.text ? 0 : this.relate("link", to);
  }

  unlink(to: Pid): void {
    const bond = this.relations.links.get(to.text);
    if (bond === undefined) return;
    this.relations.links.delete(to.text);
    this.outbox.tell(to, { kind: "unlink", refs: bond.refs }, bond.incarnation);
  }

  monitor(to: Pid): number | Failure {
    if (to.text === this.life.pid.text) return 0;
    if (this.publicMonitor(to) !== undefined) {
      return failure("ALREADY_EXISTS", "already monitoring pid", { retryable: false, details: { pid: to.text } });
    }
    return this.relate("monitor", to);
  }

  demonitor(to: Pid): void {
    const ref = this.publicMonitor(to);
    if (ref !== undefined) this.unwatch(to, ref);
  }

  /** Monitor without the program's knowledge. `onEnd` is called once: with the end, or with the refusal as a failed reason. */
  watch(to: Pid, ref: Ref, onEnd: (reason: ExitReason) => void): void {
    addRef(this.relations.watching, to, "", ref);
    this.private.set(ref, onEnd);
    this.outbox.transmit(to, { kind: "monitor", ref }, (delivery) => this.refusedBond("monitor", to, ref, delivery));
  }

  /** As `watch`, for a child whose host writes the monitor into it; the pid comes later, by `bind`. */
  expectEnd(ref: Ref, onEnd: (reason: ExitReason) => void): void {
    this.private.set(ref, onEnd);
  }

  unwatch(to: Pid, ref: Ref): void {
    this.private.delete(ref);
    const incarnation = this.relations.watching.get(to.text)?.incarnation;
    if (removeRefs(this.relations.watching, to, [ref]).length === 0) return;
    this.outbox.tell(to, { kind: "demonitor", refs: [ref] }, incarnation);
  }

  forgetExpected(ref: Ref): void {
    this.private.delete(ref);
  }

  /** Note a bond that the host has written into the other end. */
  bind(kind: "link" | "monitor", to: Pid, incarnation: string, ref: Ref): void {
    addRef(kind === "link" ? this.relations.links : this.relations.watching, to, incarnation, ref);
  }

  /** Bond with a living process found by name. A refusal comes as the exit it stands for: the program has its answer, the pid. */
  adopt(kind: "link" | "monitor", to: Pid, ref: Ref): void {
    const bonded = kind === "link" ? this.relations.links.has(to.text) : this.publicMonitor(to) !== undefined;
    if (bonded && !this.private.has(ref)) return;
    this.bind(kind, to, "", ref);
    this.outbox.transmit(to, { kind, ref }, (delivery) => this.refusedBond(kind, to, ref, delivery));
  }

  /** Safe to repeat: an exit whose refs we do not hold is ignored. */
  receiveExit(from: Pid, signal: ExitSignal): void {
    const refs = mirror(signal.refs);
    if (signal.via === "monitor") this.endOfWatched(from, refs, signal.reason);
    else if (removeRefs(this.relations.links, from, refs).length > 0) this.endOfLinked(from, signal.reason);
  }

  nodeDown(node: string): void {
    const reason: ExitReason = {
      kind: "failed",
      error: failure("UNAVAILABLE", `node ${node} is down`, { retryable: true }),
    };
    const { links, watching, watchers } = this.relations;
    const there = (table: typeof links) => [...table.values()].filter((bond) => bond.pid.node === node);
    for (const bond of there(watchers)) watchers.delete(bond.pid.text);
    for (const bond of there(watching)) this.endOfWatched(bond.pid, bond.refs, reason);
    for (const bond of there(links)) {
      links.delete(bond.pid.text);
      this.endOfLinked(bond.pid, reason);
    }
  }

  /** Announce our end: to watchers first, then over links; those we watched may forget us. */
  announce(reason: ExitReason): void {
    const { watchers, links, watching } = this.relations;
    for (const { pid, incarnation, refs } of watchers.values()) {
      this.outbox.tell(pid, { kind: "exit", via: "monitor", refs, reason }, incarnation);
    }
    for (const { pid, incarnation, refs } of links.values()) {
      this.outbox.tell(pid, { kind: "exit", via: "link", refs, reason }, incarnation);
    }
    for (const { pid, incarnation, refs } of watching.values())
      this.outbox.tell(pid, { kind: "demonitor", refs }, incarnation);
  }

  private relate(kind: "link" | "monitor", to: Pid): number {
    const ref = this.relations.newRef();
    const table = kind === "link" ? this.relations.links : this.relations.watching;
    addRef(table, to, "", ref);
    this.unanswered.add(ref);
    const tag: number = this.outbox.transmit(to, { kind, ref }, (delivery) => {
      this.unanswered.delete(ref);
      const refused = delivery.kind !== "accepted";
      // A transport that repeats may report `gone` for a copy after the first one was taken and its exit came back.
      const settledByExit = refused && removeRefs(table, to, [ref]).length === 0;
      this.life.answered(tag, settledByExit ? accepted : delivery);
    });
    return tag;
  }

  private refusedBond(via: "link" | "monitor", to: Pid, ref: Ref, delivery: Delivery): void {
    if (delivery.kind === "accepted") return;
    this.receiveExit(to, {
      kind: "exit",
      via,
      refs: [-ref],
      reason: { kind: "failed", error: deliveryError(delivery) },
    });
  }

  private endOfWatched(from: Pid, refs: readonly Ref[], reason: ExitReason): void {
    for (const ref of removeRefs(this.relations.watching, from, refs)) {
      const onEnd = this.private.get(ref);
      this.private.delete(ref);
      if (onEnd !== undefined) onEnd(reason);
      else this.life.event({ kind: "exit", from, at: this.outbox.now, reason });
    }
  }

  private endOfLinked(from: Pid, reason: ExitReason): void {
    const verdict = linkVerdict(reason, this.life.trapLinks);
    if (verdict === "ignore" || this.life.hasEnded) return;
    const error = exitError(reason) ?? failure("INTERNAL", linkedProcessFailed);
    if (verdict === "event") {
      this.life.event({ kind: "link_down", from, at: this.outbox.now, error });
      return;
    }
    const details = { from: from.text, error: { kind: error.kind, message: error.message } };
    this.life.exit({ kind: "failed", error: failure("INTERNAL", linkedProcessFailed, { details }) });
  }

  private publicMonitor(to: Pid): Ref | undefined {
    return this.relations.watching.get(to.text)?.refs.find((ref) => !this.private.has(ref));
  }
}
