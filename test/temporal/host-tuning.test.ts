/** Worker options with Go's names: each is honoured or named as unsupported. */
import { expect, it } from "vitest";
import { tunedOptions, unsupportedTuning } from "../../durability/temporal/tuning.js";

it("maps what the SDK has", () => {
  expect(
    tunedOptions({
      maxConcurrentActivities: 5,
      maxConcurrentWorkflowPollers: 3,
      activitiesPerSecond: 0,
      taskQueueActivitiesPerSecond: 7,
      stickyScheduleToStartTimeoutMs: 5_000,
      deadlockDetectionTimeoutMs: 1_000,
      localActivityWorkerOnly: true,
      identity: "",
      deploymentName: "orders",
      buildId: "b1",
      useVersioning: true,
      defaultVersioningBehavior: "pinned",
    }),
  ).toEqual({
    maxConcurrentActivityTaskExecutions: 5,
    maxConcurrentWorkflowTaskPolls: 3,
    maxTaskQueueActivitiesPerSecond: 7,
    stickyQueueScheduleToStartTimeout: 5_000,
    isolateExecutionTimeout: 1_000,
    enableNonLocalActivities: false,
    workerDeploymentOptions: {
      version: { deploymentName: "orders", buildId: "b1" },
      useWorkerVersioning: true,
      defaultVersioningBehavior: "PINNED",
    },
  });
});

it("names what the SDK has not", () => {
  expect(unsupportedTuning({ enableSessionWorker: true, localActivitiesPerSecond: 5, useVersioning: true })).toEqual([
    "worker_local_activities_per_second",
    "enable_session_worker",
    "use_versioning without deployment_name and build_id",
    "use_versioning without default_versioning_behavior",
  ]);
  expect(unsupportedTuning({ maxConcurrentEagerActivities: 0, enableLoggingInReplay: true })).toEqual([]);
});
