/** Inside: one worker thread of a memory host as it sees itself: which processes it starts, and the way to all others. */
import {
  type Host,
  hostClosing,
  type SpawnResult,
  type SpawnSpec,
  type System,
  supervisorEntry,
  thrownFailure,
} from "../../../actors/index.js";
import { accepted, type Delivery, type Envelope, type Pid, type Signal } from "../../../mailbox/index.js";
import type { MemoryHost, Roll } from "../host.js";
import { Crew, mainThread } from "./crew.js";
import type { Desk } from "./desk.js";
import { farId, numberOf, ownSeries, seriesOf, threadOf } from "./ids.js";
import type { Outward } from "./outward.js";
import { Peer } from "./peer.js";
import { Reporter } from "./report.js";
import { type Codec, type Row, rowKind } from "./rows.js";
import type { MainMessage, ThreadStart } from "./start.js";

export interface InsideParts {
  readonly start: ThreadStart;
  readonly system: System;
  readonly codec: Codec;
  readonly desk: Desk;
  readonly outward: Outward;
}

export class Inside implements Host, Roll {
  readonly id: string;
  readonly node: string;
  private readonly parts: InsideParts;
  private readonly crew: Crew;
  private readonly reporter: Reporter;
  private host!: MemoryHost;
  /** Processes of this thread. */
  private count = 0;
  /** The other threads that processes may start on; `mayGrow`: there may be more of them. */
  private others: readonly Peer[] = [];
  private mayGrow = true;
  private isClosing = false;

  constructor(parts: InsideParts) {
    const { start, system, codec, outward } = parts;
    this.id = start.host;
    this.node = start.node;
    this.parts = parts;
    this.crew = new Crew({
      thread: start.thread,
      router: system.router,
      codec,
      postOf: (thread) => outward.postOf(thread),
      deliver: (envelope) => this.host.deliver(envelope),
      unheard: (envelope, delivery) => this.unheard(envelope, delivery),
    });
    this.reporter = new Reporter(system, codec, (name, event) => outward.main.push([rowKind.event, name, event]));
    system.router.rest = this.rest();
  }

  /** The processes of this thread. */
  attach(host: MemoryHost): void {
    this.host = host;
    this.parts.system.attach(this);
  }

  receive(message: MainMessage): void {
    for (const text of message) {
      for (const row of JSON.parse(text) as Row[]) this.take(row);
      this.parts.outward.took();
    }
  }

  // Host

  /**
   * A child stays with its parent unless another thread has clearly fewer processes: many children spread evenly, and who starts one
   * after the other has no round trip for each of them. Names and limits are for the main thread to see to.
   */
  spawnThen(spec: SpawnSpec, answer: (result: SpawnResult) => void): void {
    const { isCounted } = this.parts.start;
    const isPlain = spec.name === undefined && !isCounted && spec.entry !== supervisorEntry;
    if (isPlain && this.hasRoom()) return answer(this.host.spawn(spec));
    this.parts.desk.spawn(spec, (result) => {
      if (result.ok && !result.existed) this.crew.bindChild(spec, result.pid);
      answer(result);
    });
  }

  spawn(spec: SpawnSpec): Promise<SpawnResult> {
    return new Promise((resolve) => this.spawnThen(spec, resolve));
  }

  deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    const thread = this.crew.threadOf(envelope.to);
    if (thread === this.parts.start.thread) return this.host.deliver(envelope);
    return thread === mainThread ? this.toMain(envelope) : this.crew.deliver(envelope);
  }

  close(graceMs: number): Promise<void> {
    return this.host.close(graceMs);
  }

  // Roll

  newId(): string {
    return farId(this.parts.outward.newNumber(), ownSeries(this.parts.start.thread));
  }

  begun(spec: SpawnSpec, pid: Pid): void {
    this.count++;
    const isOwn = seriesOf(pid.id) === ownSeries(this.parts.start.thread);
    if (isOwn && this.host.mailboxOf(spec.entry) !== undefined) this.parts.outward.bind(numberOf(pid.id));
    this.crew.bindParent(spec, pid);
  }

  ended({ id }: Pid): void {
    this.count--;
    this.parts.outward.died(seriesOf(id), numberOf(id));
  }

  private hasRoom(): boolean {
    if (this.mayGrow) return this.count === 0;
    let least = this.count;
    for (const { size } of this.others) if (size < least) least = size;
    return this.count <= least + (least >> 3);
  }

  /** The other hosts of the node, and what is on the main thread. */
  private rest(): Host {
    return {
      id: "",
      node: "",
      spawn: (spec) => new Promise((resolve) => this.parts.desk.spawn(spec, resolve)),
      spawnThen: (spec, answer) => this.parts.desk.spawn(spec, answer),
      deliver: (envelope) => this.toMain(envelope),
      close: async () => {},
    };
  }

  private toMain(envelope: Envelope): Delivery | Promise<Delivery> {
    const { main } = this.parts.outward;
    const { kind } = envelope.signal;
    // What nobody waits for.
    if (kind !== "exit" && kind !== "unlink" && kind !== "demonitor") {
      return this.crew.ask(mainThread, main, envelope);
    }
    main.push(this.parts.codec.row(envelope));
    return accepted;
  }

  private take(row: Row): void {
    const { codec, desk, system, outward } = this.parts;
    switch (row[0]) {
      case rowKind.message:
      case rowKind.signal:
        return this.crew.arrived(row, codec.envelope(row));
      case rowKind.answer:
        return this.crew.answered(row);
      case rowKind.outcome:
        return desk.settled(row[1], row[2]);
      case rowKind.brought:
        return desk.brought(row[1], row[2]);
      case rowKind.spawned:
        return desk.spawned(row[1], row[2]);
      case rowKind.start:
        return this.start(row[1], codec.readSpec(row[2]));
      case rowKind.living:
        this.crew.peers.get(threadOf(row[1]))?.read(row);
        return;
      case rowKind.alive:
        return this.peer(threadOf(row[1])).learn(row);
      case rowKind.crew:
        this.others = row[1].filter((thread) => thread !== this.parts.start.thread).map((thread) => this.peer(thread));
        this.mayGrow = !row[2];
        return;
      case rowKind.lost:
        outward.close(row[1]);
        for (const envelope of this.crew.lost(row[1])) void system.router.route(envelope);
        return;
      case rowKind.credit:
        return outward.postOf(row[1])?.credit(row[2], row[3]);
      case rowKind.wants:
        return this.reporter.want(row[1]);
      case rowKind.close:
        return this.end(row[1]);
    }
  }

  private start(id: string, spec: SpawnSpec): void {
    const result = this.isClosing ? { ok: false as const, error: hostClosing } : this.launched(id, spec);
    this.parts.outward.main.push([rowKind.started, id, result.ok ? null : result.error]);
  }

  private launched(id: string, spec: SpawnSpec): SpawnResult {
    try {
      return this.host.start(spec, id);
    } catch (thrown) {
      return { ok: false, error: thrownFailure(thrown) };
    }
  }

  private end(graceMs: number): void {
    this.isClosing = true;
    void this.host.close(graceMs).then(() => this.parts.outward.main.push([rowKind.closed]));
  }

  /** It was accepted elsewhere and its receiver has ended meanwhile. */
  private unheard(envelope: Envelope, delivery: Delivery): void {
    const { router } = this.parts.system;
    const { from, incarnation, to, signal } = envelope;
    if (delivery.kind === "accepted") return;
    router.lost(envelope, delivery.error?.message ?? "process not found");
    if (signal.kind !== "link" && signal.kind !== "monitor") return;
    const exit: Signal = { kind: "exit", via: signal.kind, refs: [-signal.ref], reason: { kind: "noproc" } };
    void router.route({
      from: to,
      incarnation: this.parts.codec.node,
      to: from,
      toIncarnation: incarnation,
      seq: 0,
      signal: exit,
    });
  }

  private peer(thread: number): Peer {
    let peer = this.crew.peers.get(thread);
    if (peer === undefined) {
      peer = new Peer(thread, this.parts.outward.open(thread));
      this.crew.peers.set(thread, peer);
    }
    return peer;
  }
}
