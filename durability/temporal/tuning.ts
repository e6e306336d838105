/** Worker options of a temporal.worker entry, which carry Go's names, as options of this SDK; what it has no counterpart for is listed. */
import type { WorkerOptions } from "@temporalio/worker";

/** The checked `worker_options` of an entry. Times in ms; 0 means unlimited for rates and "the default" for times. */
export interface WorkerTuning {
  readonly maxConcurrentActivities: number;
  readonly maxConcurrentWorkflowTasks: number;
  readonly maxConcurrentLocalActivities: number;
  readonly maxConcurrentEagerActivities: number;
  readonly maxConcurrentActivityPollers: number;
  readonly maxConcurrentWorkflowPollers: number;
  readonly activitiesPerSecond: number;
  readonly localActivitiesPerSecond: number;
  readonly taskQueueActivitiesPerSecond: number;
  readonly stickyScheduleToStartTimeoutMs: number;
  /** Runs kept in memory between their tasks; 0 replays each task from the start of its history. Undefined: the SDK decides. */
  readonly maxCachedWorkflows: number | undefined;
  readonly stopTimeoutMs: number;
  readonly deadlockDetectionTimeoutMs: number;
  readonly maxHeartbeatThrottleIntervalMs: number;
  readonly defaultHeartbeatThrottleIntervalMs: number;
  readonly identity: string;
  readonly deploymentName: string;
  readonly buildId: string;
  readonly enableLoggingInReplay: boolean;
  readonly enableSessionWorker: boolean;
  readonly disableWorkflowWorker: boolean;
  readonly localActivityWorkerOnly: boolean;
  readonly disableEagerActivities: boolean;
  readonly disableRegistrationAliasing: boolean;
  readonly useVersioning: boolean;
  readonly defaultVersioningBehavior: "unspecified" | "pinned" | "auto_upgrade";
}

/** Names, as in YAML, of the options that are set and cannot be honoured. Empty: all is well. */
export function unsupportedTuning(tuning: Partial<WorkerTuning>): string[] {
  const asked: [name: string, set: boolean][] = [
    ["max_concurrent_eager_activity_execution_size", (tuning.maxConcurrentEagerActivities ?? 0) > 0],
    ["worker_local_activities_per_second", (tuning.localActivitiesPerSecond ?? 0) > 0],
    ["enable_session_worker", tuning.enableSessionWorker === true],
    ["disable_eager_activities", tuning.disableEagerActivities === true],
    ["disable_registration_aliasing", tuning.disableRegistrationAliasing === true],
    ["use_versioning without deployment_name and build_id", tuning.useVersioning === true && !isDeployment(tuning)],
    ["deployment_name without build_id", Boolean(tuning.deploymentName) && !tuning.buildId],
    [
      "use_versioning without default_versioning_behavior",
      tuning.useVersioning === true && (tuning.defaultVersioningBehavior ?? "unspecified") === "unspecified",
    ],
  ];
  return asked.filter(([, set]) => set).map(([name]) => name);
}

/** The SDK kills an activation after this time; honoured, though not in its public type. */
type Settings = Partial<WorkerOptions> & { isolateExecutionTimeout?: number };

export function tunedOptions(tuning: Partial<WorkerTuning>): Settings {
  const positive = (value: number | undefined) => (value !== undefined && value > 0 ? value : undefined);
  const settings: Settings = {
    maxConcurrentActivityTaskExecutions: positive(tuning.maxConcurrentActivities),
    // Without a cache, the SDK loses track of a task that comes while another one's local activity runs: so one at a time.
    maxConcurrentWorkflowTaskExecutions:
      tuning.maxCachedWorkflows === 0 ? 1 : positive(tuning.maxConcurrentWorkflowTasks),
    maxConcurrentLocalActivityExecutions: positive(tuning.maxConcurrentLocalActivities),
    maxConcurrentActivityTaskPolls: positive(tuning.maxConcurrentActivityPollers),
    maxConcurrentWorkflowTaskPolls: positive(tuning.maxConcurrentWorkflowPollers),
    maxActivitiesPerSecond: positive(tuning.activitiesPerSecond),
    maxTaskQueueActivitiesPerSecond: positive(tuning.taskQueueActivitiesPerSecond),
    maxCachedWorkflows: tuning.maxCachedWorkflows,
    stickyQueueScheduleToStartTimeout: positive(tuning.stickyScheduleToStartTimeoutMs),
    shutdownGraceTime: positive(tuning.stopTimeoutMs),
    isolateExecutionTimeout: positive(tuning.deadlockDetectionTimeoutMs),
    maxHeartbeatThrottleInterval: positive(tuning.maxHeartbeatThrottleIntervalMs),
    defaultHeartbeatThrottleInterval: positive(tuning.defaultHeartbeatThrottleIntervalMs),
    identity: tuning.identity || undefined,
    enableNonLocalActivities: tuning.localActivityWorkerOnly ? false : undefined,
    ...versioning(tuning),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Settings;
}

function isDeployment(tuning: Partial<WorkerTuning>): boolean {
  return Boolean(tuning.deploymentName) && Boolean(tuning.buildId);
}

function versioning(tuning: Partial<WorkerTuning>): Pick<WorkerOptions, "workerDeploymentOptions" | "buildId"> {
  const { deploymentName, buildId, useVersioning, defaultVersioningBehavior: behavior } = tuning;
  if (!deploymentName || !buildId) return buildId ? { buildId } : {};
  const version = { deploymentName, buildId };
  if (!useVersioning) return { workerDeploymentOptions: { version, useWorkerVersioning: false } };
  const defaultVersioningBehavior = behavior === "pinned" ? "PINNED" : "AUTO_UPGRADE";
  return { workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior } };
}
