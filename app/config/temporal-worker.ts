/** Schema of temporal.worker: a task queue and how hard to work on it. */

import { z } from "zod";
import { countOrZero, duration, entryFields, entryId, fields, flag, lifecycle, positive, text } from "./fields.js";

/** As in the Go SDK, where the names come from, 0 asks for the default. */
const slots = countOrZero.default(1000).transform((size) => (size === 0 ? 1000 : size));
/** 0 means unlimited. */
const perSecond = z.number().min(0).default(0);

const versioningBehaviors = ["unspecified", "pinned", "auto_upgrade"] as const;

const options = fields({
  max_concurrent_activity_execution_size: slots,
  max_concurrent_workflow_task_execution_size: slots,
  max_concurrent_local_activity_execution_size: slots,
  max_concurrent_session_execution_size: slots,
  max_concurrent_eager_activity_execution_size: countOrZero.default(0),
  max_concurrent_activity_task_pollers: positive.default(20),
  max_concurrent_workflow_task_pollers: positive
    .refine((count) => count !== 1, "must be at least 2: one poller is kept for the sticky queue")
    .default(20),
  worker_activities_per_second: perSecond,
  worker_local_activities_per_second: perSecond,
  task_queue_activities_per_second: perSecond,
  /** Ours: the SDK decides when it is left out, and 0 keeps none. */
  max_cached_workflows: countOrZero.optional(),
  sticky_schedule_to_start_timeout: duration.default(5_000),
  worker_stop_timeout: duration.default(0),
  deadlock_detection_timeout: duration.default(0),
  max_heartbeat_throttle_interval: duration.default(0),
  default_heartbeat_throttle_interval: duration.default(0),
  identity: z.string().default(""),
  deployment_name: z.string().default(""),
  build_id: z.string().default(""),
  enable_logging_in_replay: flag,
  enable_session_worker: flag,
  disable_workflow_worker: flag,
  local_activity_worker_only: flag,
  disable_eager_activities: flag,
  disable_registration_aliasing: flag,
  use_versioning: flag,
  default_versioning_behavior: z.enum(versioningBehaviors).default("unspecified"),
})
  .transform((given, context) => {
    if (given.disable_workflow_worker && given.local_activity_worker_only) {
      const message = "does not go with disable_workflow_worker: together they leave the worker nothing to do";
      context.addIssue({ code: "custom", path: ["local_activity_worker_only"], message });
    }
    return {
      maxConcurrentActivities: given.max_concurrent_activity_execution_size,
      maxConcurrentWorkflowTasks: given.max_concurrent_workflow_task_execution_size,
      maxConcurrentLocalActivities: given.max_concurrent_local_activity_execution_size,
      maxConcurrentSessions: given.max_concurrent_session_execution_size,
      /** 0 means unlimited. */
      maxConcurrentEagerActivities: given.max_concurrent_eager_activity_execution_size,
      maxConcurrentActivityPollers: given.max_concurrent_activity_task_pollers,
      maxConcurrentWorkflowPollers: given.max_concurrent_workflow_task_pollers,
      /** The three rates: 0 means unlimited. */
      activitiesPerSecond: given.worker_activities_per_second,
      localActivitiesPerSecond: given.worker_local_activities_per_second,
      taskQueueActivitiesPerSecond: given.task_queue_activities_per_second,
      maxCachedWorkflows: given.max_cached_workflows,
      stickyScheduleToStartTimeoutMs: given.sticky_schedule_to_start_timeout,
      stopTimeoutMs: given.worker_stop_timeout,
      deadlockDetectionTimeoutMs: given.deadlock_detection_timeout,
      maxHeartbeatThrottleIntervalMs: given.max_heartbeat_throttle_interval,
      defaultHeartbeatThrottleIntervalMs: given.default_heartbeat_throttle_interval,
      identity: given.identity,
      deploymentName: given.deployment_name,
      buildId: given.build_id,
      enableLoggingInReplay: given.enable_logging_in_replay,
      enableSessionWorker: given.enable_session_worker,
      disableWorkflowWorker: given.disable_workflow_worker,
      localActivityWorkerOnly: given.local_activity_worker_only,
      disableEagerActivities: given.disable_eager_activities,
      disableRegistrationAliasing: given.disable_registration_aliasing,
      useVersioning: given.use_versioning,
      defaultVersioningBehavior: given.default_versioning_behavior,
    };
  })
  .prefault({});

export const temporalWorker = entryFields({
  client: entryId,
  task_queue: text,
  worker_options: options,
  lifecycle,
}).transform((given) => ({
  client: given.client,
  /** Without the client's prefix. */
  taskQueue: given.task_queue,
  options: given.worker_options,
  lifecycle: given.lifecycle,
}));
