/** ProcessSnapshot: a whole kernel state as data, for hosts that store it. Who takes one, and when, is decided by process.ts. */
import {
  type Mailbox,
  type Message,
  messageOf,
  type Payload,
  type Pid,
  parsePid,
  type Ref,
  unknownPid,
} from "../mailbox/index.js";
import type { Bonds, ExitSignal } from "./bonds.js";
import type { Calls, OwedCall } from "./calls.js";
import type { PayloadRecord } from "./input.js";
import type { Outbox } from "./outbox.js";
import type { ProcessEvent, Program } from "./program.js";
import { addRef, type BondTable } from "./relations.js";
import type { SequenceRows } from "./sequence.js";
import type { PendingSpawn, Spawns } from "./spawns.js";

/** A pid as its text; "" for an unknown one. */
type PidText = string;
type WithPidText<T, K extends keyof T> = Omit<T, K> & { readonly [key in K]: PidText };

type BondRow = readonly [pid: PidText, incarnation: string, refs: readonly Ref[]];

/** JSON-shaped. The pid and the incarnation are not in it: whoever stores it knows whose it is. */
export interface ProcessSnapshot {
  readonly entry: string;
  readonly parent: PidText;
  readonly context: PayloadRecord;
  readonly options: PayloadRecord;
  readonly trapLinks: boolean;
  readonly now: number;
  readonly lastTag: number;
  readonly lastRef: number;
  readonly links: readonly BondRow[];
  readonly watching: readonly BondRow[];
  readonly watchers: readonly BondRow[];
  readonly awaited: readonly (readonly [
    tag: number,
    bond: {
      readonly via: "link" | "monitor";
      readonly to: PidText;
      readonly ref: Ref;
      readonly asked: "program" | "kernel";
      readonly undone?: true;
    },
  ])[];
  readonly spawns: readonly (readonly [
    tag: number,
    spawn: Omit<PendingSpawn, "early"> & { readonly early: readonly { from: PidText; signal: ExitSignal }[] },
  ])[];
  readonly owed: readonly WithPidText<OwedCall, "from">[];
  readonly sequence: SequenceRows;
  readonly messages: readonly WithPidText<Omit<Message, "kind">, "from">[];
  readonly events: readonly WithPidText<ProcessEvent, "from">[];
  /** Requests that the host still has to settle. */
  readonly open: readonly number[];
  readonly deadlines: readonly number[];
  /** One of the two: what the program goes on from, or what is to be started. */
  readonly state?: Payload;
  readonly upgrade?: { readonly entry: string; readonly args: readonly Payload[] };
}

/** The fields of a process that are part of its state. */
export interface SnapshotOwner {
  entry: string;
  parent: Pid;
  context: PayloadRecord;
  options: PayloadRecord;
  trapLinks: boolean;
  status: "new" | "running" | "ended";
  runnable: boolean;
  upgrading: { readonly entry: string; readonly args: readonly Payload[] } | undefined;
  readonly mailbox: Mailbox;
}

export interface SnapshotParts {
  readonly outbox: Outbox;
  readonly bonds: Bonds;
  readonly spawns: Spawns;
  readonly calls: Calls;
  readonly deadlines: Set<number>;
  readonly program: Program;
  readonly unread: ProcessEvent[];
}

/** See `Process.snapshot`. */
export function takeSnapshot(owner: SnapshotOwner, parts: SnapshotParts): ProcessSnapshot | undefined {
  const { status, runnable, upgrading } = owner;
  if (status !== "running") return undefined;
  // One that upgrades in its very start counts as runnable.
  if (upgrading !== undefined) return { ...kernelState(owner, parts), upgrade: upgrading };
  if (runnable) return undefined;
  const { outbox, bonds, calls, spawns, program } = parts;
  if (outbox.hasClosures || bonds.hasPrivate || calls.hasOpen || spawns.hasExecs) return undefined;
  const state = program.snapshot?.();
  return state === undefined ? undefined : { ...kernelState(owner, parts), state };
}

function kernelState(owner: SnapshotOwner, { outbox, bonds, spawns, calls, deadlines, unread }: SnapshotParts) {
  const { links, watching, watchers, refCount } = bonds.relations;
  return {
    entry: owner.entry,
    parent: owner.parent.text,
    context: owner.context,
    options: owner.options,
    trapLinks: owner.trapLinks,
    now: outbox.now,
    lastTag: outbox.lastTag,
    lastRef: refCount,
    links: bondRows(links),
    watching: bondRows(watching),
    watchers: bondRows(watchers),
    awaited: bonds.awaited.list().map(([tag, bond]) => [tag, { ...bond, to: bond.to.text }] as const),
    spawns: spawns
      .list()
      .map(([tag, spawn]) => [tag, { ...spawn, early: spawn.early?.map((one) => withText(one)) ?? [] }] as const),
    owed: calls.owedCallers().map((call) => withText(call)),
    sequence: outbox.sequence.toRows(),
    messages: owner.mailbox.everything().map(({ kind: _always, ...message }) => withText(message)),
    events: unread.map((event) => withText(event)),
    open: outbox.openTags(),
    deadlines: [...deadlines],
  };
}

/** Into a process that was made with the snapshot's counters. */
export function readSnapshot(from: ProcessSnapshot, owner: SnapshotOwner, parts: SnapshotParts): void {
  const { outbox, bonds, spawns, calls, deadlines, unread } = parts;
  owner.status = "running";
  owner.entry = from.entry;
  owner.parent = readPid(from.parent);
  owner.context = from.context;
  owner.options = from.options;
  owner.trapLinks = from.trapLinks;
  owner.upgrading = from.upgrade;
  outbox.now = from.now;
  outbox.reopen(from.open);
  for (const tag of from.deadlines) deadlines.add(tag);
  outbox.sequence.takeRows(from.sequence);
  readBonds(from.links, bonds.relations.links);
  readBonds(from.watching, bonds.relations.watching);
  readBonds(from.watchers, bonds.relations.watchers);
  for (const [tag, bond] of from.awaited) bonds.awaited.add(tag, { ...bond, to: readPid(bond.to) });
  for (const [tag, spawn] of from.spawns) {
    spawns.await(tag, { ...spawn, early: spawn.early.map((one) => ({ ...one, from: readPid(one.from) })) });
  }
  for (const call of from.owed) calls.owe({ ...call, from: readPid(call.from) });
  for (const message of from.messages) {
    const { from: sender, incarnation, topic, payloads, call } = message;
    owner.mailbox.deliver(messageOf(readPid(sender), incarnation, topic, payloads, call));
  }
  for (const event of from.events) unread.push({ ...event, from: readPid(event.from) } as ProcessEvent);
}

function bondRows(table: BondTable): BondRow[] {
  return table.values().map(({ pid, incarnation, refs }) => [pid.text, incarnation, refs]);
}

function readBonds(rows: readonly BondRow[], table: BondTable): void {
  for (const [pid, incarnation, refs] of rows) for (const ref of refs) addRef(table, readPid(pid), incarnation, ref);
}

function withText<T extends { readonly from: Pid }>(value: T): Omit<T, "from"> & { readonly from: PidText } {
  return { ...value, from: value.from.text };
}

function readPid(text: PidText): Pid {
  return parsePid(text) ?? unknownPid;
}
