/** Calls of functions: each is an activity on the queue of the worker that registered it. Source: specification 3.6. */
import {
  ActivityCancellationType,
  isCancellation,
  type ActivityOptions as SdkOptions,
  scheduleActivity,
  scheduleLocalActivity,
} from "@temporalio/workflow";
import type { InvokeRequest } from "../../../actors/index.js";
import { type Failure, failure, type Pid, payloadBytes } from "../../../mailbox/index.js";
import { type ActivityOptions, defined, invalidActivity, readActivityOptions } from "../../workflow/index.js";
import { carry } from "./carrier.js";
import type { Cancellable, Commands } from "./commands.js";
import { type ActivityHeader, protocolVersion, type WorldEntry } from "./protocol.js";
import type { World } from "./world.js";

/**
 * Start the activity of a call, or say at once why it cannot be one. `ids` are those that programs have given to activities: the
 * server takes none twice while the first is open, and one that was cancelled may stay so for long.
 */
export function invoke(
  commands: Commands,
  world: World,
  caller: Pid,
  request: InvokeRequest,
  ids: Set<string>,
): Cancellable<unknown> | Failure {
  const { target, args, context, key } = request;
  const entry = world.entry(target);
  if (entry?.activity === undefined) return notActivity(target, entry);
  const header: ActivityHeader = { v: protocolVersion, caller: caller.text, context, key };
  const given = readActivityOptions(target, entry.options, request.options);
  if ("kind" in given) return given;
  const options = sdkOptions(given);
  const taskQueue = options.taskQueue ?? world.worker(entry.activity.worker)?.taskQueue;
  const carried = carry(args, header);
  if (entry.activity.local && world.isOwnQueue(taskQueue)) {
    const { retry, startToCloseTimeout, scheduleToCloseTimeout, cancellationType, summary } = options;
    const local = defined({ retry, startToCloseTimeout, scheduleToCloseTimeout, cancellationType, summary });
    return commands.cancellable(() => scheduleLocalActivity(target, carried, local));
  }
  const { activityId } = options;
  if (activityId !== undefined) {
    if (ids.has(activityId)) return invalidActivity(target, `an activity with the id ${activityId} is open`);
    ids.add(activityId);
  }
  const issue = () => scheduleActivity<unknown>(target, carried, defined({ ...options, taskQueue }));
  const room = commands.room(payloadBytes(args) + payloadBytes(context));
  const call = commands.cancellable(room === undefined ? issue : () => room.then(issue));
  if (activityId === undefined) return call;
  const free = (error?: unknown): void => {
    if (!isCancellation(error)) ids.delete(activityId);
  };
  call.result.then(() => free(), free);
  return call;
}

function notActivity(target: string, entry: WorldEntry | undefined): Failure {
  const message =
    entry === undefined
      ? `function ${target} is not registered`
      : `${target} is a ${entry.kind} whose meta.temporal.activity names no temporal.worker, and a workflow on Temporal can only call activities`;
  return failure("NOT_FOUND", message, { retryable: false });
}

export function sdkOptions(given: ActivityOptions): SdkOptions {
  return defined({
    startToCloseTimeout: given.startToCloseMs,
    scheduleToCloseTimeout: given.scheduleToCloseMs,
    scheduleToStartTimeout: given.scheduleToStartMs,
    heartbeatTimeout: given.heartbeatMs,
    activityId: given.id,
    taskQueue: given.taskQueue,
    cancellationType: given.waitForCancellation
      ? ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
      : ActivityCancellationType.TRY_CANCEL,
    allowEagerDispatch: given.eager,
    retry: given.retry,
    summary: given.summary,
    priority: given.priority,
  });
}
