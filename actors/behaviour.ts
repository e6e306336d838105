/** Behaviour: a program in TypeScript as two pure functions over JSON state. Runs on any host, as its state can be stored. */
import {
  type Delivery,
  deliveryOutcome,
  type Failure,
  messageProblem,
  type Payload,
  type Pid,
} from "../mailbox/index.js";
import type { BehaviourEvent, Command } from "./command.js";
import type { Outcome } from "./input.js";
import type { ProcessEvent, Program, Self } from "./program.js";
import { TagTable } from "./tag-table.js";

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
  private state!: State;
  private events: BehaviourEvent[] | undefined = undefined;
  private waiting: TagTable<string> | undefined = undefined;

  constructor(behaviour: Behaviour<State>) {
    this.behaviour = behaviour;
  }

  get catches(): true {
    return true;
  }

  init(self: Self): undefined {
    this.self = self;
    self.mailbox.subscribeInbox();
  }

  start(args: readonly Payload[]): void {
    try {
      this.take(this.behaviour.init(args, this.self.pid));
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  message(): void {}

  event(event: ProcessEvent): void {
    this.note(event);
  }

  answered(tag: number, delivery: Delivery): void {
    this.settled(tag, deliveryOutcome(delivery));
  }

  settled(tag: number, outcome: Outcome): void {
    const as = this.takeWaiting(tag);
    if (as !== undefined) this.note({ kind: "answer", as, outcome });
  }

  childStarted(tag: number, pid: Pid): void {
    const as = this.takeWaiting(tag);
    if (as !== undefined) this.note({ kind: "answer", as, outcome: { ok: true, value: pid.text }, pid });
  }

  brought(tag: number, payload: Payload): void {
    const as = this.waiting?.get(tag);
    if (as !== undefined) this.note({ kind: "brought", as, payload });
  }

  run(): boolean {
    try {
      for (let event = this.next(); event !== undefined; event = this.next()) {
        if (!this.take(this.behaviour.handle(this.state, event, this.self.now))) break;
      }
    } catch (thrown) {
      this.fail(thrown);
    }
    return false;
  }

  halted(): void {
    this.events = undefined;
    this.waiting = undefined;
  }

  stack(): string {
    return "a behaviour, waiting for its next event";
  }

  unread(): readonly ProcessEvent[] {
    return (this.events ?? []).filter(
      (event): event is ProcessEvent => event.kind === "exit" || event.kind === "link_down" || event.kind === "cancel",
    );
  }

  /** The state as it is JSON-shaped by contract; undefined while events wait for it. */
  snapshot(): Payload | undefined {
    if (this.events !== undefined) return undefined;
    return { state: this.state as Payload, waiting: this.waiting?.entries() ?? [] };
  }

  restore(self: Self, stored: Payload): undefined {
    const { state, waiting } = stored as unknown as { state: State; waiting: [tag: number, as: string][] };
    this.init(self);
    this.state = state;
    for (const [tag, as] of waiting) this.wait(tag, as);
  }

  /** Events before messages; a command may have added some that are known at once. */
  private next(): BehaviourEvent | undefined {
    if (this.events === undefined) return this.self.mailbox.shift();
    const event = this.events.shift();
    if (this.events.length === 0) this.events = undefined;
    return event;
  }

  private note(event: BehaviourEvent): void {
    if (this.events === undefined) this.events = [event];
    else this.events.push(event);
  }

  private takeWaiting(tag: number): string | undefined {
    return this.waiting?.take(tag);
  }

  /** False when the process has ended. */
  private take({ state, commands }: Step<State>): boolean {
    this.state = state;
    if (commands !== undefined) for (const command of commands) if (!this.obey(command)) return false;
    return true;
  }

  private fail(thrown: unknown): void {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    if (this.self.hasEnded) this.self.log({ level: "error", message: `threw after its end: ${message}`, fields: {} });
    this.self.exit({ kind: "failed", error: { kind: "INTERNAL", message } });
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
    if (typeof tag !== "number") this.note({ kind: "answer", as, outcome: { ok: false, error: tag } });
    else if (tag === 0) this.note({ kind: "answer", as, outcome: { ok: true, value: null } });
    else this.wait(tag, as);
    return true;
  }

  private wait(tag: number, as: string): void {
    this.waiting ??= new TagTable();
    this.waiting.set(tag, as);
  }
}
