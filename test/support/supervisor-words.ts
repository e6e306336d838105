/** Supervisor scripts in the words of our supervisor, and its answers and ends in those of a trace. The worker of the scripts lives here too. */
import { type Outcome, type Program, supervisorEntry } from "../../actors/index.js";
import { type ExitReason, type Failure, failure, type Payload, type Pid, type Signal } from "../../mailbox/index.js";
import { Probe } from "./fakes.js";
import {
  type ChildScript,
  type How,
  isNested,
  type Manner,
  type RequestScript,
  type SpecScript,
} from "./supervisor-script.js";

export const ends: Readonly<Record<Exclude<How, "kill">, ExitReason>> = {
  normal: { kind: "normal", value: null },
  shutdown: { kind: "cancelled", reason: "shutdown" },
  crash: { kind: "failed", error: failure("INTERNAL", "crash") },
};

/** What a worker ends with when it is asked to stop. */
const farewells: Readonly<Record<Manner, ExitReason | undefined>> = {
  plain: ends.shutdown,
  polite: ends.normal,
  stubborn: undefined,
  sour: { kind: "failed", error: failure("INTERNAL", "sour") },
};

/** The label of a process that lives. */
type Labels = (pid: string) => string | undefined;

export type Request = { readonly operation: string; readonly id?: string; readonly child?: Payload };

/** The tree as our supervisor reads it. */
export function treePayload({ strategy, intensity, period, children }: SpecScript): { [key: string]: Payload } {
  return { strategy, intensity, period: period * 1000, children: children.map(childPayload) };
}

function childPayload(given: ChildScript): Payload {
  const { id, restart, shutdown } = given;
  if (isNested(given)) return { id, restart, shutdown, options: { id }, ...treePayload(given.spec) };
  const { manner, fails } = given;
  return { id, restart, shutdown, process: "test:worker", options: { id, manner, fails } };
}

export function scriptWorker(): Program {
  return new Probe({
    onMessage: ({ payloads: [how] }, self) => self.exit(ends[how as keyof typeof ends]),
    onEvent: ({ kind }, self) => {
      const { manner } = self.options as { manner: Manner };
      const farewell = farewells[manner];
      if (kind === "cancel" && farewell !== undefined) self.exit(farewell);
    },
  });
}

export function leaveSignal(how: How): Signal {
  return how === "kill" ? { kind: "kill" } : { kind: "message", topic: "leave", payloads: [how] };
}

function reasonText(reason: ExitReason): string {
  switch (reason.kind) {
    case "cancelled":
      return "shutdown";
    case "failed":
      if (reason.error.kind === "SHUTDOWN") return "shutdown";
      return reason.error.message === "sour" ? "sour" : "crash";
    default:
      return reason.kind;
  }
}

/** A supervisor that is told to stop returns, and one that cannot start a child has the error of that child: OTP's says `shutdown`. */
export function endText(entry: string, reason: ExitReason): string {
  const isOfChild =
    reason.kind === "failed" && (reason.error.details as { child?: string } | undefined)?.child !== undefined;
  return entry === supervisorEntry && (reason.kind === "normal" || isOfChild) ? "shutdown" : reasonText(reason);
}

/** `pids` is the last one of each id. */
export function requestPayload(request: RequestScript, pids: ReadonlyMap<string, Pid>): Request {
  switch (request.ask) {
    case "which":
    case "count":
      return { operation: `${request.ask}_children` };
    case "start":
      return { operation: "start_child", child: "child" in request ? childPayload(request.child) : [request.dynamic] };
    default: {
      const id = "id" in request ? request.id : (pids.get(request.dynamic)?.text ?? request.dynamic);
      return { operation: `${request.ask}_child`, id };
    }
  }
}

/** `labelOf` a pid that lives. */
export function answerText(request: RequestScript, payload: Request, outcome: Outcome, labelOf: Labels): string {
  if (!outcome.ok) return refusalText(request, payload, outcome.error, labelOf);
  const { value } = outcome;
  if (request.ask === "start" || request.ask === "restart") return `ok ${shown(labelOf, String(value))}`;
  if (request.ask === "count") {
    const { specs, active, supervisors, workers } = value as { [key: string]: number };
    return `${specs} specs ${active} active ${supervisors} supervisors ${workers} workers`;
  }
  if (request.ask !== "which") return "ok";
  const rows = value as unknown as { id?: string; pid?: string; status: string; type: string }[];
  const texts = rows.map(({ id, pid, status, type }) => {
    const what = pid === undefined ? (status === "restarting" ? status : "undefined") : shown(labelOf, pid);
    return `${id ?? ""}=${what}:${type}`;
  });
  return `[${texts.join(" ")}]`;
}

function refusalText(request: RequestScript, { id }: Request, { kind, details }: Failure, labelOf: Labels): string {
  const { status, pid } = (details ?? {}) as { status?: string; pid?: string };
  switch (kind) {
    case "NOT_FOUND":
      if (details === undefined) return "gone";
      // OTP takes any pid of a dead process for one of a child that it has forgotten.
      return "dynamic" in request && labelOf(id!) === undefined ? "ok" : "not_found";
    case "ALREADY_EXISTS":
      return pid === undefined ? "already_present" : `already_started ${shown(labelOf, pid)}`;
    case "CONFLICT":
      return status ?? "conflict";
    case "INVALID":
      return "simple_one_for_one";
    case "UNAVAILABLE":
      return "gone";
    default:
      return request.ask === "start" || request.ask === "restart" ? "failed" : kind;
  }
}

/** As OTP shows a pid: whether it lives, and who it is. */
function shown(labelOf: Labels, pid: string): string {
  return labelOf(pid) ?? "dead";
}
