/** Calls of functions: each is an activity on the queue of the worker that registered it. Source: specification 3.6. */
import {
  ActivityCancellationType,
  type ActivityOptions,
  isCancellation,
  scheduleActivity,
  scheduleLocalActivity,
} from "@temporalio/workflow";
import type { InvokeRequest, PayloadRecord } from "../../../actors/index.js";
import { type Failure, failure, type Pid, payloadBytes } from "../../../mailbox/index.js";
import { carry } from "./carrier.js";
import type { Cancellable, Commands } from "./commands.js";
import { defined, OptionProblem, Options } from "./options.js";
import { type ActivityHeader, protocolVersion, type WorldEntry } from "./protocol.js";
import type { World } from "./world.js";

const defaultTimeout = "10m";

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
  let options: ActivityOptions;
  try {
    options = activityOptions({ ...entry.options, ...request.options });
  } catch (error) {
    if (!(error instanceof OptionProblem)) throw error;
    return failure("INVALID", `invalid temporal activity options for ${target}: ${error.message}`, {
      retryable: false,
    });
  }
  const taskQueue = options.taskQueue ?? world.worker(entry.activity.worker)?.taskQueue;
  const carried = carry(args, header);
  if (entry.activity.local && world.isOwnQueue(taskQueue)) {
    const { retry, startToCloseTimeout, scheduleToCloseTimeout, cancellationType, summary } = options;
    const local = defined({ retry, startToCloseTimeout, scheduleToCloseTimeout, cancellationType, summary });
    return commands.cancellable(() => scheduleLocalActivity(target, carried, local));
  }
  const { activityId } = options;
  if (activityId !== undefined) {
    if (ids.has(activityId)) return idTaken(target, activityId);
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

function idTaken(target: string, id: string): Failure {
  return failure("INVALID", `invalid temporal activity options for ${target}: an activity with the id ${id} is open`, {
    retryable: false,
  });
}

function notActivity(target: string, entry: WorldEntry | undefined): Failure {
  const message =
    entry === undefined
      ? `function ${target} is not registered`
      : `${target} is a ${entry.kind} without meta.temporal.activity, and a workflow can only call activities`;
  return failure("NOT_FOUND", message, { retryable: false });
}

/** Throws OptionProblem. Unknown keys belong to others and are ignored. */
export function activityOptions(table: PayloadRecord): ActivityOptions {
  const own = new Options(table, ["activity.", "temporal.activity."]);
  const activityId = own.word("id");
  if (activityId !== undefined && activityId.length > 250)
    throw new OptionProblem("activity.id is longer than 250 characters");
  // Those without an id are numbered by the SDK, and a history ends before it needs a sixth digit.
  if (activityId !== undefined && /^\d{1,5}$/.test(activityId))
    throw new OptionProblem("activity.id must not be a number of less than six digits; put a word in front of it");
  const eagerOff = own.flag("disable_eager_execution");
  return defined({
    startToCloseTimeout: own.duration("start_to_close_timeout") || defaultTimeout,
    scheduleToCloseTimeout: own.duration("schedule_to_close_timeout"),
    scheduleToStartTimeout: own.duration("schedule_to_start_timeout"),
    heartbeatTimeout: own.duration("heartbeat_timeout"),
    activityId,
    taskQueue: own.queue("task_queue"),
    cancellationType: own.flag("wait_for_cancellation")
      ? ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
      : ActivityCancellationType.TRY_CANCEL,
    allowEagerDispatch: eagerOff === undefined ? undefined : !eagerOff,
    retry: own.retryPolicy("retry_policy"),
    summary: own.text("summary"),
    priority: own.priority("priority"),
  });
}
