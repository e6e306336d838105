/** The same scripts on our processes: what each step asks of them, and what was seen of it. The hosts are those of a stage. */
import { type BondTable, type Process, type System, systemPid } from "../../../actors/index.js";
import type { Recorder } from "../../../durability/memory/index.js";
import type { Delivery, Payload, Pid, Signal } from "../../../mailbox/index.js";
import { type Orders, type PlainAct, reasonText, type Witness } from "./citizen.js";
import { type Facts, factLines, type PlayedAct, type PlayedStep } from "./played.js";
import type { Term } from "./terms.js";

const driver = systemPid("driver");

/** Acts after the first rest of a step count from here. */
const settling = 100;

/** The first step that differs, with everything that was seen of it on both sides. */
export interface Difference {
  /** Which of our ways of playing it was. */
  readonly how: string;
  readonly step: number;
  readonly erlang: readonly string[];
  readonly ours: readonly string[];
}

export class Play implements Witness {
  /** The latest life of every process, by text of its pid. */
  private readonly processes = new Map<string, Process>();
  private readonly system: System;
  private readonly pids: Pid[] = [];
  private readonly indexes = new Map<string, number>();
  /** Who ended in an earlier step, and in this one as it was last seen. */
  private readonly dead = new Set<number>();
  private ended: readonly number[] = [];
  private results: Facts["results"][number][] = [];
  private received: Facts["got"][number][] = [];

  constructor(system: System) {
    this.system = system;
  }

  /** For the option of the same name of every host. */
  readonly record: Recorder = (process, port) => {
    this.processes.set(process.pid.text, process);
    return { port, input: () => {}, slice: () => {}, become: () => {} };
  };

  processOf(pid: Pid): Process | undefined {
    return this.processes.get(pid.text);
  }

  born(pid: Pid): void {
    if (this.indexes.has(pid.text)) return;
    this.indexes.set(pid.text, this.pids.length);
    this.pids.push(pid);
  }

  result(pid: Pid, act: number, result: string): void {
    const text = result.startsWith("pid ") ? `pid ${this.indexes.get(result.slice(4))}` : result;
    this.results.push([this.indexOf(pid), act, text]);
  }

  got(pid: Pid, from: Pid, item: string, ended: boolean): void {
    const stale = ended && this.namesOf(from).length > 0 ? ", and its name is still taken" : "";
    this.received.push([this.indexOf(pid), this.indexOf(from), item + stale]);
  }

  namesOf(pid: Pid): readonly string[] {
    return this.system.names.of(pid);
  }

  /** Tell the actors of a step what to do; resolves, or returns, when they have been told. */
  begin({ lanes }: PlayedStep, waits: boolean): Promise<unknown> | undefined {
    for (const index of this.ended) this.dead.add(index);
    this.results = [];
    this.received = [];
    return this.tellAll(lanes, 0, waits);
  }

  settle({ lanes, settle }: PlayedStep): Promise<unknown> | undefined {
    return this.tellAll([[lanes[0]![0], settle]], settling, true);
  }

  /** True when links and unlinks that cross are known at both ends, and answered. */
  hasCrossed({ lanes }: PlayedStep): boolean {
    const acts = lanes.reduce((sum, [, row]) => sum + row.length, 0);
    return this.results.length === acts && this.living().every(({ process }) => this.isMirrored(process));
  }

  /** What was seen since `begin`, at rest; safe to repeat. */
  facts(): string[] {
    const ends: Facts["ends"][number][] = [];
    for (const [index, pid] of this.pids.entries()) {
      const reason = this.processOf(pid)?.exitReason;
      if (!this.dead.has(index) && reason !== undefined) ends.push([index, reasonText(reason)]);
    }
    this.ended = ends.map(([index]) => index);
    const living = this.living().map(({ index, process }) => this.standing(index, process));
    return factLines({ results: this.results, got: this.received, ends, living });
  }

  /** The end of the script, so that what it used is free for the next one. */
  killAll(): void {
    for (const { process } of this.living()) this.tell(process.pid, { kind: "kill" });
  }

  get isOver(): boolean {
    return this.living().length === 0;
  }

  private living(): { readonly index: number; readonly process: Process }[] {
    return this.pids.flatMap((pid, index) => {
      const process = this.processOf(pid)!;
      return process.hasEnded ? [] : [{ index, process }];
    });
  }

  private standing(index: number, { pid, relations, trapLinks }: Process): Facts["living"][number] {
    const all = (table: BondTable): number[] => [...table.values()].map((bond) => this.indexOf(bond.pid));
    const { links, watching, watchers } = relations;
    const bonds = { links: all(links), watching: all(watching), watchers: all(watchers) };
    return { index, ...bonds, traps: trapLinks, names: this.namesOf(pid) };
  }

  private isMirrored({ pid, relations }: Process): boolean {
    return [...relations.links.values()].every(({ pid: to, refs }) => {
      const back = this.processOf(to)?.relations.links.get(pid)?.refs ?? [];
      return refs.length === back.length && refs.every((ref) => back.includes(-ref));
    });
  }

  private tellAll(lanes: PlayedStep["lanes"], from: number, waits: boolean): Promise<unknown> | undefined {
    const told = lanes.map(([actor, acts]) => {
      const orders: Orders = { acts: this.plain(acts), from, waits };
      return this.tell(this.pids[actor]!, {
        kind: "message",
        topic: "do",
        payloads: [orders as unknown as Payload],
      });
    });
    return told.some((delivery) => delivery instanceof Promise) ? Promise.all(told) : undefined;
  }

  private tell(to: Pid, signal: Signal): Delivery | Promise<Delivery> {
    return this.system.router.route({ from: driver, incarnation: "", to, seq: 0, signal });
  }

  private plain(acts: readonly PlayedAct[]): PlainAct[] {
    return acts.map(([verb, ...rest]): PlainAct => {
      if (verb === "spawn") return [verb, ...(rest.slice(0, 3) as Payload[]), this.plain(rest[3] as never) as never];
      return [verb, ...rest.map((part) => this.plainTarget(part))];
    });
  }

  private plainTarget(part: Term): Payload {
    if (!Array.isArray(part)) return part as Payload;
    const [kind, which] = part as unknown as readonly [string, number | string];
    return kind === "name" ? which : this.pids[which as number]!.text;
  }

  private indexOf(pid: Pid): number {
    return this.indexes.get(pid.text) ?? -1;
  }
}

/** Acts that are about names take a request each, so one process does not do them all at once. */
export function mayRush({ lanes, settle }: PlayedStep): boolean {
  const isRushed = (acts: readonly PlayedAct[]): boolean =>
    acts.every(([verb, first, second]) => {
      if (verb === "register" || verb === "unregister" || verb === "whereis") return false;
      if (verb === "spawn") return second === "none";
      return !Array.isArray(first) || first[0] !== "name";
    });
  return settle.length === 0 && lanes.every(([, acts]) => isRushed(acts));
}
