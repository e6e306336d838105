/** A workflow with a retry policy and the parent it is linked to: one process to the parent, a run for each attempt. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { describeTemporal } from "../support/temporal.js";
import { Harness } from "./fixture/harness.js";

describeTemporal("a workflow that is tried again", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open();
  });

  afterAll(() => harness.close());

  it("dies in any attempt with the parent that started it linked", async () => {
    const parent = "{boot@h|0x1}";
    const retry = { retry: { initialInterval: "1s", maximumAttempts: 2 } };
    const header = { parent, parentIncarnation: "boot", linkRef: 4 };
    const run = await harness.start({}, header, undefined, retry);
    await run.signal("do", [
      { kind: "stop", reason: { kind: "failed", error: { kind: "INTERNAL", message: "first" } } },
    ]);
    await vi.waitFor(async () => expect((await run.describe()).runId).not.toBe(run.firstExecutionRunId), {
      timeout: 20_000,
    });
    const exit = { kind: "exit", via: "link", refs: [4], reason: { kind: "killed" } };
    await harness.kernelSignal(run.workflowId, {
      v: 1,
      from: parent,
      inc: "boot",
      to: harness.pid(run.workflowId).text,
      toInc: run.firstExecutionRunId,
      seq: 0,
      sig: exit,
    });
    await expect(run.result()).rejects.toMatchObject({ cause: { message: "linked process failed" } });
  });
});
