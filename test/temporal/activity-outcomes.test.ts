/** The failures of test/support/activity-cases.ts, on the real server. The journal host's are in test/durability/journal-activities.test.ts. */
import { ApplicationFailure } from "@temporalio/common";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Outcome } from "../../actors/index.js";
import { activityCases, slowMs } from "../support/activity-cases.js";
import { describeTemporal } from "../support/temporal.js";
import { Harness } from "./fixture/harness.js";

describeTemporal("a failed activity on Temporal", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open();
    harness.functions.set("app:slow", () => new Promise((resolve) => setTimeout(() => resolve(null), slowMs)));
    harness.functions.set("app:fails", (kind, retryable) => {
      const error = { kind, message: "broken", retryable };
      throw ApplicationFailure.create({
        type: kind as string,
        message: "broken",
        nonRetryable: !retryable,
        details: [error],
      });
    });
  });

  afterAll(() => harness.close());

  it("looks as on every host", async () => {
    const commands = activityCases.map(({ name, target, args, options }) => ({
      kind: "request",
      as: name,
      request: { kind: "invoke", target, args, context: {}, options, key: name },
    }));
    const run = await harness.start({ commands, until: commands.length });
    const heard = (await run.result()) as { as: string; outcome: Outcome }[];
    const told = Object.fromEntries(heard.map(({ as, outcome }) => [as, outcome]));
    const expected = activityCases.map(({ name, error, details }) => [
      name,
      {
        ok: false,
        error: { ...error, details: { ...details, _wrapper: "activity", _activity_id: expect.any(String) } },
      },
    ]);
    expect(told).toEqual(Object.fromEntries(expected));
  });
});
