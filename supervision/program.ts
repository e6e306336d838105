/** The program of a supervisor: takes its inputs in turn, one piece of work after the other. What the work is is in supervisor.ts. */
import {
  type Outcome,
  type ProcessEvent,
  type Program,
  type Self,
  type SupervisorStarter,
  supervisorTopic,
} from "../actors/index.js";
import {
  type Delivery,
  deliveryOutcome,
  type ExitReason,
  type Failure,
  failure,
  linkedProcessFailed,
  type Message,
  type MessageQueue,
  type Payload,
  type Pid,
} from "../mailbox/index.js";
import { Agenda } from "./agenda.js";
import type { Child } from "./children.js";
import type { Core } from "./core.js";
import { Desk, shuttingDown } from "./desk.js";
import { asMap } from "./fields.js";
import { operate, type Supervised } from "./requests.js";
import { type SupervisorSpec, supervisorSpec } from "./spec.js";
import { spawned } from "./starting.js";
import { newCore, restoreCore, type Stored, storeCore } from "./stored.js";
import { Supervisor } from "./supervisor.js";
import type { Work } from "./waits.js";

/** Pieces of work in one slice. */
const workPerSlice = 64;

const normal: ExitReason = { kind: "normal", value: null };

export function supervisorProgram(): Program {
  return new SupervisorProgram();
}

class SupervisorProgram implements Program {
  private self!: Self;
  private core!: Core;
  private supervisor!: Supervisor;
  private starter: SupervisorStarter = { attended: false, bound: false };
  private desk!: Desk;
  private work: Work<void> | undefined;
  private readonly agenda = new Agenda();
  /** An order to stop that is still to be obeyed, and how to end then. */
  private stopOrder: ExitReason | undefined;
  private parentTag = 0;
  private numbers = 0;
  private queues: readonly MessageQueue[] = [];

  init(self: Self): undefined {
    this.self = self;
    self.trapLinks = true;
    this.queues = [self.mailbox.subscribe(supervisorTopic), self.mailbox.subscribeInbox()];
    this.desk = new Desk(self, this.agenda);
    this.core = newCore(self);
  }

  start(args: readonly Payload[]): void {
    const starter = asMap(args[1]);
    this.starter = { attended: starter?.attended === true, bound: starter?.bound === true };
    if (this.starter.attended && this.self.parent.node !== "") this.watchParent();
    const spec = supervisorSpec(args[0], this.self.pid.host);
    this.work = "kind" in spec ? this.refuse(spec) : this.begin(spec);
  }

  message(queue: MessageQueue): void {
    for (let message = queue.shift(); message !== undefined; message = queue.shift()) this.desk.hear(message);
  }

  event(event: ProcessEvent): void {
    switch (event.kind) {
      case "cancel":
        this.stopOrder ??= normal;
        return;
      // Whom it is linked to it also monitors, and of a child's end by itself the link says nothing.
      case "link_down":
        return;
      case "exit": {
        const child = this.core.children.at(event.from);
        if (child !== undefined) {
          child.ended = event.reason;
          this.agenda.add({ kind: "ended", child, pid: event.from });
        } else if (event.from.text === this.self.parent.text) this.parentEnded(event.reason);
        return;
      }
    }
  }

  answered(tag: number, delivery: Delivery): void {
    if (tag === this.parentTag && delivery.kind !== "accepted") this.parentEnded({ kind: "noproc" });
    this.core.answers.take(tag, deliveryOutcome(delivery));
  }

  settled(tag: number, outcome: Outcome): void {
    spawned(this.core, tag, outcome);
    if (this.core.answers.take(tag, outcome)) return;
    const child = this.core.timers.get(tag);
    if (child === undefined) return;
    this.core.timers.delete(tag);
    child.timer = 0;
    this.agenda.add({ kind: "retry", child });
  }

  run(): boolean {
    for (const queue of this.queues) this.message(queue);
    for (let i = 0; i < workPerSlice; i++) {
      if (this.self.hasEnded) return false;
      if (this.stopOrder !== undefined && this.desk.phase !== "stopping") this.work = this.interrupt(this.stopOrder);
      this.work ??= this.next();
      if (this.work === undefined || !this.work.next().done) return false;
      this.work = undefined;
    }
    return true;
  }

