/** Reading option tables of workflows and activities: durations, spellings, defaults. */
import { describe, expect, it } from "vitest";
import type { PayloadRecord } from "../../actors/index.js";
import { durationMs, overlay, readActivityOptions } from "../../durability/workflow/index.js";

describe("durations of configuration and option tables", () => {
  it.each([
    ["1h30m", 5_400_000],
    ["500ms", 500],
    ["1.5s", 1500],
    [".5s", 500],
    ["2us", 0.002],
    ["2µs", 0.002],
    ["2\u03bcs", 0.002],
    ["100ns", 0.0001],
    ["+5s", 5000],
    ["0", 0],
    [250, 250],
    [0, 0],
  ])("%s is %s ms", (written, ms) => {
    expect(durationMs(written)).toBeCloseTo(ms, 9);
  });

  it.each([
    "",
    "+",
    "soon",
    "5",
    "5x",
    "-5s",
    "s",
    "1s2",
    "1h 30m",
    `${"9".repeat(400)}h`,
    -1,
    Number.NaN,
    true,
    null,
    undefined,
    [],
  ])("%j is none", (bad) => {
    expect(durationMs(bad)).toBeUndefined();
  });
});

describe("defaults under the options of a call", () => {
  it.each<[string, PayloadRecord, PayloadRecord, PayloadRecord]>([
    [
      "stay",
      { "workflow.a": 1, "activity.b": 2 },
      { "workflow.c": 3 },
      { "workflow.a": 1, "activity.b": 2, "workflow.c": 3 },
    ],
    ["give way", { "workflow.a": 1 }, { "workflow.a": 2 }, { "workflow.a": 2 }],
    [
      "give way to the longer spelling",
      { "workflow.a": 1 },
      { "temporal.workflow.a": 2 },
      { "temporal.workflow.a": 2 },
    ],
    ["give way to the shorter spelling", { "temporal.activity.a": 1 }, { "activity.a": 2 }, { "activity.a": 2 }],
    [
      "give way to the longer spelling of an activity's",
      { "activity.a": 1 },
      { "temporal.activity.a": 2 },
      { "temporal.activity.a": 2 },
    ],
    [
      "give way to another word for the same",
      { "workflow.summary": "s", "temporal.workflow.typed_search_attributes": { a: 1 } },
      { "temporal.workflow.static_summary": "t", "workflow.search_attributes": { b: 2 } },
      { "temporal.workflow.static_summary": "t", "workflow.search_attributes": { b: 2 } },
    ],
    [
      "that only look alike stay",
      { "temporal.other.a": 1, "activity.a": 1 },
      { "other.a": 2, "workflow.a": 2 },
      { "temporal.other.a": 1, "activity.a": 1, "other.a": 2, "workflow.a": 2 },
    ],
  ])("%s", (_name, defaults, options, expected) => {
    expect(overlay(defaults, options)).toEqual(expected);
  });
});

describe("options of an activity", () => {
  const read = (options: PayloadRecord, defaults: PayloadRecord = {}) =>
    readActivityOptions("app:f", defaults, options);

  it("take both spellings and default to ten minutes", () => {
    expect(read({})).toEqual({ startToCloseMs: 600_000, waitForCancellation: false });
    expect(
      read({
        "activity.start_to_close_timeout": "5s",
        "temporal.activity.heartbeat_timeout": 100,
        "activity.schedule_to_close_timeout": 0,
        "activity.wait_for_cancellation": true,
        "activity.disable_eager_execution": true,
        "activity.retry_policy": { initialInterval: "2s", maximum_attempts: 3, non_retryable_error_types: "INVALID" },
        "workflow.id": "not mine",
      }),
    ).toEqual({
      startToCloseMs: 5000,
      heartbeatMs: 100,
      waitForCancellation: true,
      eager: false,
      retry: { initialInterval: 2000, maximumAttempts: 3, nonRetryableErrorTypes: ["INVALID"] },
    });
  });

  it("lie over the entry's own, however either is spelled", () => {
    const defaults = { "activity.start_to_close_timeout": "1m", "activity.id": "mine" };
    expect(read({ "temporal.activity.start_to_close_timeout": "2m" }, defaults)).toMatchObject({
      id: "mine",
      startToCloseMs: 120_000,
    });
  });

  it.each<[PayloadRecord, string]>([
    [{ "activity.id": 5 }, "activity.id must be a string"],
    [{ "activity.id": "123" }, "activity.id must not be a number of less than six digits; put a word in front of it"],
    [{ "activity.id": "x".repeat(251) }, "activity.id is longer than 250 characters"],
    [{ "activity.wait_for_cancellation": "yes" }, "activity.wait_for_cancellation must be a boolean"],
    [
      { "temporal.activity.heartbeat_timeout": "x" },
      'temporal.activity.heartbeat_timeout must be a duration such as "1m30s" or a number of milliseconds',
    ],
    [{ "activity.retry_policy": { backoff_coefficient: 0.5 } }, "retry_policy.backoff_coefficient must be 1 or more"],
    [
      { "activity.retry_policy": { maximum_interval: 10 } },
      "retry_policy.maximum_interval must not be below initial_interval",
    ],
  ])("name the key that is wrong, and what would be right: %j", (options, problem) => {
    expect(read(options)).toEqual({
      kind: "INVALID",
      message: `invalid temporal activity options for app:f: ${problem}`,
      retryable: false,
    });
  });
});
