/** A Lua program as a workflow: the product's own bundle, on the real server. */
import { expect, it } from "vitest";
import { describeTemporal } from "../support/temporal.js";
import { Harness } from "./fixture/harness.js";

const order = `
local time = require("time")
local funcs = require("funcs")
local workflow = require("workflow")

return { main = function(input)
  if input.child then return "child of " .. input.child end
  local inbox, events = process.inbox(), process.events()
  print("started", input.n)
  local doubled, err = funcs.call("app:double", input.n)
  if err then return nil, err end
  time.sleep("10ms")
  local child = process.spawn("app:script", "app:worker", { child = input.n })
  local exit = events:receive()
  local message = inbox:receive()
  local ok = process.send(message:from(), "reply", { doubled = doubled })
  local _, gone = process.send("{app:client@app:worker|nobody}", "x")
  return {
    doubled = doubled, ok = ok, gone = gone:kind(), same = exit.from == child, exit = exit.result.value,
    topic = message:topic(), type = workflow.info().workflow_type,
  }
end }
`;

const loop = "return { main = function() while true do end end }";

describeTemporal("a Lua workflow", () => {
  for (const maxCachedWorkflows of [50, 0]) {
    it(`calls, sleeps, spawns, receives and answers; cached workflows: ${maxCachedWorkflows}`, async () => {
      const harness = await Harness.open({ main: "lua", sources: { h1: order }, maxCachedWorkflows });
      try {
        harness.functions.set("app:double", (n) => (n as number) * 2);
        const run = await harness.start({ n: 21 });
        const from = `{${harness.boot}@app:processes|0x1}`;
        await harness.signal(run.workflowId, "question", [1], { from, incarnation: harness.boot });
        expect(await run.result()).toEqual({
          doubled: 42,
          ok: true,
          gone: "NOT_FOUND",
          same: true,
          exit: "child of 21",
          topic: "question",
          type: "script",
        });
        expect(harness.delivered()).toMatchObject([
          { to: from, seq: 1, sig: { topic: "reply", payloads: [{ doubled: 42 }] } },
        ]);
        const printed = harness.logs.filter((event) => event.record.print);
        expect(printed.map((event) => event.record.message)).toEqual(["started 21"]);
        const digest = await run.query("@digest");
        await harness.stopWorker();
        await harness.startWorker({ main: "lua", sources: { h1: order } });
        expect(await run.query("@digest")).toBe(digest);
      } finally {
        await harness.close();
      }
    });
  }

  it("shows by its digest that another program came to the same commands with other payloads", async () => {
    const program = (n: number) =>
      `return { main = function() process.send("{boot-x@app:h|1}", "t", ${n}) process.inbox():receive() end }`;
    const harness = await Harness.open({ main: "lua", sources: { h1: program(1) } });
    try {
      harness.functions.set("@deliver", () => ({ kind: "accepted" }));
      const run = await harness.start({});
      await expect.poll(() => harness.delivered().length).toBe(1);
      const digest = await run.query("@digest");
      await harness.stopWorker();
      await harness.startWorker({ main: "lua", sources: { h1: program(1) } });
      expect(await run.query("@digest")).toBe(digest);
      await harness.stopWorker();
      await harness.startWorker({ main: "lua", sources: { h1: program(2) } });
      expect(await run.query("@digest")).not.toBe(digest);
      await run.terminate();
    } finally {
      await harness.close();
    }
  });

  it("is ended by its budget well before the SDK kills the activation", async () => {
    const harness = await Harness.open({ main: "lua", sources: { h1: loop } });
    try {
      const run = await harness.startPlain({});
      const startedAt = performance.now();
      await expect(run.result()).rejects.toMatchObject({ cause: { type: "RESOURCE_EXHAUSTED" } });
      expect(performance.now() - startedAt).toBeLessThan(4000);
    } finally {
      await harness.close();
    }
  });
});
