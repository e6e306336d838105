/** Births: what a start needs to know of a journal's processes, and the making of a new one. The decisions are in starts.ts. */
import { hostClosing, noRoom, type SpawnSpec, type System, startupEnvelopes } from "../../actors/index.js";
import type { Delivery, Envelope, Failure, Pid } from "../../mailbox/index.js";
import type { Directory, Place } from "./directory.js";
import type { EndedProcess, Ends } from "./ends.js";
import type { Programs } from "./programs.js";
import { Slot } from "./slot.js";
import type { LoadedProgram, SlotBirth, SlotHost } from "./slot-host.js";
import type { StartsHost } from "./starts.js";

/** More than any process sends. */
const numbersPerMs = 1024;

/**
 * What is sent from `at` on, ms since 1970, is numbered above this: above everything of earlier claims. Were it the epoch alone, a node
 * that starts on an older copy of the journal would use numbers again that others have seen, and they would take them for repeats.
 */
export function firstNumberOf(epoch: number, at: number): number {
  return (Math.floor(at) + epoch) * numbersPerMs;
}

export interface BirthsOptions {
  readonly id: string;
  readonly node: string;
  readonly system: System;
  readonly host: SlotHost;
  readonly directory: Directory;
  readonly ends: Ends;
  readonly programs: Programs;
  /** 0: no limit. */
  readonly maxProcesses: number;
}

export class Births implements StartsHost {
  readonly id: string;
  readonly node: string;
  /** The host is closing: no new process. */
  isClosing = false;
  private readonly options: BirthsOptions;
  /** Who waits for the end of a process, by id. */
  private readonly endings = new Map<string, (() => void)[]>();

  constructor(options: BirthsOptions) {
    this.options = options;
    this.id = options.id;
    this.node = options.node;
  }

  now(): number {
    return this.options.host.now();
  }

  load(entry: string): LoadedProgram | Failure {
    return this.options.host.current(entry);
  }

  entryOptions(entry: string): SpawnSpec["options"] {
    return this.options.programs.options(entry);
  }

  named(name: string): Pid | undefined {
    return this.options.system.names.lookup(name);
  }

  open(id: string): { readonly pid: Pid; readonly incarnation: string } | undefined {
    return this.options.directory.get(id);
  }

  endOf(id: string): EndedProcess | undefined {
    return this.options.ends.get(id);
  }

  isWorkflow(pid: Pid): boolean {
    const place = pid.node === this.node ? this.options.directory.get(pid.id) : undefined;
    return place?.isWorkflow ?? false;
  }

  refusal(): Failure | undefined {
    const { maxProcesses, directory } = this.options;
    return this.isClosing ? hostClosing : noRoom(this.id, directory.size, maxProcesses);
  }

  bear(birth: Omit<SlotBirth, "outgoing">, spec: SpawnSpec): Failure | undefined {
    const { host, ends, directory, system } = this.options;
    const { pid } = birth;
    const left = ends.outgoingOf(pid.id);
    const slot = new Slot(host, left === undefined ? birth : { ...birth, outgoing: left });
    directory.set(pid.id, slot);
    const { entry, parent, name } = spec;
    // Both before the start, in which the process may end.
    if (name !== undefined && !slot.isWorkflow) system.names.register(name, pid);
    const event = { pid, entry, parent, ...(name === undefined ? {} : { name }) };
    host.batches.after(() => {
      if (slot.process.failedToStart === undefined) system.events.emit("spawn", event);
    });
    slot.start(spec);
    const error = slot.process.failedToStart;
    if (error !== undefined) ends.keep(pid.id);
    else if (!slot.hasEnded) ends.remove(pid.id);
    return error;
  }

  greet(spec: SpawnSpec, to: Pid): void {
    const { directory, system, host } = this.options;
    const place = to.node === this.node ? directory.get(to.id) : undefined;
    for (const envelope of startupEnvelopes(spec, to)) {
      if (place === undefined) host.batches.after(() => system.router.post(envelope));
      else this.push(place, envelope, (delivery) => system.router.unheard(envelope, delivery));
    }
  }

  terminate(id: string, ended: () => void): void {
    const place = this.options.directory.get(id);
    if (place === undefined) return ended();
    this.endings.set(id, [...(this.endings.get(id) ?? []), ended]);
    this.push(place, { from: place.pid, incarnation: "", to: place.pid, seq: 0, signal: { kind: "kill" } });
  }

  /** A process has ended: whoever wants its id may go on. */
  hasEnded(id: string): void {
    const waiting = this.endings.get(id) ?? [];
    this.endings.delete(id);
    for (const tell of waiting) tell();
  }

  private push(place: Place, envelope: Envelope, full?: (delivery: Delivery) => void): void {
    const input = { kind: "envelope", at: this.now(), envelope } as const;
    this.options.directory.push(place, full === undefined ? { input } : { input, full });
  }
}
