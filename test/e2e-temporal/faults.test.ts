/** Programs that go wrong inside a workflow, and workers that lack what a run is pinned to. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AppFiles, TestApp, temporalEntries, until } from "../support/app.js";
import { connectTemporal, describeTemporal, type TemporalConnection, uniqueQueue } from "../support/temporal.js";

const methods = ["raises", "loops", "loops_caught", "loops_in_coroutine", "patterns", "strings", "busy"];
const entries = methods
  .map(
    (name) =>
      `  - {name: ${name}, kind: workflow.lua, source: "file://faults.lua", method: ${name}, modules: [process], meta: {temporal: {workflow: {worker: worker}}}}\n`,
  )
  .join("");

describeTemporal("a fault in a workflow", () => {
  const queue = uniqueQueue("faults");
  let app: TestApp;
  let server: TemporalConnection;
  beforeAll(async () => {
    server = await connectTemporal();
    app = await TestApp.boot({
      "_index.yaml": temporalEntries(queue) + entries,
      "faults.lua": await readFile(new URL("apps/faults.lua", import.meta.url), "utf8"),
    });
  });
  afterAll(async () => {
    await app?.stop();
    await server?.connection.close();
  });

  const historyOf = async (workflowId: string) =>
    (await server.client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];

  it("is told with file and line and a Lua traceback, to the starter and in the history", async () => {
    const pid = await app.spawn("t:raises", "t:worker", [], { monitor: true });
    const [event] = await app.hears(pid);
    expect(event).toMatchObject({ reason: { kind: "failed", error: { kind: "INTERNAL" } } });
    const { error } = (event as never as { reason: { error: { message: string; stack: string } } }).reason;
    expect(error.message).toMatch(/^faults\.lua:7: attempt to index a nil value \(local 'nothing'\)$/);
    for (const line of ["faults.lua:7:", "faults.lua:9:", "faults.lua:13:"]) expect(error.stack).toContain(line);
    const failed = (await historyOf(pid.id)).find((e) => e.workflowExecutionFailedEventAttributes)
      ?.workflowExecutionFailedEventAttributes?.failure;
    expect(failed?.message).toBe(error.message);
    expect(failed?.applicationFailureInfo?.type).toBe("INTERNAL");
    expect(failed?.stackTrace).toContain("faults.lua:9:");
    for (const text of [error.stack, failed?.stackTrace ?? ""]) {
      expect(text).not.toMatch(/\.(js|ts|mjs|cjs)\b|node:|webpack| at .*\(/);
    }
  });

  it.each(["loops", "loops_caught", "loops_in_coroutine", "patterns", "strings"])(
    "that never ends (%s) ends the workflow before the SDK would end the task",
    async (method) => {
      const pid = await app.spawn(`t:${method}`, "t:worker", [], { monitor: true });
      const [event] = await app.hears(pid);
      const kind = method === "strings" || method === "patterns" ? expect.any(String) : "RESOURCE_EXHAUSTED";
      expect(event).toMatchObject({ reason: { kind: "failed", error: { kind } } });
      const events = await historyOf(pid.id);
      expect(
        events.filter((e) => e.workflowTaskFailedEventAttributes || e.workflowTaskTimedOutEventAttributes),
      ).toEqual([]);
    },
  );

  it("is not to work hard for a while", async () => {
    const outcome = await app.client.exec("t:busy", "t:worker", []);
    expect(outcome).toEqual({ ok: true, value: expect.any(Number) });
  });

  it("which is a source the worker lacks fails the task, and the run completes with a worker that has it", async () => {
    const lone = uniqueQueue("pinned");
    const files = (text: string): AppFiles => ({
      "_index.yaml": `${temporalEntries(lone)}
  - name: pinned
    kind: workflow.lua
    modules: [process]
    source: |
      return function()
        process.inbox():receive()
        return "${text}"
      end
    meta: {temporal: {workflow: {worker: worker}}}
`,
    });
    const first = await TestApp.boot(files("of old"));
    const pid = await first.spawn("t:pinned", "t:worker", [], { options: { "temporal.workflow.task_timeout": "1s" } });
    const { hash } = first.running.config.entries.get("t:pinned") as { hash: string };
    await first.stop();
    const second = await TestApp.boot(files("of today"));
    await second.tell(pid, "go");
    const failures = async () => (await historyOf(pid.id)).flatMap((e) => e.workflowTaskFailedEventAttributes ?? []);
    await until(async () => (await failures()).length > 0);
    expect((await failures())[0]?.failure?.message).toMatch(
      new RegExp(`this worker does not have the source ${hash} of t:pinned, which this run is pinned to`),
    );
    expect((await server.client.workflow.getHandle(pid.id).describe()).status.name).toBe("RUNNING");
    await second.stop();
    const third = await TestApp.boot(files("of old"));
    expect(await server.client.workflow.getHandle(pid.id).result()).toBe("of old");
    await third.stop();
  });

  it("which is a type no worker knows is an error at once, or a failing task that says so", async () => {
    const handle = await server.client.workflow.start("t:nobody", {
      taskQueue: queue,
      workflowId: uniqueQueue("nobody"),
      args: [],
    });
    const failures = async () =>
      (await historyOf(handle.workflowId)).flatMap((e) => e.workflowTaskFailedEventAttributes ?? []);
    await until(async () => (await failures()).length > 0);
    expect((await failures())[0]?.failure?.message).toContain(
      "no entry of this application runs workflows of type t:nobody",
    );
    await handle.terminate();
  });
});
