/** Run: what a process has beside its program when it is a workflow: when it may begin, when it must be over, and its children. */
import { type Clock, type Input, systemPid } from "../../actors/index.js";
import {
  type Envelope,
  type ExitReason,
  exitError,
  type Failure,
  failure,
  type Pid,
  parsePid,
} from "../../mailbox/index.js";
import { withDetails } from "../workflow/index.js";
import type { WorkflowFacts } from "./records.js";

type ClosePolicy = "terminate" | "request_cancel";

interface Child {
  readonly pid: Pid;
  readonly policy: ClosePolicy;
  readonly incarnation: string;
}

export class Run {
  readonly facts: WorkflowFacts;
  private readonly clock: Clock;
  private readonly children = new Map<string, Child>();
  private startTimer: { cancel(): void } | undefined;
  private deadlineTimer: { cancel(): void } | undefined;

  constructor(facts: WorkflowFacts, clock: Clock) {
    this.facts = facts;
    this.clock = clock;
    for (const [text, policy, incarnation] of facts.children ?? []) {
      this.children.set(text, { pid: parsePid(text)!, policy, incarnation });
    }
  }

  /** The facts of a new base: those it was started with, and its children now. */
  toFacts(): WorkflowFacts {
    const { children: _before, ...rest } = this.facts;
    const children = [...this.children].map(([text, { policy, incarnation }]) => [text, policy, incarnation] as const);
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

  childStarted(pid: Pid, incarnation: string, policy: WorkflowFacts["parentClosePolicy"]): void {
    if (policy === "terminate" || policy === "request_cancel") {
      this.children.set(pid.text, { pid, policy, incarnation });
    }
  }

  childEnded(pid: Pid): void {
    this.children.delete(pid.text);
  }

  /** What the children that are still open hear at our end, in the words of a server. */
  *closing(): Generator<Envelope> {
    for (const { pid: to, policy, incarnation: toIncarnation } of this.children.values()) {
      const signal = policy === "terminate" ? ({ kind: "kill" } as const) : ({ kind: "cancel" } as const);
      yield { from: systemPid("topology"), incarnation: "", to, toIncarnation, seq: 0, signal };
    }
  }

  /** What we send: the parent hears of a failed child with the marks of the child on the error. Source: specification 3.10. */
  marked(envelope: Envelope, child: { readonly parent: Pid; readonly entry: string }): Envelope {
    const { signal, to, from, incarnation } = envelope;
    if (this.facts.child !== 1 || signal.kind !== "exit" || to.text !== child.parent.text) return envelope;
    const error = exitError(signal.reason);
    if (error === undefined) return envelope;
    const marks = {
      _wrapper: "child_workflow",
      _workflow_id: from.id,
      _workflow_type: child.entry,
      _run_id: incarnation,
      _retry_state: retryState(error, this.facts.expires === 1),
    };
    return { ...envelope, signal: { ...signal, reason: { kind: "failed", error: withDetails(error, marks) } } };
  }
}

/** As a server reports them. */
const timedOut = failure("TIMEOUT", "workflow timed out", {
  retryable: false,
  details: { timeout_type: "start_to_close" },
});
const terminated = failure("CANCELED", "workflow terminated", { retryable: false });

export const workflowTimedOut: ExitReason = { kind: "failed", error: timedOut };
const workflowTerminated: ExitReason = { kind: "failed", error: terminated };

function retryState({ kind, message }: Failure, expires: boolean): string {
  const isAs = (known: Failure): boolean => kind === known.kind && message === known.message;
  if (isAs(terminated)) return "non_retryable_failure";
  return isAs(timedOut) && expires ? "timeout" : "retry_policy_not_set";
}

/** A kill ends a workflow with the reason that workflows have for it on every host. */
export function asTermination(input: Input): Input {
  if (input.kind !== "envelope" || input.envelope.signal.kind !== "kill") return input;
  return { kind: "stop", at: input.at, reason: workflowTerminated };
}
