/** Spawns under way: children whose pid is not known yet, and the bonds that are to be. */
import {
  type ExitReason,
  exitError,
  type Failure,
  failure,
  type Payload,
  type Pid,
  type Ref,
  type Signal,
  samePid,
} from "../mailbox/index.js";
import type { Bonds, ExitSignal } from "./bonds.js";
import type { Outcome, PayloadRecord, SpawnResult, SpawnSpec } from "./input.js";
import type { Life } from "./life.js";
import type { Outbox } from "./outbox.js";
import type { SpawnOptions } from "./program.js";
import { TagTable } from "./tag-table.js";

export interface PendingSpawn {
  /** `given_up`: the program that wanted the result is no more. */
  readonly purpose: "spawn" | "exec" | "given_up";
  /** Goes when the child unlinks before its pid is known here. */
  linkRef: Ref | undefined;
  readonly monitorRef: Ref | undefined;
  /** Exits of the child that overtook the answer; undefined: none. */
  early: { from: Pid; signal: ExitSignal }[] | undefined;
}

type Started = Extract<SpawnResult, { ok: true }>;

export class Spawns {
  private readonly pending = new TagTable<PendingSpawn>();
  /** Tag by the refs of the bonds that are to be, from the first exit on that has to be looked for: thousands may be under way. */
  private byRef: Map<Ref, number> | undefined = undefined;
  private readonly life: Life;
  private readonly bonds: Bonds;
  private readonly outbox: Outbox;
  private readonly incarnation: string;

  constructor(life: Life, bonds: Bonds, outbox: Outbox, incarnation: string) {
    this.life = life;
    this.bonds = bonds;
    this.outbox = outbox;
    this.incarnation = incarnation;
  }

  spawn(entry: string, host: string, args: readonly Payload[], options: SpawnOptions, context: PayloadRecord): number {
    const linkRef = options.link ? this.bonds.relations.newRef() : undefined;
    const monitorRef = options.monitor ? this.bonds.relations.newRef() : undefined;
    const tag = this.outbox.newTag();
    this.request(tag, { purpose: "spawn", linkRef, monitorRef, early: undefined }, entry, host, args, options, context);
    return tag;
  }

  exec(entry: string, host: string, args: readonly Payload[], options: SpawnOptions, context: PayloadRecord): number {
    const monitorRef = this.bonds.relations.newRef();
    const tag = this.outbox.newTag();
    this.bonds.expectEnd(monitorRef, (reason) => this.life.settled(tag, exitOutcome(reason)));
    const awaited: PendingSpawn = { purpose: "exec", linkRef: undefined, monitorRef, early: undefined };
    this.request(tag, awaited, entry, host, args, options, context);
    return tag;
  }

  /** The program that waits for results is no more: their children run on, unwatched. */
  abandonExecs(): void {
    for (const [tag, spawn] of this.pending.entries()) {
      if (spawn.purpose !== "exec") continue;
      this.bonds.forgetExpected(spawn.monitorRef!);
      this.pending.set(tag, { ...spawn, purpose: "given_up" });
    }
  }

  get hasExecs(): boolean {
    for (const [, { purpose }] of this.pending.entries()) if (purpose === "exec") return true;
    return false;
  }

  /** What is under way, as data. */
  list(): readonly (readonly [tag: number, spawn: PendingSpawn])[] {
    return this.pending.entries();
  }

  await(tag: number, spawn: PendingSpawn): void {
    this.pending.set(tag, spawn);
    if (this.byRef !== undefined) index(this.byRef, tag, spawn);
  }

  spawned(tag: number, result: SpawnResult): void {
    const spawn = this.take(tag);
    if (spawn === undefined) return;
    const { linkRef, monitorRef } = spawn;
    if (!result.ok) {
      if (monitorRef !== undefined) this.bonds.forgetExpected(monitorRef);
      this.life.settled(tag, result);
      return;
    }
    const { pid, existed, incarnation = "" } = result;
    if (spawn.purpose === "given_up") {
      if (!existed) this.bonds.withdraw(pid, monitorRef!, incarnation);
      return;
    }
    if (spawn.purpose === "exec" && samePid(pid, this.life.pid)) {
      this.bonds.forgetExpected(monitorRef!);
      this.life.settled(tag, { ok: false, error: waitsForItself(pid) });
      return;
    }
    if (monitorRef !== undefined) this.bond("monitor", monitorRef, result);
    if (linkRef !== undefined) this.bond("link", linkRef, result);
    if (spawn.purpose === "spawn") this.life.childStarted(tag, pid);
    for (const { from, signal } of spawn.early ?? []) this.bonds.receiveExit(from, signal);
  }

