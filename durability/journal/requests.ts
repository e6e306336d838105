/** Requests: what one process has asked of its host and not yet been told, started once it is durable and again after a restart. */
import {
  type AskRequest,
  answerSpawn,
  type HoldRequest,
  type Outcome,
  type Request,
  type SpawnResult,
  type System,
  startOn,
} from "../../actors/index.js";
import { base64, bytesPayload, type Payload, type Pid } from "../../mailbox/index.js";
import type { Scheduler } from "../memory/index.js";
import type { Batches } from "./batch.js";
import { type OpenRow, readRequest, storeRequest } from "./records.js";

/** What becomes of the firings of a ticker that were due while nobody was there. */
export type CatchUp = "one" | "skip";

export interface RequestsHost {
  readonly id: string;
  readonly system: System;
  readonly batches: Batches;
  readonly scheduler: Scheduler;
  readonly catchUp: CatchUp;
  now(): number;
  /** Start a child on this very host, as a part of the commit that is being gathered. */
  spawnInside(spec: Extract<Request, { kind: "spawn" }>["spec"]): SpawnResult | Promise<SpawnResult>;
}

export interface RequestsOwner {
  readonly pid: Pid;
  settled(tag: number, outcome: Outcome): void;
  spawned(tag: number, result: SpawnResult): void;
  brought(tag: number, payload: Payload): void;
  /** Run a function; returns what ends the interest in it. */
  invoke(
    request: Extract<Request, { kind: "invoke" }>,
    scheduledAt: number,
    again: boolean,
    done: (outcome: Outcome) => void,
  ): () => void;
}

interface OpenRequest {
  readonly at: number;
  readonly request: Request;
  /** Ends the interest; set while it is under way. */
  stop: (() => void) | undefined;
  /** Its outcome waits in the queue of the process. */
  answered: boolean;
}

export class Requests {
  private readonly host: RequestsHost;
  private readonly owner: RequestsOwner;
  private readonly open = new Map<number, OpenRequest>();

  constructor(host: RequestsHost, owner: RequestsOwner) {
    this.host = host;
    this.owner = owner;
  }

  /** Something other than the passing of time is waited for. */
  get busy(): boolean {
    for (const { request, answered } of this.open.values()) if (request.kind !== "timer" || answered) return true;
    return false;
  }

  /** When the earliest timer is due. */
  get due(): number | undefined {
    let due: number | undefined;
    for (const { at, request } of this.open.values()) {
      if (request.kind === "timer" && (due === undefined || at + request.delayMs < due)) due = at + request.delayMs;
    }
    return due;
  }

  has(tag: number): boolean {
    return this.open.has(tag);
  }

  rows(): OpenRow[] {
    return [...this.open].map(([tag, { at, request }]) => [tag, at, storeRequest(request)]);
  }

  restore(rows: readonly OpenRow[]): void {
    for (const [tag, at, request] of rows) this.note(tag, at, readRequest(request));
  }

  /** Note a request of a replay, which may be settled or dropped further on. */
  note(tag: number, at: number, request: Request): void {
    this.open.set(tag, { at, request, stop: undefined, answered: false });
  }

  add(tag: number, at: number, request: Request): void {
    this.note(tag, at, request);
    this.start(tag, this.open.get(tag)!, false);
  }

  /** After a restart: whatever was not settled is asked again, and timers go on. */
  resume(): void {
    for (const [tag, open] of this.open) this.start(tag, open, true);
  }

  drop(tag: number): void {
    this.open.get(tag)?.stop?.();
    this.open.delete(tag);
  }

  /** The outcome has become an input. */
  taken(tag: number): void {
    this.open.delete(tag);
  }

  /** Stop everything without dropping it. */
  rest(): void {
    for (const open of this.open.values()) {
      open.stop?.();
      open.stop = undefined;
    }
  }

  clear(): void {
    this.rest();
    this.open.clear();
  }

  private start(tag: number, open: OpenRequest, again: boolean): void {
    const { request } = open;
    const { system, batches } = this.host;
    switch (request.kind) {
      case "timer":
        return this.startTimer(tag, open, request, again);
      case "random":
        // Its bytes are part of the journal before anything that follows from them leaves it.
        return this.settle(tag, open, {
          ok: true,
          value: bytesPayload(base64(system.randomBytes(request.bytes))),
        });
      case "lookup":
        return this.settle(tag, open, system.name(this.owner.pid, request));
      case "register":
      case "unregister":
        return batches.after(() => this.settle(tag, open, system.name(this.owner.pid, request)));
      case "spawn":
        return this.startSpawn(tag, open, request);
      case "store":
        return batches.after(() => {
          if (this.open.get(tag) !== open) return;
          void system.store(request).then((outcome) => this.settle(tag, open, outcome));
        });
      case "ask":
        return batches.after(() => {
          if (this.open.get(tag) === open) void this.ask(tag, open, request);
        });
      case "hold":
        return batches.after(() => {
          if (this.open.get(tag) === open) this.hold(tag, open, request);
        });
      case "invoke":
        return batches.after(() => {
          if (this.open.get(tag) !== open) return;
          const stop = this.owner.invoke(request, open.at, again, (outcome) => this.settle(tag, open, outcome));
          if (!open.answered) open.stop = stop;
        });
    }
  }

  private async ask(tag: number, open: OpenRequest, request: AskRequest): Promise<void> {
    this.settle(tag, open, await this.host.system.services.ask(this.owner.pid, request));
  }

  private hold(tag: number, open: OpenRequest, request: HoldRequest): void {
    open.stop = this.host.system.services.hold(this.owner.pid, request, {
      brought: (payload) => this.owner.brought(tag, payload),
      refused: (error) => this.settle(tag, open, { ok: false, error }),
    });
  }

  private startTimer(
    tag: number,
    open: OpenRequest,
    { delayMs, periodMs }: Extract<Request, { kind: "timer" }>,
    again: boolean,
  ): void {
    const now = this.host.now();
    let due = open.at + delayMs;
    if (again && periodMs !== undefined && this.host.catchUp === "skip" && due < now) {
      due += Math.ceil((now - due) / periodMs) * periodMs;
    }
    const timer = this.host.system.clock.timer(Math.max(0, due - now), () =>
      this.settle(tag, open, { ok: true, value: null }),
    );
    open.stop = () => timer.cancel();
  }

  private startSpawn(tag: number, open: OpenRequest, { spec }: Extract<Request, { kind: "spawn" }>): void {
    const answer = (result: SpawnResult): void => {
      if (open.answered) return;
      open.answered = true;
      // Also when the process has ended since: its child must hear of that.
      this.owner.spawned(tag, result);
    };
    if (spec.host === this.host.id) {
      // In a turn of its own: no program may be loaded while another one runs.
      const spawn = (): false => {
        answerSpawn(() => this.host.spawnInside(spec), answer);
        return false;
      };
      this.host.scheduler.enqueue({ queued: false, turn: spawn });
      return;
    }
    this.host.batches.after(() => {
      const host = this.host.system.router.host(spec.host);
      if (host === undefined) answer({ ok: false, error: this.host.system.hostProblem(spec.host) });
      else startOn(host, spec, answer);
    });
  }

  private settle(tag: number, open: OpenRequest, outcome: Outcome): void {
    if (this.open.get(tag) !== open || open.answered) return;
    open.answered = true;
    open.stop = undefined;
    this.owner.settled(tag, outcome);
  }
}
