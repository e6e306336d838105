/** Starts: from a spec to a process of a journal: which id it gets, who wins when the id is taken, and that starting twice is once. */
import { createHash } from "node:crypto";
import type { SpawnResult, SpawnSpec } from "../../actors/index.js";
import { type Failure, failure, makePid, type Pid } from "../../mailbox/index.js";
import { decideStart, type ExistingRun, type JournalStart, planJournalStart } from "../workflow/index.js";
import type { EndedProcess } from "./ends.js";
import type { WorkflowFacts } from "./records.js";
import type { LoadedProgram, SlotBirth } from "./slot-host.js";

/** A process that is open, in memory or not. */
export interface OpenProcess {
  readonly pid: Pid;
  readonly incarnation: string;
}

export interface StartsHost {
  readonly id: string;
  readonly node: string;
  now(): number;
  load(entry: string): LoadedProgram | Failure;
  /** Options of an entry for workflows: `meta.options`. */
  entryOptions(entry: string): SpawnSpec["options"];
  named(name: string): Pid | undefined;
  open(id: string): OpenProcess | undefined;
  endOf(id: string): EndedProcess | undefined;
  /** True for an open workflow of this journal. */
  isWorkflow(pid: Pid): boolean;
  /** Why no further process may start. */
  refusal(): Failure | undefined;
  /** Make the process; a Failure when it could not start. */
  bear(birth: Omit<SlotBirth, "outgoing">, spec: SpawnSpec): Failure | undefined;
  /** Startup messages to a process that runs already. */
  greet(spec: SpawnSpec, to: Pid): void;
  /** End a process and call back when it has ended. */
  terminate(id: string, ended: () => void): void;
}

export class Starts {
  private readonly host: StartsHost;

  constructor(host: StartsHost) {
    this.host = host;
  }

  /** Start once per (parent, key). A promise only when another run must end first. */
  start(spec: SpawnSpec): SpawnResult | Promise<SpawnResult> {
    const { host } = this;
    const incarnation = birthName(spec);
    const again = this.again(spec, incarnation);
    if (again !== undefined) return again;
    const refusal = host.refusal();
    if (refusal !== undefined) return { ok: false, error: refusal };
    const loaded = host.load(spec.entry);
    if (!("program" in loaded)) return { ok: false, error: loaded };
    return loaded.isWorkflow
      ? this.startWorkflow(spec, loaded, incarnation)
      : this.startProcess(spec, loaded, incarnation);
  }

  /** A spawn that is asked for again, after a crash of whoever asked. */
  private again(spec: SpawnSpec, incarnation: string): SpawnResult | undefined {
    for (const id of [incarnation, givenId(spec, this.host.entryOptions(spec.entry))]) {
      if (id === undefined) continue;
      const known = this.host.open(id) ?? this.host.endOf(id);
      if (known?.incarnation === incarnation) return { ok: true, pid: known.pid, incarnation, existed: false };
    }
    return undefined;
  }

  private startProcess(spec: SpawnSpec, loaded: LoadedProgram, incarnation: string): SpawnResult {
    const { host } = this;
    const existing = spec.name === undefined ? undefined : host.named(spec.name);
    if (existing !== undefined) {
      host.greet(spec, existing);
      return { ok: true, pid: existing, existed: true };
    }
    return this.bear({ pid: makePid(host.node, host.id, incarnation), incarnation, loaded }, spec);
  }

  private startWorkflow(
    spec: SpawnSpec,
    loaded: LoadedProgram,
    incarnation: string,
  ): SpawnResult | Promise<SpawnResult> {
    const { host } = this;
    // A parent close policy is the parent's business: it must be a workflow of this very journal.
    const as = host.isWorkflow(spec.parent) ? "child" : "start";
    const plan = planJournalStart(host.entryOptions(spec.entry), spec, as);
    if ("kind" in plan) return { ok: false, error: plan };
    const id = plan.id ?? incarnation;
    const pid = makePid(host.node, host.id, id);
    const decision = decideStart(plan, this.existing(id));
    if (typeof decision !== "string") return { ok: false, error: decision };
    const birth = { pid, incarnation, loaded, workflow: facts(plan, as, host.now()) };
    switch (decision) {
      case "start":
        return this.bear(birth, spec);
      case "use":
        host.greet(spec, pid);
        return { ok: true, pid, existed: true };
      case "replace":
        return new Promise((resolve) => host.terminate(id, () => resolve(this.replace(birth, spec, id))));
    }
  }

  /** Somebody else may have been quicker. */
  private replace(birth: Omit<SlotBirth, "outgoing">, spec: SpawnSpec, id: string): SpawnResult {
    if (this.host.open(id) === undefined) return this.bear(birth, spec);
    const error = failure("CONFLICT", `workflow ${id} was started again while it was being replaced`, {
      retryable: true,
    });
    return { ok: false, error };
  }

  private existing(id: string): ExistingRun | undefined {
    const open = this.host.open(id);
    if (open !== undefined) return { open: true, pid: open.pid, runId: open.incarnation };
    const end = this.host.endOf(id);
    return end?.isWorkflow ? { open: false, pid: end.pid, runId: end.incarnation, reason: end.reason } : undefined;
  }

  private bear(birth: Omit<SlotBirth, "outgoing">, spec: SpawnSpec): SpawnResult {
    const error = this.host.bear(birth, spec);
    if (error !== undefined) return { ok: false, error };
    return { ok: true, pid: birth.pid, incarnation: birth.incarnation, existed: false };
  }
}

/** Names one spawn for ever: who asked, in which life, under which tag. The same for every repeat, and for nothing else. */
function birthName({ parent, parentIncarnation, key }: SpawnSpec): string {
  const text = JSON.stringify([parent.text, parentIncarnation, key]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function givenId(spec: SpawnSpec, defaults: SpawnSpec["options"]): string | undefined {
  const plan = planJournalStart(defaults, spec, "start");
  return "kind" in plan ? undefined : plan.id;
}

function facts(plan: JournalStart, as: "child" | "start", now: number): WorkflowFacts {
  const { startDelayMs = 0, parentClosePolicy, memo } = plan;
  const { executionTimeoutMs = Number.POSITIVE_INFINITY, runTimeoutMs = Number.POSITIVE_INFINITY } = plan;
  const limit = Math.min(executionTimeoutMs, runTimeoutMs);
  const policy = parentClosePolicy.toLowerCase() as NonNullable<WorkflowFacts["parentClosePolicy"]>;
  return {
    ...(Number.isFinite(limit) ? { deadline: now + startDelayMs + limit } : {}),
    ...(executionTimeoutMs < runTimeoutMs ? { expires: 1 } : {}),
    ...(startDelayMs > 0 ? { startAt: now + startDelayMs } : {}),
    ...(policy === "abandon" ? {} : { parentClosePolicy: policy }),
    ...(memo === undefined ? {} : { memo }),
    ...(as === "child" ? { child: 1 } : {}),
  };
}