  /** True when the exit came ahead of its child's pid; it is kept until then. */
  keepEarly(from: Pid, signal: ExitSignal): boolean {
    if (this.pending.size === 0 || this.bonds.knows(from, signal)) return false;
    for (const ref of signal.refs) {
      const spawn = this.waitingFor(-ref);
      if (spawn === undefined || (signal.via === "link" ? spawn.linkRef : spawn.monitorRef) !== -ref) continue;
      spawn.early ??= [];
      spawn.early.push({ from, signal });
      return true;
    }
    return false;
  }

  unlinkedEarly(refs: readonly Ref[]): void {
    if (this.pending.size === 0) return;
    for (const ref of refs) {
      const spawn = this.waitingFor(-ref);
      if (spawn?.linkRef === -ref) spawn.linkRef = undefined;
    }
  }

  /** A child came to be after the end of this process: what it must hear. */
  orphaned(tag: number, reason: ExitReason): Signal[] {
    const spawn = this.take(tag);
    const signals: Signal[] = [];
    if (spawn?.linkRef !== undefined) signals.push({ kind: "exit", via: "link", refs: [spawn.linkRef], reason });
    if (spawn?.monitorRef !== undefined) signals.push({ kind: "demonitor", refs: [spawn.monitorRef] });
    return signals;
  }

  private bond(kind: "link" | "monitor", ref: Ref, { pid, incarnation = "", existed }: Started): void {
    if (!existed) this.bonds.bind(kind, pid, incarnation, ref);
    else if (!samePid(pid, this.life.pid)) this.bonds.adopt(kind, pid, ref);
  }

  private waitingFor(ref: Ref): PendingSpawn | undefined {
    if (this.byRef === undefined) {
      this.byRef = new Map();
      for (const [tag, spawn] of this.pending.entries()) index(this.byRef, tag, spawn);
    }
    const tag = this.byRef.get(ref);
    return tag === undefined ? undefined : this.pending.get(tag);
  }

  private take(tag: number): PendingSpawn | undefined {
    const spawn = this.pending.take(tag);
    if (spawn === undefined) return undefined;
    if (this.byRef === undefined) return spawn;
    if (this.pending.size === 0) this.byRef = undefined;
    else for (const ref of [spawn.linkRef, spawn.monitorRef]) if (ref !== undefined) this.byRef.delete(ref);
    return spawn;
  }

  private request(
    tag: number,
    spawn: PendingSpawn,
    entry: string,
    host: string,
    args: readonly Payload[],
    options: SpawnOptions,
    context: PayloadRecord,
  ): void {
    this.await(tag, spawn);
    const { linkRef, monitorRef } = spawn;
    const spec: SpawnSpec = {
      entry,
      host,
      args,
      parent: this.life.pid,
      parentIncarnation: this.incarnation,
      key: tag,
      linkRef,
      monitorRef,
      name: options.name,
      context: options.context ?? context,
      options: options.options ?? noOptions,
      messages: options.messages ?? noMessages,
    };
    this.outbox.port.request(tag, { kind: "spawn", spec });
  }
}

function index(byRef: Map<Ref, number>, tag: number, { linkRef, monitorRef }: PendingSpawn): void {
  if (linkRef !== undefined) byRef.set(linkRef, tag);
  if (monitorRef !== undefined) byRef.set(monitorRef, tag);
}

const noOptions: PayloadRecord = Object.freeze({});
const noMessages: SpawnSpec["messages"] = Object.freeze([]);

function waitsForItself(pid: Pid): Failure {
  const details = { pid: pid.text };
  return failure("CONFLICT", "a process cannot wait for its own result", { retryable: false, details });
}

/** What an end means to whoever waits for the result. */
export function exitOutcome(reason: ExitReason): Outcome {
  return reason.kind === "normal" ? { ok: true, value: reason.value } : { ok: false, error: exitError(reason)! };
}
