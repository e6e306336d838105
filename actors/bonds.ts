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
  nodeDown,
  type Pid,
  type Ref,
  type Signal,
  samePid,
} from "../mailbox/index.js";
import { type AwaitedBond, AwaitedBonds } from "./awaited.js";
import type { Life } from "./life.js";
import type { Outbox } from "./outbox.js";
import { addRef, linkVerdict, Relations, removeRefs } from "./relations.js";

export type ExitSignal = Extract<Signal, { kind: "exit" }>;

export class Bonds {
  readonly relations: Relations;
  private awaitedMade: AwaitedBonds | undefined = undefined;
  private readonly life: Life;
  private readonly outbox: Outbox;
  /** Monitors that the program does not see: what to do when their target ends. */
  private hidden: Map<Ref, (reason: ExitReason) => void> | undefined = undefined;

  constructor(life: Life, outbox: Outbox, relations = new Relations()) {
    this.life = life;
    this.outbox = outbox;
    this.relations = relations;
  }

  get awaited(): AwaitedBonds {
    this.awaitedMade ??= new AwaitedBonds();
    return this.awaitedMade;
  }

  /** True while there are monitors that only a call or an exec knows of. */
  get hasPrivate(): boolean {
    return this.hidden !== undefined && this.hidden.size > 0;
  }

  /** True when the answer was to a link or monitor. */
  takeAnswer(tag: number, delivery: Delivery): boolean {
    const bond = this.awaitedMade?.take(tag);
    if (bond === undefined) return false;
    const { via, to, ref, asked, undone } = bond;
    if (asked === "kernel") {
      this.refusedBond(via, to, ref, delivery);
      return true;
    }
    const table = via === "link" ? this.relations.links : this.relations.watching;
    // A transport that repeats may report `gone` for a copy after the first one was taken and its exit came back.
    const told = delivery.kind !== "accepted" && !undone && removeRefs(table, to, [ref]).length === 0;
    this.life.answered(tag, told ? accepted : delivery);
    return true;
  }

  /** Tag 0: nothing to do, as the two are linked already. */
  link(to: Pid): number {
    const bond = this.relations.links.get(to);
    const linked = bond?.refs.some((ref) => !this.isAwaited(ref)) ?? false;
    return linked || samePid(to, this.life.pid) ? 0 : this.relate("link", to);
  }

  unlink(to: Pid): void {
    const bond = this.relations.links.get(to);
    if (bond === undefined) return;
    this.relations.links.delete(to);
    for (const ref of bond.refs) this.awaitedMade?.undo(ref);
    this.outbox.tell(to, { kind: "unlink", refs: bond.refs }, bond.incarnation);
  }

  monitor(to: Pid): number | Failure {
    if (samePid(to, this.life.pid)) return 0;
    if (this.publicMonitors(to).some((ref) => !this.isAwaited(ref))) {
      return failure("ALREADY_EXISTS", "already monitoring pid", { retryable: false, details: { pid: to.text } });
    }
    return this.relate("monitor", to);
  }

  demonitor(to: Pid): void {
    for (const ref of this.publicMonitors(to)) this.unwatch(to, ref);
  }

  /** Monitor without the program's knowledge. `onEnd` is called once: with the end, or with the refusal as a failed reason. */
  watch(to: Pid, ref: Ref, onEnd: (reason: ExitReason) => void): void {
    addRef(this.relations.watching, to, "", ref);
    this.expectEnd(ref, onEnd);
    this.ask("monitor", to, ref, "kernel");
  }

  /** As `watch`, for a child whose host writes the monitor into it; the pid comes later, by `bind`. */
  expectEnd(ref: Ref, onEnd: (reason: ExitReason) => void): void {
    this.hidden ??= new Map();
    this.hidden.set(ref, onEnd);
  }

  unwatch(to: Pid, ref: Ref): void {
    this.hidden?.delete(ref);
    const incarnation = this.relations.watching.get(to)?.incarnation;
    if (removeRefs(this.relations.watching, to, [ref]).length === 0) return;
    this.awaitedMade?.undo(ref);
    this.outbox.tell(to, { kind: "demonitor", refs: [ref] }, incarnation);
  }

  /** Take back a monitor that a host has written into its target and that was never noted here. */
  withdraw(to: Pid, ref: Ref, incarnation: string): void {
    this.outbox.tell(to, { kind: "demonitor", refs: [ref] }, incarnation);
  }

  forgetExpected(ref: Ref): void {
    this.hidden?.delete(ref);
  }

