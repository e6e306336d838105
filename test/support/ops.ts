/** A program for simulations: it does what `do` messages say and notes what it is told. */
import { type Outcome, type ProcessEvent, type Program, type Self, systemPid } from "../../actors/index.js";
import type { Delivery, MessageQueue, Payload } from "../../mailbox/index.js";
import { parsePid } from "../../mailbox/index.js";

export const driver = systemPid("driver");

export type Op =
  | { op: "send"; to: string; n: number }
  | { op: "link" | "monitor" | "unlink" | "demonitor" | "kill" | "cancel" | "call"; to: string }
  | { op: "spawn"; link: boolean; monitor: boolean; crash: boolean; name?: string }
  | { op: "trap"; on: boolean }
  | { op: "timer"; ms: number }
  | { op: "answer" }
  | { op: "end"; crash: boolean };

export interface Note {
  what: "message" | "event" | "answer" | "settled";
  from?: string;
  n?: number;
  event?: ProcessEvent["kind"];
  op?: Op;
  ok?: boolean;
  kind?: string;
  /** Position in this process's life. */
  at: number;
}

export class OpsProgram implements Program {
  readonly notes: Note[] = [];
  private self!: Self;
  private inbox!: MessageQueue;
  private readonly asked = new Map<number, Op>();
  private readonly endWith: Payload;

  constructor(endWith: Payload = null) {
    this.endWith = endWith;
  }

  init(self: Self): undefined {
    this.self = self;
    this.inbox = self.mailbox.subscribeInbox();
  }

  start(args: readonly Payload[]): void {
    if (args[0] === "crash")
      this.self.exit({ kind: "failed", error: { kind: "INTERNAL", message: "crashed at start" } });
  }

  message(): void {}

  event(event: ProcessEvent): void {
    this.note({ what: "event", event: event.kind, from: event.from.text });
  }

  answered(tag: number, delivery: Delivery): void {
    this.note({ what: "answer", op: this.asked.get(tag), ok: delivery.kind === "accepted", kind: delivery.kind });
  }

  settled(tag: number, outcome: Outcome): void {
    this.note({ what: "settled", op: this.asked.get(tag), ok: outcome.ok });
  }

  run(): boolean {
    for (let message = this.inbox.shift(); message !== undefined; message = this.inbox.shift()) {
      if (message.topic === "do") this.perform(message.payloads[0] as unknown as Op);
      else {
        this.note({ what: "message", from: message.from.text, n: message.payloads[0] as number });
        if (message.call !== undefined) this.self.reply(message, { ok: true, value: message.payloads[0] ?? null });
      }
    }
    return false;
  }

  halted(): void {}

  stack(): string {
    return "ops";
  }

  private perform(op: Op): void {
    const tag = this.ask(op);
    if (typeof tag !== "number") this.note({ what: "answer", op, ok: false, kind: tag.kind });
    else if (tag === 0) this.note({ what: "answer", op, ok: true, kind: "done" });
    else if (tag > 0) this.asked.set(tag, op);
  }

  private ask(op: Op): ReturnType<Self["monitor"]> {
    const self = this.self;
    switch (op.op) {
      case "send":
        return self.send(parsePid(op.to)!, "n", [op.n]);
      case "link":
        return self.link(parsePid(op.to)!);
      case "monitor":
        return self.monitor(parsePid(op.to)!);
      case "unlink":
        self.unlink(parsePid(op.to)!);
        return 0;
      case "demonitor":
        self.demonitor(parsePid(op.to)!);
        return 0;
      case "kill":
        return self.kill(parsePid(op.to)!);
      case "cancel":
        return self.cancel(parsePid(op.to)!, "please", undefined);
      case "call":
        return self.call(parsePid(op.to)!, "n", [-1], 1000);
      case "spawn": {
        const { link, monitor, crash, name } = op;
        return self.spawn("ops", "sim:host", crash ? ["crash"] : [], { link, monitor, ...(name ? { name } : {}) });
      }
      case "trap":
        self.trapLinks = op.on;
        return -1;
      case "timer":
        return self.request({ kind: "timer", delayMs: op.ms });
      case "answer":
        return -1;
      case "end":
        self.exit(
          op.crash
            ? { kind: "failed", error: { kind: "INTERNAL", message: "boom" } }
            : { kind: "normal", value: this.endWith },
        );
        return -1;
    }
  }

  private note(note: Omit<Note, "at">): void {
    this.notes.push({ ...note, at: this.notes.length });
  }
}
