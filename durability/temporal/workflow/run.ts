/** One run: from its start input to its result. What a workflow does in between is in port.ts. */
import { CancelledFailure } from "@temporalio/common";
import { CancellationScope, setDefaultQueryHandler, setDefaultSignalHandler, workflowInfo } from "@temporalio/workflow";
import { Process, type Program, type SpawnSpec, systemPid } from "../../../actors/index.js";
import type { LuaSource } from "../../../lua/index.js";
import {
  checkPayloadSize,
  type Envelope,
  type ExitReason,
  exitError,
  type Failure,
  type Payload,
  type Pid,
} from "../../../mailbox/index.js";
import type { Incoming } from "./carrier.js";
import { Commands } from "./commands.js";
import { failureToApplication } from "./failure.js";
import { WorkflowPort } from "./port.js";
import { envelopeOfSignal } from "./signals.js";
import { readStart } from "./start.js";
import { readWorld, World } from "./world.js";

/** Make the program of a pinned source. */
export type WorkflowLoader = (source: LuaSource) => Program | Failure;

/** The workflow function of every type. Everything runs in a scope that no cancel request reaches; the request becomes an event. */
export function workflowMain(load: WorkflowLoader): (incoming: Incoming) => Promise<unknown> {
  return (incoming) => {
    const root = CancellationScope.current();
    return CancellationScope.nonCancellable(() => run(load, incoming, root));
  };
}

async function run(load: WorkflowLoader, incoming: Incoming, root: CancellationScope): Promise<unknown> {
  let crash!: (error: unknown) => void;
  const crashed = new Promise<never>((_, reject) => {
    crash = (error) => reject(asTaskFailure(error));
  });
  const life = live(load, incoming, root, new Commands(CancellationScope.current(), crash));
  return await Promise.race([life, crashed]);
}

async function live(
  load: WorkflowLoader,
  incoming: Incoming,
  root: CancellationScope,
  commands: Commands,
): Promise<unknown> {
  const data = readWorld();
  const { pid, incarnation, spec, source } = await readStart(incoming, data, commands);
  const program = loaded(load(source));
  const process = new Process({ pid, incarnation, program, counted: false, monitorChildren: true });
  const port = new WorkflowPort(process, commands, new World(data, pid, workflowInfo().taskQueue));
  setDefaultQueryHandler((name) => answerQuery(name, process, port));
  port.push({ kind: "start", at: Date.now(), spec });
  receiveSignals(process, port, spec);
  receiveCancelRequest(root, pid, port, commands);
  const reason = await port.ended;
  await port.flushed();
  return result(reason, root);
}

/** Set once, after the start: the SDK hands over what arrived before in the order of history, each fed right away. */
function receiveSignals(process: Process, port: WorkflowPort, spec: SpawnSpec): void {
  setDefaultSignalHandler((name, incoming) => {
    let envelope: Envelope;
    try {
      envelope = toThisAttempt(envelopeOfSignal(process.pid, name, incoming as Incoming), spec);
    } catch (error) {
      const message = `a signal was refused: ${error instanceof Error ? error.message : String(error)}`;
      port.log({ level: "warn", message, fields: { signal: name } });
      return;
    }
    if (envelope.signal.kind === "cancel") port.cancelsSeen++;
    port.push({ kind: "envelope", at: Date.now(), envelope });
  });
}

/**
 * The parent knows the incarnation of the first attempt only, and each attempt has the parent's link from the start: what the parent
 * says over that link is meant for every attempt.
 */
function toThisAttempt(envelope: Envelope, { parent, linkRef }: SpawnSpec): Envelope {
  const { toIncarnation, ...open } = envelope;
  const { signal, from } = envelope;
  const ofTheLink =
    linkRef !== undefined && (signal.kind === "exit" || signal.kind === "unlink") && signal.refs.includes(linkRef);
  if (!ofTheLink || from.text !== parent.text || toIncarnation !== workflowInfo().firstExecutionRunId) return envelope;
  return { ...open, signal: { ...signal, refs: [linkRef] } };
}

/** A cancel from a process comes as a signal and a request; the two are one event. */
function receiveCancelRequest(root: CancellationScope, pid: Pid, port: WorkflowPort, commands: Commands): void {
  const requested = (): void => {
    if (port.cancelsSeen > 0) return;
    const envelope: Envelope = {
      from: systemPid("topology"),
      incarnation: "",
      to: pid,
      seq: 0,
      signal: { kind: "cancel" },
    };
    port.push({ kind: "envelope", at: Date.now(), envelope });
  };
  root.cancelRequested.catch(requested).catch(commands.crash);
}

function loaded(program: Program | Failure): Program {
  return "kind" in program && typeof program.kind === "string"
    ? brokenProgram(program as Failure)
    : (program as Program);
}

/** A program that cannot start: the run fails with the reason. */
function brokenProgram(problem: Failure): Program {
  const nothing = (): void => {};
  return {
    init: () => problem,
    start: nothing,
    message: nothing,
    event: nothing,
    answered: nothing,
    settled: nothing,
    run: () => false,
    halted: nothing,
    stack: () => "not started",
  };
}

/** Must not change anything, as queries are answered at any time. */
function answerQuery(name: string, process: Process, port: WorkflowPort): Payload {
  switch (name) {
    case "pid":
      return workflowInfo().workflowId;
    case "state":
      return null;
    case "stack":
      return process.stack();
    case "@digest":
      return port.effects.with(process);
    default:
      throw new Error(`there is no query ${name}; there are pid, state, stack and @digest`);
  }
}

function result(reason: ExitReason, root: CancellationScope): Payload {
  if (reason.kind === "normal") {
    const tooBig = checkPayloadSize([reason.value], "result");
    if (tooBig === undefined) return reason.value;
    throw failureToApplication(tooBig);
  }
  if (reason.kind === "cancelled" && root.consideredCancelled)
    throw new CancelledFailure(reason.reason || "operation canceled");
  // A kill is meant to last: no retry policy may bring the process back.
  throw failureToApplication(exitError(reason)!, reason.kind === "killed" ? true : undefined);
}

/** Plain errors fail the task, which can be tried again; Temporal's own would end the run. */
function asTaskFailure(error: unknown): Error {
  const text = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error);
  return new Error(`a fault in the workflow runtime: ${text}`);
}
