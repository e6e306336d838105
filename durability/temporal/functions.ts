/** Function and process entries as activities: our record in, the outcome out, cancellation and heartbeats between. */
import { CancelledFailure, Context } from "@temporalio/activity";
import type { Outcome, PayloadRecord } from "../../actors/index.js";
import {
  checkPayloadSize,
  type Failure,
  type Payload,
  type Pid,
  parsePid,
  toPayload,
  unknownPid,
} from "../../mailbox/index.js";
import type { Activities, Activity, ActivityCall } from "./activities.js";
import { failureToApplication } from "./workflow/failure.js";
import { type ActivityHeader, protocolVersion, type WorkflowWorld } from "./workflow/protocol.js";

/** One call of a function entry by a workflow. */
export interface FunctionCall {
  readonly entry: string;
  readonly args: readonly Payload[];
  readonly context: PayloadRecord;
  /** Idempotency key: the same for every attempt. */
  readonly key: string;
  /** `unknownPid` when the workflow is not one of ours. */
  readonly caller: Pid;
  /** Aborted when the activity is cancelled, has timed out, or the worker stops. */
  readonly signal: AbortSignal;
}

/** Runs the entry. Never rejects. */
export type FunctionRunner = (call: FunctionCall) => Promise<Outcome>;

/** One activity for each entry of `meta.temporal.activity` with this worker; its type is the entry's id. */
export function functionActivities(world: WorkflowWorld, worker: string, run: FunctionRunner): Activities {
  const mine = Object.entries(world.entries).filter(([, entry]) => entry.activity?.worker === worker);
  return Object.fromEntries(mine.map(([id]) => [id, functionActivity(id, run)]));
}

function functionActivity(entry: string, run: FunctionRunner): Activity {
  return async (call) => {
    const context = Context.current();
    const stop = beat(context);
    try {
      const outcome = await run(functionCall(entry, call, context));
      // The server would refuse it, and the activity would then hang until its time-out.
      const tooBig = outcome.ok ? checkPayloadSize([outcome.value], "result") : undefined;
      if (tooBig !== undefined) throw failureToApplication(tooBig);
      if (outcome.ok) return outcome.value;
      throw thrown(outcome.error, context.cancellationSignal);
    } finally {
      stop();
    }
  };
}

function functionCall(entry: string, { args, header }: ActivityCall, context: Context): FunctionCall {
  const ours = readHeader(header);
  const { workflowExecution: run, activityId } = context.info;
  return {
    entry,
    args: args.map((value) => toPayload(value)),
    context: ours?.context ?? {},
    key: ours?.key ?? `${run?.workflowId ?? ""}/${run?.runId ?? ""}/${activityId}`,
    caller: (ours && parsePid(ours.caller)) ?? unknownPid,
    signal: context.cancellationSignal,
  };
}

function readHeader(header: unknown): ActivityHeader | undefined {
  const record = header as ActivityHeader | undefined;
  return record?.v === protocolVersion ? record : undefined;
}

/** What gave up because it was told to is cancelled; whatever else went wrong by then stays an error. */
function thrown(error: Failure, signal: AbortSignal): Error {
  if (signal.aborted && error.kind === "CANCELED") return new CancelledFailure("operation canceled");
  return failureToApplication(error);
}

/** A heartbeat for as long as the function runs, where one is asked for: its code cannot send any. */
function beat(context: Context): () => void {
  const { heartbeatTimeoutMs } = context.info;
  if (!heartbeatTimeoutMs) return () => {};
  const timer = setInterval(() => context.heartbeat(), Math.max(100, heartbeatTimeoutMs / 3));
  return () => clearInterval(timer);
}
