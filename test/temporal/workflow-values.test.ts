/** Values at the sandbox wall, without a server: options, failures, digests, signals. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
} from "@temporalio/common";
import { describe, expect, it } from "vitest";
import { sdkOptions } from "../../durability/temporal/workflow/activities.js";
import { childOptions } from "../../durability/temporal/workflow/child-options.js";
import { canonical, hashText } from "../../durability/temporal/workflow/digest.js";
import {
  failureFromTemporal,
  failureToApplication,
  reasonFromTemporal,
} from "../../durability/temporal/workflow/failure.js";
import { envelopeOfSignal, foreignPayload } from "../../durability/temporal/workflow/signals.js";
import { type ActivityOptions, readActivityOptions } from "../../durability/workflow/index.js";
import { type Failure, makePid } from "../../mailbox/index.js";

describe("options of an activity", () => {
  it("are those of the SDK", () => {
    const read = readActivityOptions(
      "app:f",
      { "activity.start_to_close_timeout": "1m" },
      {
        "temporal.activity.start_to_close_timeout": "5s",
        "activity.schedule_to_close_timeout": "1m",
        "activity.schedule_to_start_timeout": "2m",
        "activity.heartbeat_timeout": "3m",
        "activity.id": "mine",
        "activity.task_queue": "q",
        "activity.wait_for_cancellation": true,
        "activity.disable_eager_execution": true,
        "activity.retry_policy": { maximum_attempts: 3 },
        "activity.summary": "s",
        "activity.priority": { priority_key: 1 },
      },
    );
    expect(sdkOptions(read as ActivityOptions)).toEqual({
      startToCloseTimeout: 5000,
      scheduleToCloseTimeout: 60_000,
      scheduleToStartTimeout: 120_000,
      heartbeatTimeout: 180_000,
      activityId: "mine",
      taskQueue: "q",
      cancellationType: "WAIT_CANCELLATION_COMPLETED",
      allowEagerDispatch: false,
      retry: { maximumAttempts: 3 },
      summary: "s",
      priority: { priorityKey: 1 },
    });
    expect(sdkOptions(readActivityOptions("app:f", {}, {}) as ActivityOptions)).toEqual({
      startToCloseTimeout: 600_000,
      cancellationType: "TRY_CANCEL",
    });
  });
});

describe("options of a child workflow", () => {
  it("read enums in any spelling, the shorter key first", () => {
    const options = {
      "temporal.workflow.id_conflict_policy": "WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING",
      "workflow.id_reuse_policy": "reject-duplicate",
      "workflow.parent_close_policy": 2,
      "temporal.workflow.run_timeout": "1m",
      "workflow.run_timeout": "2m",
      "workflow.task_queue": "q",
    };
    expect(childOptions({}, options)).toEqual({
      taskQueue: "q",
      conflict: "TERMINATE_EXISTING",
      options: { workflowIdReusePolicy: "REJECT_DUPLICATE", parentClosePolicy: "ABANDON", workflowRunTimeout: 120_000 },
    });
    expect(() => childOptions({}, { "workflow.parent_close_policy": "maybe" })).toThrow(
      'workflow.parent_close_policy has invalid value "maybe"',
    );
    expect(() => childOptions({}, { "workflow.id": "" })).toThrow("workflow.id cannot be empty");
  });

  it("lie over the entry's own, however either is spelled", () => {
    const defaults = { "workflow.run_timeout": "1m", "workflow.id": "mine" };
    expect(childOptions(defaults, { "temporal.workflow.run_timeout": "2m" })).toEqual({
      id: "mine",
      options: { workflowRunTimeout: 120_000 },
    });
  });
});

describe("a failure across the Temporal boundary", () => {
  it("comes back in every field", () => {
    const error: Failure = {
      kind: "MY_KIND",
      message: "m",
      retryable: true,
      details: { a: [1] },
      stack: "x:1",
      context: ["outer"],
    };
    const thrown = failureToApplication(error);
    expect(thrown).toMatchObject({ type: "MY_KIND", message: "outer: m", nonRetryable: false });
    expect(failureFromTemporal(thrown)).toEqual(error);
    expect(failureFromTemporal(failureToApplication({ kind: "X", message: "m" }))).toEqual({ kind: "X", message: "m" });
  });

  it("keeps what a foreign one says, and notes its wrapper", () => {
    const foreign = new ApplicationFailure("gone", "NotFoundError", true);
    expect(failureFromTemporal(foreign)).toEqual({ kind: "NOT_FOUND", message: "gone", retryable: false });
    expect(failureFromTemporal(new ApplicationFailure("x", "RangeError", false))).toMatchObject({
      kind: "UNKNOWN",
      retryable: true,
    });
    const wrapped = new ActivityFailure(undefined, "t", "7", "MAXIMUM_ATTEMPTS_REACHED", undefined, foreign);
    expect(failureFromTemporal(wrapped).details).toEqual({
      _wrapper: "activity",
      _activity_id: "7",
      _retry_state: "maximum_attempts_reached",
    });
    expect(failureFromTemporal(new Error("plain"))).toEqual({ kind: "INTERNAL", message: "plain" });
  });

  it("maps cancel, terminate and timeouts", () => {
    expect(failureFromTemporal(new CancelledFailure("x"))).toMatchObject({
      kind: "CANCELED",
      message: "operation canceled",
    });
    expect(failureFromTemporal(new TerminatedFailure("x"))).toMatchObject({
      kind: "CANCELED",
      message: "workflow terminated",
    });
    expect(failureFromTemporal(new TimeoutFailure("late", undefined, "HEARTBEAT"))).toMatchObject({
      kind: "TIMEOUT",
      retryable: false,
      details: { timeout_type: "heartbeat" },
    });
    const child = (cause: Error) =>
      new ChildWorkflowFailure("default", { workflowId: "w", runId: "r" }, "t", "NON_RETRYABLE_FAILURE", cause);
    expect(reasonFromTemporal(child(new CancelledFailure("")))).toEqual({ kind: "cancelled", reason: "" });
    expect(reasonFromTemporal(child(new TerminatedFailure("")))).toMatchObject({
      kind: "failed",
      error: { kind: "CANCELED", details: { _wrapper: "child_workflow", _workflow_id: "w", _run_id: "r" } },
    });
  });
});

describe("a digest", () => {
  it("does not depend on the order of keys, and is SHA-256 of UTF-8", () => {
    expect(canonical({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
    expect(hashText("é😀")).toBe("1184d1f608158eea09d297565575892231550c403aaa913008d867a97cfd5c76");
  });
});

describe("a signal", () => {
  const self = makePid("app:client", "app:worker", "w");

  it("without our header is a message without a sender, its values made payloads", () => {
    const envelope = envelopeOfSignal(self, "t", {
      args: [undefined, new Uint8Array([1]), { a: 1 }],
      header: undefined,
    });
    expect(envelope).toMatchObject({
      from: { text: "" },
      seq: 0,
      signal: { kind: "message", payloads: [null, { $bytes: "AQ==" }, { a: 1 }] },
    });
    expect(foreignPayload(-0)).toBe(0);
  });

  it("is refused when it only looks like one of ours", () => {
    const refused = (name: string, args: unknown[], header?: unknown) =>
      expect(() => envelopeOfSignal(self, name, { args, header }));
    refused("@perdure", ["x"]).toThrow("envelope is not an object");
    refused("@other", []).toThrow("signal names that start with @ are reserved");
    refused("t", [], { v: 2 }).toThrow("not of version 1");
    refused("t", [], { v: 1, from: "bob", incarnation: "", seq: 0 }).toThrow("sender is not a pid: bob");
    refused("t", [], { v: 1, from: "", incarnation: "", seq: 0, call: { ref: 1 } }).toThrow("call mark is malformed");
  });
});
