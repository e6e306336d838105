/** Behaviour: a program in TypeScript as two pure functions over JSON state. Runs on any host, as its state can be stored. */
import {
  type Delivery,
  deliveryError,
  type ExitReason,
  type Failure,
  type Message,
  type MessageQueue,
  messageProblem,
  type Payload,
  type Pid,
} from "../mailbox/index.js";
import type { Outcome, Request } from "./input.js";
import type { ProcessEvent, Program, Self, SpawnOptions } from "./program.js";

/** What a behaviour may ask for. `as` comes back in the `answer` event. */
export type Command =
  | {
      readonly kind: "send";
      readonly to: Pid;
      readonly topic: string;
      readonly payloads: readonly Payload[];
      readonly as?: string;
    }
  | { readonly kind: "link" | "monitor"; readonly to: Pid; readonly as?: string }
  | { readonly kind: "unlink" | "demonitor"; readonly to: Pid }
  | {
      readonly kind: "cancel";
      readonly to: Pid;
      readonly reason?: string;
      readonly withinMs?: number;
      readonly as?: string;
    }
  | { readonly kind: "kill"; readonly to: Pid; readonly as?: string }
  | {
      readonly kind: "spawn" | "exec";
      readonly entry: string;
      readonly host: string;
      readonly args: readonly Payload[];
      readonly options?: SpawnOptions;
      readonly as?: string;
    }
  | { readonly kind: "request"; readonly request: Exclude<Request, { kind: "spawn" }>; readonly as?: string }
  /** Answer a message that carries a call; without effect for any other. */
  | { readonly kind: "reply"; readonly message: Message; readonly outcome: Outcome }
  | { readonly kind: "trap_links"; readonly on: boolean }
  /** Go on as another entry, or as this one anew; nothing after it is done. */
  | { readonly kind: "upgrade"; readonly entry?: string; readonly args: readonly Payload[] }
  | { readonly kind: "stop"; readonly reason: ExitReason };

/** What a behaviour is told. A delivery that was accepted answers `{ ok: true, value: null }`; `brought` is for a `hold` request. */
export type BehaviourEvent =
  | (Message & { readonly kind: "message" })
  | { readonly kind: "answer"; readonly as: string; readonly outcome: Outcome }
  | { readonly kind: "brought"; readonly as: string; readonly payload: Payload }
  | ProcessEvent;

export interface Step<State> {
  readonly state: State;
  readonly commands?: readonly Command[];
}

/** `state` must be JSON-shaped. Both functions are pure; a throw ends the process with kind INTERNAL. */
export interface Behaviour<State> {
  init(args: readonly Payload[], self: Pid): Step<State>;
  handle(state: State, event: BehaviourEvent, now: number): Step<State>;
}

/** Make a program of a behaviour. */
export function behaviourProgram<State>(behaviour: Behaviour<State>): Program {
  return new BehaviourProgram(behaviour);
}

class BehaviourProgram<State> implements Program {
  private readonly behaviour: Behaviour<State>;
  private self!: Self;
  private inbox!: MessageQueue;
  private state!: State;
  private events: BehaviourEvent[] = [];
  private readonly waiting = new Map<number, string>();

  constructor(behaviour: Behaviour<State>) {
    this.behaviour = behaviour;
  }

  init(self: Self): undefined {
    this.self = self;
    this.inbox = self.mailbox.subscribeInbox();
  }

  start(args: readonly Payload[]): void {
    this.step(() => this.behaviour.init(args, this.self.pid));
  }

  message(): void {}

  event(event: ProcessEvent): void {
    this.events.push(event);
  }

  answered(tag: number, delivery: Delivery): void {
    const outcome: Outcome =
      delivery.kind === "accepted" ? { ok: true, value: null } : { ok: false, error: deliveryError(delivery) };
    this.settled(tag, outcome);
  }

  settled(tag: number, outcome: Outcome): void {
    const as = this.waiting.get(tag);
    this.waiting.delete(tag);
    if (as !== undefined) this.events.push({ kind: "answer", as, outcome });
  }

  brought(tag: number, payload: Payload): void {
    const as = this.waiting.get(tag);
    if (as !== undefined) this.events.push({ kind: "brought", as, payload });
  }

  run(): boolean {
    for (let event = this.next(); event !== undefined; event = this.next()) {
      const current = event;
      if (!this.step(() => this.behaviour.handle(this.state, current, this.self.now))) return false;
    }
    return false;
  }

  halted(): void {
    this.events = [];
    this.waiting.clear();
  }

  stack(): string {
    return "a behaviour, waiting for its next event";
  }

  unread(): readonly ProcessEvent[] {
    return this.events.filter(
      (event): event is ProcessEvent => event.kind === "exit" || event.kind === "link_down" || event.kind === "cancel",
    );
  }

  /** The state as it is JSON-shaped by contract; undefined while events wait for it. */
  snapshot(): Payload | undefined {
    if (this.events.length > 0) return undefined;
    return { state: this.state as Payload, waiting: [...this.waiting].map(([tag, as]) => [tag, as]) };
  }

  restore(self: Self, stored: Payload): undefined {
    const { state, waiting } = stored as unknown as { state: State; waiting: [tag: number, as: string][] };
    this.init(self);
    this.state = state;
    for (const [tag, as] of waiting) this.waiting.set(tag, as);
  }

  /** Events before messages; a command may have added some that are known at once. */
  private next(): BehaviourEvent | undefined {
    const event = this.events.shift();
    if (event !== undefined) return event;
    const message = this.inbox.shift();
    if (message === undefined) return undefined;
    return { kind: "message", ...message };
  }

  /** False when the process has ended. */
  private step(take: () => Step<State>): boolean {
    let step: Step<State>;
    try {
      step = take();
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      this.self.exit({ kind: "failed", error: { kind: "INTERNAL", message } });
      return false;
    }
    this.state = step.state;
    for (const command of step.commands ?? []) if (!this.obey(command)) return false;
    return true;
  }

  private obey(command: Command): boolean {
    const self = this.self;
    switch (command.kind) {
      case "send":
        return this.await(
          messageProblem(command.topic, command.payloads) ?? self.send(command.to, command.topic, command.payloads),
          command.as,
        );
      case "link":
        return this.await(self.link(command.to), command.as);
      case "monitor":
        return this.await(self.monitor(command.to), command.as);
      case "unlink":
        self.unlink(command.to);
        return true;
      case "demonitor":
        self.demonitor(command.to);
        return true;
      case "cancel":
        return this.await(self.cancel(command.to, command.reason, command.withinMs), command.as);
      case "kill":
        return this.await(self.kill(command.to), command.as);
      case "spawn":
        return this.await(self.spawn(command.entry, command.host, command.args, command.options ?? {}), command.as);
      case "exec":
        return this.await(self.exec(command.entry, command.host, command.args, command.options ?? {}), command.as);
      case "request":
        return this.await(self.request(command.request), command.as);
      case "reply":
        self.reply(command.message, command.outcome);
        return true;
      case "trap_links":
        self.trapLinks = command.on;
        return true;
      case "upgrade":
        self.upgrade(command.entry, command.args);
        return false;
      case "stop":
        self.exit(command.reason);
        return false;
    }
  }

  private await(tag: number | Failure, as: string | undefined): true {
    if (as === undefined) return true;
    if (typeof tag !== "number") this.events.push({ kind: "answer", as, outcome: { ok: false, error: tag } });
    else if (tag === 0) this.events.push({ kind: "answer", as, outcome: { ok: true, value: null } });
    else this.waiting.set(tag, as);
    return true;
  }
}
