/** Desk: where messages to a supervisor come in. What cannot be done now waits in the agenda, or is refused. */
import { type Self, supervisorTopic } from "../actors/index.js";
import { type Failure, failure, type Message } from "../mailbox/index.js";
import type { Agenda } from "./agenda.js";
import { readRequest } from "./requests.js";

export type Phase = "starting" | "running" | "failed" | "stopping";

export const shuttingDown: Failure = failure("UNAVAILABLE", "the supervisor is shutting down", { retryable: true });

export class Desk {
  phase: Phase = "starting";
  private readonly self: Self;
  private readonly agenda: Agenda;
  /** Who waits for the children to have started. */
  private waiting: Message[] = [];

  constructor(self: Self, agenda: Agenda) {
    this.self = self;
    this.agenda = agenda;
  }

  get hasWaiting(): boolean {
    return this.waiting.length > 0;
  }

  hear(message: Message): void {
    if (message.topic !== supervisorTopic) return this.unexpected(message);
    const request = readRequest(message.payloads);
    if ("kind" in request) this.refuse(message, request);
    else if (this.phase === "stopping") this.refuse(message, shuttingDown);
    else if (request.operation !== "started")
      this.agenda.add({ kind: "request", message, operation: request.operation, args: request.args });
    else if (this.phase === "running") this.self.reply(message, { ok: true, value: null });
    else this.waiting.push(message);
  }

  /** All children have started. */
  started(): void {
    this.phase = "running";
    for (const message of this.waiting.splice(0)) this.self.reply(message, { ok: true, value: null });
  }

  /** They cannot be. */
  notStarted(error: Failure): void {
    for (const message of this.waiting.splice(0)) this.refuse(message, error);
  }

  /** Nothing is done any more but to stop. */
  close(): void {
    this.phase = "stopping";
    this.notStarted(shuttingDown);
    for (const message of this.agenda.requests()) this.refuse(message, shuttingDown);
    this.agenda.clear();
  }

  private unexpected(message: Message): void {
    const { topic, from } = message;
    const error = failure("INVALID", "a supervisor answers the functions of its module only", { retryable: false });
    this.refuse(message, error);
    this.self.log({ level: "warn", message: "a supervisor got a message", fields: { topic, from: from.text } });
  }

  /** Without effect for a message that nobody waits for an answer to. */
  private refuse(message: Message, error: Failure): void {
    this.self.reply(message, { ok: false, error });
  }
}
