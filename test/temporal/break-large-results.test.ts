/** Functions that return, or fail with, more than the server takes: the activity must end, and not hang until its time-out. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeTemporal } from "../support/temporal.js";
import { openTestNode, type TestNode } from "../support/temporal-host.js";

const text = "x".repeat(5_000_000);

describeTemporal("a workflow that calls a function", () => {
  let node: TestNode;

  beforeAll(async () => {
    const entry = { kind: "function.lua", hash: "", options: {}, activity: { worker: "test:worker", local: false } };
    node = await openTestNode({
      entries: { "test:result": entry, "test:failure": entry },
      run: async ({ entry }) => {
        if (entry === "test:result") return { ok: true, value: text };
        return { ok: false, error: { kind: "INTERNAL", message: text, details: { text }, retryable: false } };
      },
    });
  });

  afterAll(() => node.close());

  it.each([
    ["result", "INVALID"],
    ["failure", "INTERNAL"],
  ])("hears of a %s that the server would not take", async (what, kind) => {
    const watcher = node.processes.open();
    const options = { startToCloseTimeout: "20s", taskQueue: node.taskQueue };
    const step = { do: "activity", type: `test:${what}`, args: [], options } as const;
    await node.start(watcher, step, { monitorRef: 1 });
    const [exit] = await watcher.gotExits(1);
    expect(exit!.reason).toMatchObject({ kind: "normal", value: { ok: false, nonRetryable: true, type: kind } });
  });
});
