/** WorkersHost: a memory host whose processes live on worker threads. Supervisors and clients stay on the main thread, and outlive every other one. */
import {
  type Client,
  hostClosing,
  noRoom,
  type SpawnResult,
  type SpawnSpec,
  type System,
  startupEnvelopes,
  supervisorEntry,
} from "../../../actors/index.js";
import type { Delivery, Envelope, Pid, Signal } from "../../../mailbox/index.js";
import { MemoryHost, type MemoryHostOptions } from "../host.js";
import type { ProcessHost } from "../open.js";
import { seriesOf } from "./ids.js";
import type { WorkersOptions } from "./start.js";
import { Team } from "./team.js";

export class WorkersHost implements ProcessHost {
  readonly id: string;
  readonly node: string;
  readonly team: Team;
  private readonly system: System;
  private readonly maxProcesses: number;
  /** What is on the main thread. */
  private readonly main: MemoryHost;
  private closing: Promise<unknown> | undefined;

  constructor(options: MemoryHostOptions, workers: WorkersOptions) {
    this.id = options.id;
    this.system = options.system;
    this.node = options.system.node;
    this.maxProcesses = options.maxProcesses ?? 0;
    this.main = new MemoryHost(options);
    this.team = new Team({ ...options, host: options.id, workers });
  }

  get size(): number {
    return this.main.size + this.team.size;
  }

  pids(): Pid[] {
    return [...this.main.pids(), ...this.team.pids()];
  }

  openClient(name: string): Client {
    return this.main.openClient(name);
  }

  spawn(spec: SpawnSpec): Promise<SpawnResult> {
    return new Promise((resolve) => this.spawnThen(spec, resolve));
  }

  spawnThen(spec: SpawnSpec, answer: (result: SpawnResult) => void): void {
    if (spec.entry === supervisorEntry) return answer(this.main.spawn(spec));
    const existing = spec.name === undefined ? undefined : this.system.names.lookup(spec.name);
    if (existing !== undefined) {
      for (const envelope of startupEnvelopes(spec, existing)) this.system.router.post(envelope);
      return answer({ ok: true, pid: existing, existed: true });
    }
    const error = this.closing === undefined ? noRoom(this.id, this.size, this.maxProcesses) : hostClosing;
    if (error === undefined) this.team.spawn(spec, answer);
    else answer({ ok: false, error });
  }

  deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    return this.placeOf(envelope.to).deliver(envelope);
  }

  knows(pid: Pid): boolean {
    return this.placeOf(pid).knows(pid);
  }

  mayTurnAway(to: Pid, signal: Signal): boolean {
    return this.placeOf(to).mayTurnAway(to, signal);
  }

  async close(graceMs: number): Promise<void> {
    this.closing ??= Promise.all([this.main.close(graceMs), this.team.close(graceMs)]);
    await this.closing;
  }

  private placeOf({ id }: Pid): MemoryHost | Team {
    return seriesOf(id) === 0 ? this.main : this.team;
  }
}
