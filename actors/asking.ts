/** Asking: what code with promises may ask of a process. Nothing rejects: a failure is an outcome. How the process is asked is left open. */
import { type Failure, messageProblem, type Payload, type Pid, parsePid } from "../mailbox/index.js";
import type { Outcome, Request } from "./input.js";
import type { Self, SpawnOptions } from "./program.js";

/** The outcome of a spawn. The text of a pid is made when it is asked for: of most processes it never is. */
export class StartedChild {
  readonly ok = true;
  readonly pid: Pid;

  constructor(pid: Pid) {
    this.pid = pid;
  }

  get value(): string {
    return this.pid.text;
  }
}

export abstract class Asking {
  /** Settles with what becomes of a tag that the function returns. */
  protected abstract ask(ask: (self: Self) => number | Failure): Promise<Outcome>;

  async spawn(
    entry: string,
    host: string,
    args: readonly Payload[],
    options: SpawnOptions = {},
  ): Promise<Pid | Failure> {
    const outcome = await this.ask((self) => self.spawn(entry, host, args, options));
    if (outcome instanceof StartedChild) return outcome.pid;
    return outcome.ok ? parsePid(String(outcome.value))! : outcome.error;
  }

  /** Spawn, wait for the end, and have the result. */
  exec(entry: string, host: string, args: readonly Payload[], options: SpawnOptions = {}): Promise<Outcome> {
    return this.ask((self) => self.exec(entry, host, args, options));
  }

  send(to: Pid, topic: string, ...payloads: readonly Payload[]): Promise<Outcome> {
    return this.ask((self) => messageProblem(topic, payloads) ?? self.send(to, topic, payloads));
  }

  call(to: Pid, topic: string, payload: Payload, timeoutMs = 5000): Promise<Outcome> {
    return this.ask((self) => messageProblem(topic, [payload]) ?? self.call(to, topic, [payload], timeoutMs));
  }

  cancel(to: Pid, reason?: string, withinMs?: number): Promise<Outcome> {
    return this.ask((self) => self.cancel(to, reason, withinMs));
  }

  terminate(to: Pid): Promise<Outcome> {
    return this.ask((self) => self.kill(to));
  }

  request(request: Exclude<Request, { kind: "spawn" }>): Promise<Outcome> {
    return this.ask((self) => self.request(request));
  }
}
