/** Run: what a process has beside its program when it is a workflow: when it may begin, when it must be over, and its children. */
import type { Clock, Input } from "../../actors/index.js";
import { type ExitReason, failure, type Pid, parsePid, type Signal } from "../../mailbox/index.js";
import type { WorkflowFacts } from "./records.js";

type ClosePolicy = "terminate" | "request_cancel";

export class Run {
  readonly facts: WorkflowFacts;
  private readonly clock: Clock;
  private readonly children = new Map<string, { readonly pid: Pid; readonly policy: ClosePolicy }>();
  private startTimer: { cancel(): void } | undefined;
  private deadlineTimer: { cancel(): void } | undefined;

  constructor(facts: WorkflowFacts, clock: Clock) {
    this.facts = facts;
    this.clock = clock;
    for (const [text, policy] of facts.children ?? []) this.children.set(text, { pid: parsePid(text)!, policy });
  }

  /** The facts of a new base: those it was started with, and its children now. */
  toFacts(): WorkflowFacts {
    const { children: _before, ...rest } = this.facts;
    const children = [...this.children].map(([text, { policy }]) => [text, policy] as const);
    return children.length === 0 ? rest : { ...rest, children };
  }

  /** With a start delay: true until that time, when `begin` is called. */
  isEarly(now: number, begin: () => void): boolean {
    const { startAt } = this.facts;
    if (startAt === undefined || now >= startAt) return false;
    this.startTimer ??= this.clock.timer(startAt - now, begin);
    return true;
  }

  /** Call back when the run has taken too long. */
  armDeadline(now: number, over: () => void): void {
    const { deadline } = this.facts;
    if (deadline !== undefined) this.deadlineTimer = this.clock.timer(Math.max(0, deadline - now), over);
  }

  rest(): void {
    this.startTimer?.cancel();
    this.deadlineTimer?.cancel();
  }

  childStarted(pid: Pid, policy: WorkflowFacts["parentClosePolicy"]): void {
    if (policy === "terminate" || policy === "request_cancel") this.children.set(pid.text, { pid, policy });
  }

  childEnded(pid: Pid): void {
    this.children.delete(pid.text);
  }

  /** What the children that are still open hear at our end. */
  *closing(): Generator<{ readonly to: Pid; readonly signal: Signal }> {
    for (const { pid: to, policy } of this.children.values()) {
      yield { to, signal: policy === "terminate" ? { kind: "kill" } : { kind: "cancel", reason: "parent closed" } };
    }
  }
}

/** As a server reports them. */
export const workflowTimedOut: ExitReason = {
  kind: "failed",
  error: failure("TIMEOUT", "workflow timed out", { retryable: false, details: { timeout_type: "start_to_close" } }),
};

const workflowTerminated: ExitReason = {
  kind: "failed",
  error: failure("CANCELED", "workflow terminated", { retryable: false }),
};

/** A kill ends a workflow with the reason that workflows have for it on every host. */
export function asTermination(input: Input): Input {
  if (input.kind !== "envelope" || input.envelope.signal.kind !== "kill") return input;
  return { kind: "stop", at: input.at, reason: workflowTerminated };
}
