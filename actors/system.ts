/** System: the parts of one node that its hosts share, and the one source of what may be observed. */
import {
  type Envelope,
  type ExitReason,
  type Failure,
  failure,
  type MailboxLimit,
  mailboxFullText,
  type Pid,
  processNotFound,
} from "../mailbox/index.js";
import type { DeadLetter, DeadLetters } from "./dead-letters.js";
import { SafeEmitter } from "./events.js";
import { thrownFailure } from "./guard.js";
import type { Clock, Host } from "./host.js";
import type { InvokeRequest, NameRequest, Outcome, SpawnSpec, StoreRequest } from "./input.js";
import { Names, nameNotFound } from "./names.js";
import { nodeService } from "./node-service.js";
import type { LogRecord } from "./port.js";
import type { Program } from "./program.js";
import { hostMissing, Router } from "./router.js";
import { Services } from "./services.js";

export interface SystemEvents {
  spawn: [event: { pid: Pid; entry: string; parent: Pid; name?: string }];
  exit: [event: { pid: Pid; entry: string; reason: ExitReason }];
  restart: [event: { id: string; attempt: number; delayMs: number; error: Failure }];
  dead_letter: [letter: DeadLetter];
  /** A message found the bounded mailbox of a process full: the limit says what became of it. */
  mailbox_full: [event: MailboxFull];
  /** Another owner has taken over what this host keeps; the host has dropped its processes. */
  fenced: [event: { host: string; epoch: number }];
  health: [event: { id: string; state: "up" | "down" | "degraded"; detail?: string }];
  log: [event: { pid: Pid; entry: string; record: LogRecord }];
}

export interface MailboxFull {
  readonly pid: Pid;
  readonly entry: string;
  readonly limit: MailboxLimit;
  /** Of this process so far; the last `more` of them are new. */
  readonly count: number;
  readonly more: number;
}

/** Make the program of an entry, or say why it cannot run. Called once per spawn and upgrade. */
export type ProgramLoader = (what: Pick<SpawnSpec, "entry" | "host">) => Program | Failure;

/** When a process asked for a call, where that is not now: `again` after a crash, in which an attempt may have been lost. */
export interface Asked {
  readonly at: number;
  readonly again: boolean;
}

/** Run a function entry for a process. `drop` ends the interest in its outcome. */
export type Invoker = (
  caller: Pid,
  request: InvokeRequest,
  done: (outcome: Outcome) => void,
  asked?: Asked,
) => () => void;

/** Do one operation on a store; never rejects. */
export type StoreAccess = (request: StoreRequest) => Promise<Outcome>;

/** For a system that is one thread of a node: what another thread keeps for all of them. */
export interface FarParts {
  /** Holds nothing. */
  readonly names: Names;
  readonly services: Services;
  readonly askName: (caller: Pid, request: NameRequest) => Promise<Outcome>;
}

export interface SystemOptions {
  /** The boot id: random per start, the node part of ephemeral pids. */
  readonly node: string;
  readonly clock: Clock;
  readonly load: ProgramLoader;
  readonly invoke: Invoker;
  /** Without it no store is known. */
  readonly store?: StoreAccess;
  /** Why a known id that is no host cannot be spawned on; undefined for an id that nobody knows. */
  readonly notHost?: (id: string) => Failure | undefined;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Left out: this system keeps all of it. */
  readonly far?: FarParts;
}

export class System {
  readonly node: string;
  readonly clock: Clock;
  /** A listener that throws is reported as `health` of `system.events`, and harms nobody. */
  readonly events: SafeEmitter<SystemEvents> = new SafeEmitter((event, text) =>
    this.events.emit("health", {
      id: "system.events",
      state: "degraded",
      detail: `a listener of ${event} threw: ${text}`,
    }),
  );
  readonly router: Router;
  readonly names: Names;
  /** What programs may ask this node for, by name. */
  readonly services: Services;
  readonly load: ProgramLoader;
  readonly invoke: Invoker;
  readonly store: StoreAccess;
  readonly randomBytes: (count: number) => Uint8Array;
  /** As `name`, for processes of any thread of the node. */
  readonly askName: (caller: Pid, request: NameRequest) => Outcome | Promise<Outcome>;
  private readonly attached: Host[] = [];
  private readonly notHost: (id: string) => Failure | undefined;
  private closing = false;

  constructor(options: SystemOptions) {
    this.node = options.node;
    this.clock = options.clock;
    this.load = options.load;
    this.invoke = options.invoke;
    this.store = options.store ?? noStore;
    this.notHost = options.notHost ?? (() => undefined);
    this.randomBytes = options.randomBytes;
    this.router = new Router(
      () => this.clock.now(),
      (letter) => this.events.emit("dead_letter", letter),
    );
    this.names = options.far?.names ?? new Names();
    this.services = options.far?.services ?? new Services();
    this.askName = options.far?.askName ?? ((caller, request) => this.name(caller, request));
    if (options.far === undefined) this.services.add("node", nodeService(this));
  }

  /** This node is about to end: what outlives it is left as it is, and nothing is started again. */
  get isClosing(): boolean {
    return this.closing;
  }

  /** Say so before anything is stopped; `close` does. */
  announceClose(): void {
    this.closing = true;
  }

  /** What a spawn on an id is answered when no host of that id is attached. */
  hostProblem(id: string): Failure {
    return this.notHost(id) ?? hostMissing(id);
  }

  get deadLetters(): DeadLetters {
    return this.router.deadLetters;
  }

  attach(host: Host): void {
    this.router.attach(host);
    this.attached.push(host);
  }

  /** Tell of a full mailbox. The envelope is the message that did not enter, which may be kept as a dead letter. */
  noteFull(event: MailboxFull, envelope?: Envelope): void {
    if (event.limit.onFull === "dead_letter" && envelope !== undefined) this.router.lost(envelope, mailboxFullText);
    this.events.emit("mailbox_full", event);
  }

  /** Close and detach every host, last attached first. Safe to repeat. */
  async close(graceMs: number): Promise<void> {
    this.announceClose();
    for (let host = this.attached.pop(); host !== undefined; host = this.attached.pop()) {
      try {
        await host.close(graceMs);
      } catch (thrown) {
        const detail = `close failed: ${thrownFailure(thrown).message}`;
        this.events.emit("health", { id: host.id, state: "degraded", detail });
      }
      this.router.detach(host);
    }
  }

  /** Answer a name request of `caller`; names of this node only. */
  name(caller: Pid, request: NameRequest): Outcome {
    switch (request.kind) {
      case "register": {
        // Names go when their owner ends: that of one who has ended already would stay for ever.
        if (!this.router.mayLive(request.pid)) return { ok: false, error: processNotFound };
        const error = this.names.register(request.name, request.pid);
        return error === undefined ? { ok: true, value: true } : { ok: false, error };
      }
      case "lookup": {
        const pid = this.names.lookup(request.name);
        return pid === undefined ? { ok: false, error: nameNotFound(request.name) } : { ok: true, value: pid.text };
      }
      case "unregister":
        return { ok: true, value: this.names.unregister(request.name, caller) };
    }
  }
}

const noStore: StoreAccess = ({ store }) =>
  Promise.resolve({
    ok: false,
    error: failure("NOT_FOUND", "store not found", { retryable: false, details: { store } }),
  });

export function createSystem(options: SystemOptions): System {
  return new System(options);
}