  halted(): void {
    this.work = undefined;
    this.agenda.clear();
  }

  stack(): string {
    return `a supervisor of ${this.core.children.size} children, ${this.desk.phase}${this.work ? ", at work" : ""}`;
  }

  snapshot(): Payload | undefined {
    if (this.desk.phase !== "running" || this.work !== undefined || this.agenda.size > 0) return undefined;
    const stored: Stored = {
      spec: this.supervisor.spec,
      starter: this.starter,
      parentTag: this.parentTag,
      restarts: this.supervisor.window.list(),
      numbers: this.numbers,
      ...storeCore(this.core),
    };
    return stored as unknown as Payload;
  }

  restore(self: Self, state: Payload): undefined {
    const stored = state as unknown as Stored;
    this.init(self);
    this.desk.phase = "running";
    this.starter = stored.starter;
    this.parentTag = stored.parentTag ?? 0;
    this.numbers = stored.numbers;
    restoreCore(this.core, stored);
    this.supervisor = this.supervise(stored.spec, stored.restarts);
  }

  // Messages and orders.

  private watchParent(): void {
    const tag = this.self.monitor(this.self.parent);
    if (typeof tag === "number") this.parentTag = tag;
  }

  private parentEnded(reason: ExitReason): void {
    const failed: ExitReason = { kind: "failed", error: failure("INTERNAL", linkedProcessFailed) };
    if (this.starter.bound) this.stopOrder ??= reason.kind === "normal" ? normal : failed;
    // Nobody will ask whether it has started.
    else this.starter = { ...this.starter, attended: false };
  }

  // Work.

  private supervise(spec: SupervisorSpec, restarts: readonly number[] = []): Supervisor {
    const retry = (child: Child): void => this.agenda.add({ kind: "retry", child });
    return new Supervisor({ core: this.core, spec, restarts, retry, stopping: () => this.desk.close() });
  }

  private *begin(spec: SupervisorSpec): Work<void> {
    this.supervisor = this.supervise(spec);
    if (spec.name !== undefined) {
      const request = { kind: "register", name: spec.name, pid: this.self.pid } as const;
      const named = yield* this.core.answers.of(this.self.request(request));
      if (!named.ok) return yield* this.refuse(named.error);
    }
    const error = yield* this.supervisor.startAll();
    if (error !== undefined) return yield* this.refuse(error);
    this.desk.started();
  }

  /** It cannot start. Who waits for it shall hear why, and not die of it. */
  private *refuse(error: Failure): Work<void> {
    this.desk.phase = "failed";
    while (this.starter.attended && !this.desk.hasWaiting) yield;
    this.desk.notStarted(error);
    if (this.starter.attended) this.self.unlink(this.self.parent);
    this.self.exit({ kind: "failed", error });
  }

  private next(): Work<void> | undefined {
    for (let item = this.agenda.next(); item !== undefined; item = this.agenda.next()) {
      switch (item.kind) {
        case "request":
          return this.serve(item.message, operate(this.tree(), item.operation, item.args));
        case "retry":
          return this.supervisor.tryAgain(item.child);
        case "ended":
          // It may have been stopped, and even started anew, by what came before this.
          if (isEnded(item.child, item.pid)) return this.supervisor.ended(item.child, item.child.ended!);
      }
    }
    return undefined;
  }

  private tree(): Supervised {
    return { core: this.core, spec: this.supervisor.spec, nextNumber: () => ++this.numbers };
  }

  private *serve(message: Message, work: Work<Outcome>): Work<void> {
    let outcome: Outcome = { ok: false, error: shuttingDown };
    try {
      outcome = yield* work;
    } finally {
      this.self.reply(message, outcome);
    }
  }

  /** Drop what is under way: the children are where it left them, and are stopped from there. */
  private interrupt(reason: ExitReason): Work<void> {
    this.work?.return();
    this.desk.close();
    return this.finish(reason);
  }

  private *finish(reason: ExitReason): Work<void> {
    // Without a specification there are no children.
    if (this.supervisor !== undefined) yield* this.supervisor.stopAll();
    this.self.exit(reason);
  }
}

function isEnded({ pid, ended }: Child, was: Pid): boolean {
  return pid?.text === was.text && ended !== undefined;
}
