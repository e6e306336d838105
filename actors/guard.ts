/** Guard: keeps what a program throws from reaching its host. What a host does with an ended process is not decided here. */
import {
  type Delivery,
  type ExitReason,
  type Failure,
  failure,
  type MessageQueue,
  type Payload,
  type Pid,
} from "../mailbox/index.js";
import type { Host } from "./host.js";
import type { Outcome, SpawnResult, SpawnSpec } from "./input.js";
import type { ProcessEvent, Program, Self } from "./program.js";

/** What was thrown, as a failure. The stack is that of the TypeScript code. */
export function thrownFailure(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return failure("INTERNAL", String(thrown));
  return failure("INTERNAL", thrown.message, thrown.stack === undefined ? {} : { stack: thrown.stack });
}

/** Ask a host to start a process; it may answer at once or later. One that throws breaks its law, and that is the answer then. */
export function answerSpawn(
  spawn: () => SpawnResult | Promise<SpawnResult>,
  answer: (result: SpawnResult) => void,
): void {
  const fail = (thrown: unknown): void => answer({ ok: false, error: thrownFailure(thrown) });
  try {
    const result = spawn();
    if (result instanceof Promise) void result.then(answer, fail);
    else answer(result);
  } catch (thrown) {
    fail(thrown);
  }
}

/** As `answerSpawn`, by the quickest way that the host has. */
export function startOn(host: Host, spec: SpawnSpec, answer: (result: SpawnResult) => void): void {
  if (host.spawnThen === undefined) return answerSpawn(() => host.spawn(spec), answer);
  try {
    host.spawnThen(spec, answer);
  } catch (thrown) {
    answer({ ok: false, error: thrownFailure(thrown) });
  }
}

/**
 * The same program, for a host that runs many of them: a throw in `init` is a refusal to start, a throw anywhere else ends this
 * process with kind INTERNAL, and no other process hears of it but by the exit. A host whose runtime has a better answer to a throw
 * (Temporal tries the task again) takes the program as it is.
 */
export function guarded(program: Program): Program {
  return program.catches ? program : new Guard(program);
}

/** Tell a program of a spawn that led to this process, in the way that it asks for. */
export function tellStarted(program: Program, tag: number, pid: Pid): void {
  if (program.childStarted === undefined) program.settled(tag, { ok: true, value: pid.text });
  else program.childStarted(tag, pid);
}

/** A class and not closures: there is one per process. */
class Guard implements Program {
  private readonly program: Program;
  private self: Self | undefined;

  constructor(program: Program) {
    this.program = program;
  }

  init(self: Self): Failure | undefined {
    this.self = self;
    try {
      return this.program.init(self);
    } catch (thrown) {
      return thrownFailure(thrown);
    }
  }

  start(args: readonly Payload[]): void {
    try {
      this.program.start(args);
    } catch (thrown) {
      this.end(thrown);
    }
  }

  message(queue: MessageQueue): void {
    try {
      this.program.message(queue);
    } catch (thrown) {
      this.end(thrown);
    }
  }

  event(event: ProcessEvent): void {
    try {
      this.program.event(event);
    } catch (thrown) {
      this.end(thrown);
    }
  }

  answered(tag: number, delivery: Delivery): void {
    try {
      this.program.answered(tag, delivery);
    } catch (thrown) {
      this.end(thrown);
    }
  }

  settled(tag: number, outcome: Outcome): void {
    try {
      this.program.settled(tag, outcome);
    } catch (thrown) {
      this.end(thrown);
    }
  }

  childStarted(tag: number, pid: Pid): void {
    try {
      tellStarted(this.program, tag, pid);
    } catch (thrown) {
      this.end(thrown);
    }
  }

  brought(tag: number, payload: Payload): void {
    try {
      this.program.brought?.(tag, payload);
    } catch (thrown) {
      this.end(thrown);
    }
  }

  run(): boolean {
    try {
      return this.program.run();
    } catch (thrown) {
      this.end(thrown);
      return false;
    }
  }

  halted(reason: ExitReason): void {
    try {
      this.program.halted(reason);
    } catch (thrown) {
      this.complain("the program threw when its process ended", thrown);
    }
  }

  stack(): string {
    try {
      return this.program.stack();
    } catch (thrown) {
      return `no trace: ${thrownFailure(thrown).message}`;
    }
  }

  continue(): boolean {
    try {
      return this.program.continue?.() ?? false;
    } catch (thrown) {
      this.end(thrown);
      return false;
    }
  }

  unread(): readonly ProcessEvent[] {
    return this.program.unread?.() ?? [];
  }

  snapshot(): Payload | undefined {
    return this.program.snapshot?.();
  }

  restore(self: Self, state: Payload): Failure | undefined {
    this.self = self;
    if (this.program.restore === undefined) return failure("INTERNAL", "this program cannot be restored from a state");
    try {
      return this.program.restore(self, state);
    } catch (thrown) {
      return thrownFailure(thrown);
    }
  }

  /** A throw of a program that has ended already can end nothing. */
  private end(thrown: unknown): void {
    if (this.self?.hasEnded) this.complain("the program threw after the end of its process", thrown);
    else this.self?.exit({ kind: "failed", error: thrownFailure(thrown) });
  }

  private complain(what: string, thrown: unknown): void {
    const { message, stack } = thrownFailure(thrown);
    this.self?.log({
      level: "error",
      message: `${what}: ${message}`,
      fields: stack === undefined ? {} : { trace: stack },
    });
  }
}
