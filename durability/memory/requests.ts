/** What one process on a memory host has asked of its node and not yet been told. */
import {
  type AskRequest,
  answerSpawn,
  type HoldRequest,
  type Input,
  type InvokeRequest,
  type Outcome,
  type Request,
  type SpawnResult,
  type SpawnSpec,
  type System,
} from "../../actors/index.js";
import { base64, bytesPayload, type Pid } from "../../mailbox/index.js";
import type { Scheduler } from "./scheduler.js";

export class Requests {
  private readonly system: System;
  private readonly scheduler: Scheduler;
  private readonly pid: Pid;
  private readonly push: (input: Input) => void;
  /** What `drop` does for each open request. */
  private readonly drops = new Map<number, () => void>();

  constructor(
    { system, scheduler }: { readonly system: System; readonly scheduler: Scheduler },
    pid: Pid,
    push: (input: Input) => void,
  ) {
    this.system = system;
    this.scheduler = scheduler;
    this.pid = pid;
    this.push = push;
  }

  start(tag: number, request: Request): void {
    const { system } = this;
    switch (request.kind) {
      case "spawn":
        this.scheduler.enqueue({ queued: false, turn: () => this.spawn(tag, request.spec) });
        return;
      case "invoke":
        return this.invoke(tag, request);
      case "timer": {
        const timer = system.clock.timer(request.delayMs, () => this.settle(tag, { ok: true, value: null }));
        this.drops.set(tag, () => timer.cancel());
        return;
      }
      case "register":
      case "lookup":
      case "unregister":
        return this.settle(tag, system.name(this.pid, request));
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
    this.drops.get(tag)?.();
    this.drops.delete(tag);
  }

  dropAll(): void {
    for (const drop of this.drops.values()) drop();
    this.drops.clear();
  }

  private invoke(tag: number, request: InvokeRequest): void {
    let answered = false;
    const drop = this.system.invoke(this.pid, request, (outcome) => {
      answered = true;
      this.settle(tag, outcome);
    });
    if (!answered) this.drops.set(tag, drop);
  }

  private ask(tag: number, request: AskRequest): void {
    const outcome = this.system.services.ask(this.pid, request);
    if (outcome instanceof Promise) void outcome.then((settled) => this.settle(tag, settled));
    else this.settle(tag, outcome);
  }

  private hold(tag: number, request: HoldRequest): void {
    const { system } = this;
    let isRefused = false;
    const end = system.services.hold(this.pid, request, {
      brought: (payload) => this.push({ kind: "brought", at: system.clock.now(), tag, payload }),
      refused: (error) => {
        isRefused = true;
        this.settle(tag, { ok: false, error });
      },
    });
    if (!isRefused) this.drops.set(tag, end);
  }

  private spawn(tag: number, spec: SpawnSpec): false {
    const { system } = this;
    const host = system.router.host(spec.host);
    const answer = (result: SpawnResult): void => this.push({ kind: "spawned", at: system.clock.now(), tag, result });
    if (host === undefined) answer({ ok: false, error: system.hostProblem(spec.host) });
    else answerSpawn(() => host.spawn(spec), answer);
    return false;
  }

  private settle(tag: number, outcome: Outcome): void {
    this.drops.delete(tag);
    this.push({ kind: "settled", at: this.system.clock.now(), tag, outcome });
  }
}
