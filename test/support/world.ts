/**
 * A seeded world of processes on a transport that delays, repeats and interleaves, with every host law checked at its end.
 * Order per pair is kept, as any transport of ours must.
 */
import { type Input, type Port, Process, type Request, spawnSpec } from "../../actors/index.js";
import { accepted, type Envelope, type ExitReason, gone, makePid, mirror, type Pid } from "../../mailbox/index.js";
import { checkLaws } from "./laws.js";
import { driver, type Op, OpsProgram } from "./ops.js";
import { Random } from "./random.js";
import { type RecordedTurn, type Recording, RecordingPort } from "./replay.js";

/** Bugs to plant: each removes one rule of the kernel, and the laws must notice. */
export interface Planted {
  /** Envelopes still queued at a death vanish. */
  readonly forgetQueued?: boolean;
  /** An unlink removes every ref, also those it did not know. */
  readonly unlinkAll?: boolean;
  /** A repeated envelope is taken again. */
  readonly takeRepeats?: boolean;
}

export interface Citizen {
  readonly pid: Pid;
  readonly process: Process;
  readonly program: OpsProgram;
  readonly turns: RecordedTurn[];
  inbox: Input[];
  halts: ExitReason[];
  dropped: Set<number>;
}

interface InFlight {
  readonly envelope: Envelope;
  readonly tag: number;
  delivered: boolean;
}

export class World {
  readonly random: Random;
  readonly citizens = new Map<string, Citizen>();
  /** Messages that found their receiver dead, by `from>to#n`. */
  readonly lost = new Set<string>();
  readonly sent: { from: string; to: string; n: number }[] = [];
  readonly names = new Map<string, Pid>();
  private readonly channels = new Map<string, InFlight[]>();
  private readonly answers: { to: string; input: Input }[] = [];
  private readonly planted: Planted;
  private time = 1_000_000;
  private counter = 0;
  private numbers = 0;

  constructor(seed: number, planted: Planted = {}) {
    this.random = new Random(seed);
    this.planted = planted;
  }

  /** Play a random plan of so many steps among so many first processes, then let everything settle, then check the laws. */
  play(processes = 4, steps = 60): void {
    for (let i = 0; i < processes; i++) this.create();
    for (let i = 0; i < steps; i++) this.step();
    this.settle();
    checkLaws(this);
  }

  recordings(): Recording[] {
    return [...this.citizens.values()].map((citizen) => ({
      name: citizen.pid.text,
      turns: citizen.turns,
      fresh: () => newProcess(citizen.pid).process,
    }));
  }

  private create(parent: Pid = driver, spec = spawnSpec(parent, "", 0, { entry: "ops", host: "sim:host" })): Citizen {
    const pid = makePid("sim", "sim:host", (++this.counter).toString(16));
    const { process, program } = newProcess(pid);
    const citizen: Citizen = { pid, process, program, turns: [], inbox: [], halts: [], dropped: new Set() };
    this.citizens.set(pid.text, citizen);
    this.feed(citizen, { kind: "start", at: this.time, spec });
    return citizen;
  }

  private step(): void {
    this.time += this.random.below(3);
    const dice = this.random.next();
    if (dice < 0.3) this.inject(this.random.pick([...this.citizens.values()]), this.randomOp());
    else if (dice < 0.65) this.move(true);
    else this.work();
  }

  private settle(): void {
    for (let i = 0; i < 20_000; i++) {
      if (!this.work() && !this.move(false)) return;
    }
    throw new Error("the world does not come to rest");
  }

  private inject(citizen: Citizen, op: Op): void {
    if (op.op === "send") this.sent.push({ from: citizen.pid.text, to: op.to, n: op.n });
    const signal = { kind: "message", topic: "do", payloads: [op as never] } as const;
    const envelope: Envelope = { from: driver, incarnation: "", to: citizen.pid, seq: 0, signal };
    if (citizen.process.status === "ended") {
      if (op.op === "send") this.sent.pop();
      return;
    }
    citizen.inbox.push({ kind: "envelope", at: this.time, envelope });
  }

  private randomOp(): Op {
    const to = this.random.pick([...this.citizens.keys()]);
    const dice = this.random.below(20);
    if (dice < 4) return { op: "send", to, n: ++this.numbers };
    if (dice < 7) return { op: "link", to };
    if (dice < 9) return { op: "unlink", to };
    if (dice < 12) return { op: "monitor", to };
    if (dice < 13) return { op: "demonitor", to };
    if (dice < 14) return { op: "call", to };
    if (dice < 16) return this.randomSpawn();
    if (dice < 17) return { op: "trap", on: this.random.chance(0.6) };
    if (dice < 18) return { op: "timer", ms: this.random.below(50) };
    if (dice < 19) return this.random.chance(0.5) ? { op: "kill", to } : { op: "cancel", to };
    return { op: "end", crash: this.random.chance(0.6) };
  }

  private randomSpawn(): Op {
    const [link, monitor, crash] = [this.random.chance(0.5), this.random.chance(0.5), this.random.chance(0.3)];
    return {
      op: "spawn",
      link,
      monitor,
      crash,
      ...(this.random.chance(0.3) ? { name: `name${this.random.below(2)}` } : {}),
    };
  }

