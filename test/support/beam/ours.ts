/** The same scripts on our processes: what each step asks of them, and what was seen of it. The hosts are those of a stage. */
import { type Process, type System, systemPid } from "../../../actors/index.js";
import type { Recorder } from "../../../durability/memory/index.js";
import type { Payload, Pid } from "../../../mailbox/index.js";
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
  private readonly dead = new Set<number>();
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
    this.results = [];
    this.received = [];
    return this.tellAll(lanes, 0, waits);
  }

  settle({ lanes, settle }: PlayedStep): Promise<unknown> | undefined {
    return this.tellAll([[lanes[0]![0], settle]], settling, true);
  }

  /** What was seen since `begin`. */
  facts(): string[] {
    const ends: Facts["ends"][number][] = [];
    const living: Facts["living"][number][] = [];
    for (const [index, pid] of this.pids.entries()) {
      if (this.dead.has(index)) continue;
      const process = this.processes.get(pid.text)!;
      if (process.hasEnded) {
        this.dead.add(index);
        ends.push([index, reasonText(process.exitReason!)]);
        continue;
      }
      const { links, watching, watchers } = process.relations;
      const all = (table: typeof links): number[] => [...table.values()].map((bond) => this.indexOf(bond.pid));
      const names = this.namesOf(pid);
      const bonds = { links: all(links), watching: all(watching), watchers: all(watchers) };
      living.push({ index, ...bonds, traps: process.trapLinks, names });
    }
    return factLines({ results: this.results, got: this.received, ends, living });
  }

  private tellAll(lanes: PlayedStep["lanes"], from: number, waits: boolean): Promise<unknown> | undefined {
    const told = lanes.map(([actor, acts]) => {
      const orders: Orders = { acts: this.plain(acts), from, waits };
      const signal = { kind: "message", topic: "do", payloads: [orders as unknown as Payload] } as const;
      return this.system.router.route({ from: driver, incarnation: "", to: this.pids[actor]!, seq: 0, signal });
    });
    return told.some((delivery) => delivery instanceof Promise) ? Promise.all(told) : undefined;
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
