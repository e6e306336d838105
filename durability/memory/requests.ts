/** What one process on a memory host has asked of its node and not yet been told. */
import {
  type AskRequest,
  type HoldRequest,
  type Input,
  type InvokeRequest,
  type Outcome,
  type Request,
  type SpawnResult,
  type SpawnSpec,
  type System,
  startOn,
} from "../../actors/index.js";
import { base64, bytesPayload, type Pid } from "../../mailbox/index.js";
import type { Scheduler, Turn } from "./scheduler.js";

export interface Asker {
  readonly pid: Pid;
  readonly system: System;
  readonly scheduler: Scheduler;
  push(input: Input): void;
}

export class Requests {
  private readonly asker: Asker;
  /** What `drop` does for each open request; undefined: there has been none. */
  private drops: Map<number, () => void> | undefined = undefined;

  constructor(asker: Asker) {
    this.asker = asker;
  }

  private get system(): System {
    return this.asker.system;
  }

  start(tag: number, request: Request): void {
    const { system } = this;
    switch (request.kind) {
      case "spawn":
        this.asker.scheduler.begin(new SpawnTurn(this.asker, tag, request.spec));
        return;
      case "invoke":
        return this.invoke(tag, request);
      case "timer": {
        const timer = system.clock.timer(request.delayMs, () => this.settle(tag, { ok: true, value: null }));
        this.onDrop(tag, () => timer.cancel());
        return;
      }
      case "register":
      case "lookup":
      case "unregister":
        return this.when(tag, system.askName(this.asker.pid, request));
      case "store":
        void system.store(request).then((outcome) => this.settle(tag, outcome));
        return;
      case "ask":
        return this.ask(tag, request);
      case "hold":
        return this.hold(tag, request);
      case "random":
        return this.settle(tag, { ok: true, value: bytesPayload(base64(system.randomBytes(request.bytes))) });
    }
  }

  drop(tag: number): void {
    this.drops?.get(tag)?.();
    this.drops?.delete(tag);
  }

  dropAll(): void {
    for (const drop of this.drops?.values() ?? []) drop();
    this.drops = undefined;
  }

  private invoke(tag: number, request: InvokeRequest): void {
    let answered = false;
    const drop = this.system.invoke(this.asker.pid, request, (outcome) => {
      answered = true;
      this.settle(tag, outcome);
    });
    if (!answered) this.onDrop(tag, drop);
  }

  private ask(tag: number, request: AskRequest): void {
    this.when(tag, this.system.services.ask(this.asker.pid, request));
  }

  private when(tag: number, outcome: Outcome | Promise<Outcome>): void {
    if (outcome instanceof Promise) void outcome.then((settled) => this.settle(tag, settled));
    else this.settle(tag, outcome);
  }

  private hold(tag: number, request: HoldRequest): void {
    const { system } = this;
    let isRefused = false;
    const end = system.services.hold(this.asker.pid, request, {
      brought: (payload) => this.asker.push({ kind: "brought", at: system.clock.now(), tag, payload }),
      refused: (error) => {
        isRefused = true;
        this.settle(tag, { ok: false, error });
      },
    });
    if (!isRefused) this.onDrop(tag, end);
  }

  private onDrop(tag: number, drop: () => void): void {
    this.drops ??= new Map();
    this.drops.set(tag, drop);
  }

  private settle(tag: number, outcome: Outcome): void {
    this.drops?.delete(tag);
    this.asker.push({ kind: "settled", at: this.system.clock.now(), tag, outcome });
  }
}

/** A start has a turn of its own: programs that start others at once would nest without end. */
class SpawnTurn implements Turn {
  queued = false;
  private readonly asker: Asker;
  private readonly tag: number;
  private readonly spec: SpawnSpec;

  constructor(asker: Asker, tag: number, spec: SpawnSpec) {
    this.asker = asker;
    this.tag = tag;
    this.spec = spec;
  }

  turn(): false {
    const { spec } = this;
    const { system } = this.asker;
    const host = system.router.host(spec.host);
    if (host === undefined) this.answer({ ok: false, error: system.hostProblem(spec.host) });
    else startOn(host, spec, (result) => this.answer(result));
    return false;
  }

  private answer(result: SpawnResult): void {
    const { asker, tag } = this;
    asker.push({ kind: "spawned", at: asker.system.clock.now(), tag, result });
  }
}