  /** One process takes its next input. */
  private work(): boolean {
    const ready = [...this.citizens.values()].filter((citizen) => citizen.inbox.length > 0);
    if (ready.length === 0) return false;
    const citizen = this.random.pick(ready);
    const input = citizen.inbox.shift()!;
    this.feed(citizen, { ...input, at: this.time });
    return true;
  }

  /** One envelope or answer moves on; an unreliable one may be repeated, with everything of its channel that was on the way. */
  private move(unreliable: boolean): boolean {
    const busy = [...this.channels.values()].filter((channel) => channel.length > 0);
    const choices = busy.length + (this.answers.length > 0 ? 1 : 0);
    if (choices === 0) return false;
    const choice = this.random.below(choices);
    if (choice === busy.length) {
      const [answer] = this.answers.splice(this.random.below(this.answers.length), 1);
      this.citizens.get(answer!.to)!.inbox.push(answer!.input);
      return true;
    }
    const channel = busy[choice]!;
    if (unreliable && this.random.chance(0.3)) {
      const count = 1 + this.random.below(channel.length);
      for (const flight of channel.slice(0, count)) this.arrive(flight);
    } else this.arrive(channel.shift()!, true);
    return true;
  }

  private arrive(flight: InFlight, last = false): void {
    const { envelope, tag } = flight;
    const receiver = this.citizens.get(envelope.to.text);
    const alive = receiver !== undefined && receiver.process.status !== "ended";
    if (alive) receiver.inbox.push({ kind: "envelope", at: this.time, envelope: this.bend(envelope, receiver) });
    else if (!flight.delivered) this.lose(envelope);
    if (last && tag > 0) {
      const input: Input = { kind: "answered", at: this.time, tag, delivery: alive ? accepted : gone };
      this.answers.push({ to: envelope.from.text, input });
    }
    if (alive) flight.delivered = true;
  }

  private bend(envelope: Envelope, receiver: Citizen): Envelope {
    if (this.planted.takeRepeats) return { ...envelope, seq: 0 };
    if (this.planted.unlinkAll && envelope.signal.kind === "unlink") {
      const known = receiver.process.relations.links.get(envelope.from)?.refs ?? [];
      return { ...envelope, signal: { kind: "unlink", refs: mirror(known) } };
    }
    return envelope;
  }

  private lose(envelope: Envelope): void {
    if (envelope.signal.kind === "message")
      this.lost.add(`${envelope.from.text}>${envelope.to.text}#${envelope.signal.payloads[0]}`);
  }

  private feed(citizen: Citizen, input: Input): void {
    if (citizen.process.status === "ended") {
      this.refuse(citizen, input);
      return;
    }
    const port = new RecordingPort(this.port(citizen));
    const turn: RecordedTurn = { input, slices: 0, calls: port.calls };
    citizen.turns.push(turn);
    citizen.process.feed(input, port);
    while (citizen.process.runnable) {
      citizen.process.run(port);
      turn.slices++;
    }
  }

  private refuse(citizen: Citizen, input: Input): void {
    if (input.kind === "envelope") {
      this.lose(input.envelope);
      if (this.planted.forgetQueued) return;
    }
    for (const answer of citizen.process.refuse(input)) this.transmit(answer, 0);
  }

  /** In a third of all cases it is there at once, and that is the answer. */
  private transmit(envelope: Envelope, tag: number): boolean {
    const key = `${envelope.from.text}>${envelope.to.text}`;
    const channel = this.channels.get(key);
    const receiver = this.citizens.get(envelope.to.text);
    const isFree = channel === undefined || channel.length === 0;
    if (isFree && receiver !== undefined && receiver.process.status !== "ended" && this.random.chance(0.3)) {
      receiver.inbox.push({ kind: "envelope", at: this.time, envelope: this.bend(envelope, receiver) });
      return true;
    }
    const flight = { envelope, tag, delivered: false };
    if (channel === undefined) this.channels.set(key, [flight]);
    else channel.push(flight);
    return false;
  }

  private port(citizen: Citizen): Port {
    return {
      transmit: (envelope, tag) => this.transmit(envelope, tag),
      request: (tag, request) => this.request(citizen, tag, request),
      drop: (tag) => void citizen.dropped.add(tag),
      log: () => {},
      info: () => undefined,
      halt: (reason) => {
        citizen.halts.push(reason);
        for (const [name, pid] of this.names) if (pid === citizen.pid) this.names.delete(name);
      },
    };
  }

  private request(citizen: Citizen, tag: number, request: Request): void {
    if (request.kind !== "spawn") {
      const input: Input = { kind: "settled", at: this.time, tag, outcome: { ok: true, value: null } };
      this.answers.push({ to: citizen.pid.text, input });
      return;
    }
    const { spec } = request;
    const existing = spec.name === undefined ? undefined : this.names.get(spec.name);
    const pid = existing ?? this.createChild(spec);
    const result = { ok: true, pid, existed: existing !== undefined } as const;
    this.answers.push({ to: citizen.pid.text, input: { kind: "spawned", at: this.time, tag, result } });
  }

  private createChild(spec: Extract<Request, { kind: "spawn" }>["spec"]): Pid {
    const child = this.create(spec.parent, spec);
    if (spec.name !== undefined && child.process.status !== "ended") this.names.set(spec.name, child.pid);
    return child.pid;
  }
}

function newProcess(pid: Pid): { process: Process; program: OpsProgram } {
  const program = new OpsProgram();
  return { program, process: new Process({ pid, incarnation: "life", program, counted: true }) };
}
