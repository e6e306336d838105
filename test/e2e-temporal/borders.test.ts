/** What crosses a border unchanged: context, errors, numbers. And the calls that cross it: exec, info, cancel. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { PayloadRecord } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";
import { agentSource, TestApp, temporalEntries, valueIn } from "../support/app.js";
import { connectTemporal, describeTemporal, type TemporalConnection, uniqueQueue } from "../support/temporal.js";

const modules = "[channel, ctx, errors, funcs, process, time, workflow]";
const code = (kind: string, name: string, method: string, meta = "") =>
  `  - {name: ${name}, kind: ${kind}, source: "file://borders.lua", method: ${method}, modules: ${modules}${meta}}\n`;
const activity = ", meta: {temporal: {activity: {worker: worker}}}";
const workflow = ", meta: {temporal: {workflow: {worker: worker}}}";

const entries = [
  ...["context", "errors", "attempts", "timeout", "stubborn", "numbers", "info"].map((name) =>
    code("workflow.lua", name, name, workflow),
  ),
  code("workflow.lua", "fail_workflow", "fail", workflow),
  code("workflow.lua", "context_of_child", "context_of_child", workflow),
  code("workflow.lua", "nested", "exec", workflow),
  code("function.lua", "context_of", "context_of_activity", activity),
  ...["fail", "counted", "slow"].map((name) => code("function.lua", name, name, activity)),
  code("function.lua", "not_an_activity", "fail"),
  code("process.lua", "numbers_process", "numbers"),
  code("process.lua", "exec", "exec"),
  `  - {name: counter, kind: process.lua, source: "file://agent.lua", modules: [channel, process, time]}\n`,
].join("");

interface Told {
  kind: string;
  message: string;
  retryable?: boolean;
  details?: PayloadRecord;
}

describeTemporal("the borders of a workflow", () => {
  const queue = uniqueQueue("borders");
  let app: TestApp;
  let server: TemporalConnection;
  beforeAll(async () => {
    server = await connectTemporal();
    app = await TestApp.boot({
      "_index.yaml": temporalEntries(queue).replace("namespace: t", "namespace: b") + entries,
      "borders.lua": await readFile(new URL("apps/borders.lua", import.meta.url), "utf8"),
      "agent.lua": await agentSource(),
    });
  });
  afterAll(async () => {
    await app?.stop();
    await server?.connection.close();
  });

  const exec = async (entry: string, ...args: Payload[]) => valueIn(await app.client.exec(entry, "b:worker", args));

  it("let context through: to the workflow, its activities and its children", async () => {
    const context = { tenant: "acme", limits: { daily: [1, 2] } };
    const seen = valueIn(await app.client.exec("b:context", "b:worker", ["b:worker"], { context }));
    const inActivity = { ...context, idempotency_key: true };
    expect(seen).toEqual({
      own: context,
      activity: inActivity,
      overlaid: { ...inActivity, step: "charge" },
      child: { own: context, activity: inActivity },
      with: { own: { ...context, tenant: "other" }, activity: { ...inActivity, tenant: "other" } },
    });
  });

  it("let errors through with kind, message, retryable and details", async () => {
    const seen = (await exec("b:errors", "b:worker")) as unknown as Record<
      string,
      { activity: Told; child: Told; exit: Told; top: boolean; stack?: string }
    >;
    const full = { kind: "CONFLICT", message: "seat taken", details: { seat: "12A", free: [1, 2] } };
    const expected: Record<string, object> = {
      text: { kind: "INTERNAL", message: "just text", retryable: false },
      returned: { ...full, retryable: false },
      raised: { ...full, retryable: false },
      wrapped: { ...full, retryable: false },
      retryable: { ...full, retryable: true },
      plain: { kind: "INTERNAL", message: expect.stringContaining("plain raise") },
    };
    for (const [how, error] of Object.entries(expected)) {
      const { activity: inActivity, child, exit, top } = seen[how]!;
      expect(inActivity, how).toMatchObject({ ...error, details: { _wrapper: "activity" } });
      expect(child, how).toMatchObject({ ...error, details: { _wrapper: "child_workflow" } });
      expect(exit, how).toMatchObject(error);
      expect(top, how).toBe(true);
    }
    expect(seen.plain!.activity.retryable).toBeUndefined();
    expect(seen.plain!.child.retryable).toBeUndefined();
    expect(seen.plain!.stack).toContain("borders.lua");
    expect(seen.missing).toMatchObject({ kind: "NOT_FOUND", retryable: false });
    expect(seen.inner).toMatchObject({ kind: "NOT_FOUND", message: expect.stringContaining("meta.temporal.activity") });
    expect(seen.nobody).toMatchObject({ kind: "NOT_FOUND" });
    expect(seen.options).toMatchObject({ kind: "INVALID", message: expect.stringContaining("b:fail") });
    expect(await exec("b:nested", "b:nowhere", "b:worker")).toMatchObject({ error: { kind: "NOT_FOUND" } });
  });

  it.each(["text", "returned", "raised", "retryable"])(
    "let an error that was %s out to exec and monitor",
    async (how) => {
      const error =
        how === "text"
          ? { kind: "INTERNAL", message: "just text", retryable: false }
          : { kind: "CONFLICT", message: "seat taken", retryable: how === "retryable", details: { seat: "12A" } };
      expect(await app.client.exec("b:fail_workflow", "b:worker", [how])).toMatchObject({ ok: false, error });
      const pid = await app.spawn("b:fail_workflow", "b:worker", [how], { monitor: true });
      expect(await app.hears(pid)).toMatchObject([{ reason: { kind: "failed", error } }]);
      const seen = valueIn(await app.client.exec("b:exec", "b:memory", ["b:fail_workflow", "b:worker", how]));
      expect(seen).toMatchObject({ error });
    },
  );

  it("retry what may be retried, and only as often as the policy says", async () => {
    const counter = await app.spawn("b:counter", "b:memory");
    const counted = (await exec("b:attempts", counter.text)) as string[];
    const times = (how: string) => counted.filter((entry) => entry === how).length;
    expect({
      text: times("text"),
      raise: times("raise"),
      retryable: times("retryable"),
      final: times("final"),
    }).toEqual({
      text: 1,
      raise: 3,
      retryable: 3,
      final: 1,
    });
    expect(times("typed"), "non_retryable_error_types, spelt in CamelCase").toBe(1);
  });

  it("turn an activity's time-out into TIMEOUT", async () => {
    const error = await exec("b:timeout");
    expect(error).toMatchObject({ kind: "TIMEOUT", retryable: false, details: { timeout_type: "start_to_close" } });
  });

  it("exec and info work from Lua, through two levels", async () => {
    const outer = valueIn(await app.client.exec("b:exec", "b:memory", ["b:nested", "b:worker", "b:info", "b:worker"]));
    expect(outer).toMatchObject({
      value: { value: { workflow_type: "b:info", task_queue: queue, namespace: "default", attempt: 1 } },
    });
    const { workflow_id, run_id, history_length, history_size } = (
      outer as never as { value: { value: PayloadRecord } }
    ).value.value;
    expect((await server.client.workflow.getHandle(String(workflow_id)).describe()).runId).toBe(run_id);
    expect(history_length).toBeGreaterThan(0);
    expect(history_size).toBeGreaterThan(0);
  });

  it("a deadline ends a workflow that ignores its cancel", async () => {
    const pid = await app.spawn("b:stubborn", "b:worker", [], { monitor: true });
    expect(await app.client.cancel(pid, "enough", 500)).toEqual({ ok: true, value: null });
    expect(await app.hears(pid)).toMatchObject([{ kind: "exit", reason: { kind: "failed" } }]);
    const { status } = await server.client.workflow.getHandle(pid.id).describe();
    expect(["TERMINATED", "FAILED"]).toContain(status.name);
  });

  it("numbers are what a person expects, in a process and in a workflow", async () => {
    const inWorkflow = await exec("b:numbers");
    expect(inWorkflow).toEqual(valueIn(await app.client.exec("b:numbers_process", "b:memory", [])));
    const twice = (text: string) => `${text} ${text}`;
    expect(inWorkflow).toEqual([
      ...[
        "1790000000000",
        "1307674368000",
        "2147488650",
        "2147483648",
        "-2147483649",
        "3",
        "-4",
        "428571428",
        "1",
        "2",
      ].map(twice),
      "9.007199254741e+15 9.007199254741e+15",
      "5 5",
      ...["1790000000", "3600000000000"].map(twice),
      "3600000000000 1307674368000 1307674368000",
      "21",
    ]);
  });
});