  /** The program that knew of private monitors is no more: those whose target is known are ended. */
  dropPrivate(): void {
    for (const { pid, refs } of this.relations.watching.values()) {
      for (const ref of refs.filter((one) => this.isHidden(one))) this.unwatch(pid, ref);
    }
    this.hidden?.clear();
  }

  /** Note a bond that the host has written into the other end. */
  bind(kind: "link" | "monitor", to: Pid, incarnation: string, ref: Ref): void {
    addRef(kind === "link" ? this.relations.links : this.relations.watching, to, incarnation, ref);
  }

  /** Bond with a living process found by name. A refusal comes as the exit it stands for: the program has its answer, the pid. */
  adopt(kind: "link" | "monitor", to: Pid, ref: Ref): void {
    const bonded = kind === "link" ? this.relations.links.has(to) : this.publicMonitors(to).length > 0;
    if (bonded && !this.isHidden(ref)) return;
    this.bind(kind, to, "", ref);
    this.ask(kind, to, ref, "kernel");
  }

  /** True when the exit is of a bond that is held already. */
  knows(from: Pid, { via, refs }: ExitSignal): boolean {
    const { links, watching } = this.relations.made();
    const bond = (via === "link" ? links : watching)?.get(from);
    return bond?.refs.some((ref) => refs.includes(-ref)) ?? false;
  }

  /** Safe to repeat: an exit whose refs we do not hold is ignored. */
  receiveExit(from: Pid, signal: ExitSignal): void {
    const refs = mirror(signal.refs);
    if (signal.via === "monitor") this.endOfWatched(from, refs, signal.reason);
    else if (removeRefs(this.relations.links, from, refs).length > 0) this.endOfLinked(from, signal.reason);
  }

  nodeDown(node: string): void {
    const reason: ExitReason = { kind: "failed", error: nodeDown(node) };
    const { links, watching, watchers } = this.relations;
    const there = (table: typeof links) => table.values().filter((bond) => bond.pid.node === node);
    for (const bond of there(watchers)) watchers.delete(bond.pid);
    for (const bond of there(watching)) this.endOfWatched(bond.pid, bond.refs, reason);
    for (const bond of there(links)) {
      links.delete(bond.pid);
      this.endOfLinked(bond.pid, reason);
    }
  }

  /** Announce our end: to watchers first, then over links; those we watched may forget us. */
  announce(reason: ExitReason): void {
    const { watchers, links, watching } = this.relations.made();
    for (const { pid, incarnation, refs } of watchers?.values() ?? []) {
      this.outbox.tell(pid, { kind: "exit", via: "monitor", refs, reason }, incarnation);
    }
    for (const { pid, incarnation, refs } of links?.values() ?? []) {
      this.outbox.tell(pid, { kind: "exit", via: "link", refs, reason }, incarnation);
    }
    for (const { pid, incarnation, refs } of watching?.values() ?? [])
      this.outbox.tell(pid, { kind: "demonitor", refs }, incarnation);
  }

  private relate(kind: "link" | "monitor", to: Pid): number {
    const ref = this.relations.newRef();
    addRef(kind === "link" ? this.relations.links : this.relations.watching, to, "", ref);
    return this.ask(kind, to, ref, "program");
  }

  private ask(via: "link" | "monitor", to: Pid, ref: Ref, asked: AwaitedBond["asked"]): number {
    const tag = this.outbox.transmit(to, { kind: via, ref });
    if (tag !== 0) this.awaited.add(tag, { via, to, ref, asked });
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
    let told = false;
    for (const ref of removeRefs(this.relations.watching, from, refs)) {
      const onEnd = this.hidden?.get(ref);
      this.hidden?.delete(ref);
      if (onEnd !== undefined) onEnd(reason);
      // A child that was monitored before its spawn was answered has two refs.
      else if (!told) this.life.event({ kind: "exit", from, at: this.outbox.now, reason });
      told ||= onEnd === undefined;
    }
    // So has one that was monitored twice before the first answer; the end is told once. Of one that a host has started anew under the
    // same pid, the incarnation is known, and its end is still to come.
    if (!told || this.relations.watching.size === 0) return;
    const left = this.relations.watching.get(from);
    if (left?.incarnation === "") removeRefs(this.relations.watching, from, this.publicMonitors(from));
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

  private publicMonitors(to: Pid): Ref[] {
    return this.relations.watching.get(to)?.refs.filter((ref) => !this.isHidden(ref)) ?? [];
  }

  private isAwaited(ref: Ref): boolean {
    return this.awaitedMade?.has(ref) ?? false;
  }

  private isHidden(ref: Ref): boolean {
    return this.hidden?.has(ref) ?? false;
  }
}
