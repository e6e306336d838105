/** Starting: names and ids, what happens when they are taken, and startup messages, which come before anything else. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Outcome, PayloadRecord, SpawnOptions } from "../../actors/index.js";
import { agentApp, TestApp, until } from "../support/app.js";
import { connectTemporal, describeTemporal, type TemporalConnection, uniqueQueue } from "../support/temporal.js";

const messages = [1, 2, 3].map((n) => ({ topic: "n", payloads: [n] }));

describeTemporal("starting workflows", () => {
  const queue = uniqueQueue("starts");
  let app: TestApp;
  let server: TemporalConnection;
  beforeAll(async () => {
    server = await connectTemporal();
    app = await TestApp.boot(await agentApp(queue));
  });
  afterAll(async () => {
    await app?.stop();
    await server?.connection.close();
  });

  const start = (options: SpawnOptions) => app.spawn("t:flow", "t:worker", [], options);
  const tryStart = (options: SpawnOptions) => app.client.spawn("t:flow", "t:worker", [], options);
  const runs = async (workflowId: string): Promise<string> =>
    (await server.client.workflow.getHandle(workflowId).describe()).runId;

  describe.each([
    { by: "a name", named: (id: string): SpawnOptions => ({ name: id }) },
    { by: "an id", named: (id: string): SpawnOptions => ({ options: { "temporal.workflow.id": id } }) },
  ])("by $by", ({ named }) => {
    it("that lives finds it, and delivers the startup messages there", async () => {
      const id = uniqueQueue("taken");
      const first = await start(named(id));
      expect(first.id).toBe(id);
      const again = await start({ ...named(id), messages });
      expect(again.text).toBe(first.text);
      expect(await app.ask(first, "numbers")).toEqual([1, 2, 3]);
      await app.tell(first, "finish");
    });

    it("monitors the one that lives when asked to", async () => {
      const id = uniqueQueue("watched");
      await start(named(id));
      const again = await start({ ...named(id), monitor: true, link: true });
      await app.tell(again, "crash", "on purpose");
      const heard = await app.hears(again, 2);
      expect(heard.map((event) => event.kind)).toEqual(["exit", "link_down"]);
    });

    it.each<{ policy: PayloadRecord }>([
      { policy: { "temporal.workflow.id_conflict_policy": "fail" } },
      { policy: { "temporal.workflow.execution_error_when_already_started": true } },
    ])("that lives is refused under $policy, and the one that lives hears nothing", async ({ policy }) => {
      const id = uniqueQueue("refused");
      const first = await start(named(id));
      const refused = await tryStart({ ...named(id), messages, options: { ...named(id).options, ...policy } });
      expect(refused).toMatchObject({
        kind: "ALREADY_EXISTS",
        retryable: false,
        details: { workflow_id: id, pid: first.text, run_id: await runs(id) },
      });
      expect(await app.ask(first, "numbers")).toEqual([]);
      await app.tell(first, "finish");
    });

    it("that has ended is refused under reject_duplicate, and its pid can be monitored", async () => {
      const id = uniqueQueue("once");
      const options = { ...named(id).options, "temporal.workflow.id_reuse_policy": "reject_duplicate" };
      const first = await start({ ...named(id), options, monitor: true });
      await app.tell(first, "finish", { order: 1 });
      expect(await app.hears(first)).toHaveLength(1);
      const refused = await tryStart({ ...named(id), options });
      expect(refused).toMatchObject({ kind: "ALREADY_EXISTS", details: { pid: first.text } });
      expect(await app.monitor(first)).toEqual({ ok: true, value: null });
      expect((await app.hears(first, 2))[1]).toMatchObject({ kind: "exit", reason: { value: { order: 1 } } });
    });

    it("that has ended makes a new run, and a monitor does not take one for the other", async () => {
      const id = uniqueQueue("again");
      const first = await start({ ...named(id), monitor: true });
      await app.tell(first, "finish", 1);
      await app.hears(first);
      const second = await start({ ...named(id), monitor: true, messages });
      expect(second.text).toBe(first.text);
      expect(await app.ask(second, "numbers")).toEqual([1, 2, 3]);
      await app.tell(second, "finish", 2);
      expect((await app.hears(first, 2)).map((event) => event.kind === "exit" && event.reason)).toEqual([
        { kind: "normal", value: 1 },
        { kind: "normal", value: 2 },
      ]);
    });

    it("under terminate_existing ends the old run, whose monitor hears of it, and starts anew", async () => {
      const id = uniqueQueue("replaced");
      const first = await start({ ...named(id), monitor: true });
      await app.ask(first, "numbers");
      const policy = { "temporal.workflow.id_conflict_policy": "terminate_existing" };
      const second = await start({ ...named(id), messages, options: { ...named(id).options, ...policy } });
      expect(await app.hears(first)).toMatchObject([{ reason: { kind: "failed", error: { kind: "CANCELED" } } }]);
      expect(await app.ask(second, "numbers")).toEqual([1, 2, 3]);
      await app.tell(second, "finish");
    });

    it("from inside a workflow means the same", async () => {
      const id = uniqueQueue("inside");
      const parent = await start({});
      const first = await start(named(id));
      await app.ask(parent, "send", { to: first.text, topic: "n", value: 0 });
      expect(await app.ask(first, "numbers")).toEqual([0]);
      await app.tell(first, "finish");
      await app.tell(parent, "finish");
    });
  });

  describe.each([
    { how: "without a name", options: (): SpawnOptions => ({}) },
    { how: "with a name", options: (): SpawnOptions => ({ name: uniqueQueue("early") }) },
    {
      how: "with an id and policy fail",
      options: (): SpawnOptions => ({
        options: { "temporal.workflow.id": uniqueQueue("early"), "temporal.workflow.id_conflict_policy": "fail" },
      }),
    },
  ])("startup messages $how", ({ options }) => {
    it("are ahead of every signal, however early that is sent", async () => {
      // Nobody runs the workflow until the signals are there.
      const idle = uniqueQueue("idle");
      const sender = await TestApp.boot(await agentApp(idle, "", "disable_workflow_worker: true"));
      const pid = await sender.spawn("t:flow", "t:worker", [], { ...options(), messages });
      const handle = server.client.workflow.getHandle(pid.id);
      await handle.signal("n", "foreign");
      await sender.tell(pid, "n", "own");
      const worker = await TestApp.boot(await agentApp(idle));
      expect(await sender.ask(pid, "numbers")).toEqual([1, 2, 3, "foreign", "own"]);
      await sender.tell(pid, "finish");
      await worker.stop();
      await sender.stop();
    });
  });

  it("with a retry policy is one process to whoever is bound to it, and each attempt has the startup messages", async () => {
    const options = { "temporal.workflow.retry_policy": { initial_interval: "1s", maximum_attempts: 2 } };
    const watcher = await app.spawn("t:agent", "t:memory", [{ trap: true }]);
    const pid = await start({ options, messages, monitor: true });
    await app.ask(watcher, "link", pid.text);
    const firstRun = await runs(pid.id);
    await app.tell(pid, "crash", "on purpose");
    await until(async () => (await runs(pid.id)) !== firstRun);
    expect(await app.ask(pid, "numbers")).toEqual([1, 2, 3]);
    expect(app.heard(pid)).toEqual([]);
    expect(await app.ask(watcher, "heard")).toEqual([]);
    await app.tell(pid, "crash", "for good");
    expect(await app.hears(pid)).toMatchObject([{ kind: "exit", reason: { kind: "failed" } }]);
    await until(async () => ((await app.ask(watcher, "heard")) as unknown[]).length > 0);
    expect(await app.ask(watcher, "heard")).toMatchObject([{ kind: "pid.link.down", from: pid.text }]);
  });

  it("an empty id, a wrong policy and an unknown entry are refused at once", async () => {
    const refused = async (options: SpawnOptions["options"]): Promise<unknown> => tryStart({ options: options! });
    expect(await refused({ "temporal.workflow.id": "" })).toMatchObject({
      kind: "INVALID",
      message: expect.stringContaining("workflow.id"),
    });
    const policy = await refused({ "temporal.workflow.id_conflict_policy": "maybe" });
    expect(policy).toMatchObject({ kind: "INVALID", message: expect.stringContaining('invalid value "maybe"') });
    const outcome = await app.client.spawn("t:nothing", "t:worker", []);
    expect(outcome).toMatchObject({ kind: "NOT_FOUND" });
  });

  it("a 3 MB argument or message, and a reserved topic, are refused with one clear error", async () => {
    const big = "x".repeat(3_000_000);
    const refused = await app.client.spawn("t:flow", "t:worker", [big]);
    expect(refused).toMatchObject({ kind: "INVALID", retryable: false });
    const [pid, sender] = [await start({}), await app.spawn("t:agent", "t:memory")];
    const sent: Outcome = await app.tell(pid, "n", big);
    expect(sent).toMatchObject({ ok: false, error: { kind: "INVALID" } });
    for (const from of [sender, pid]) {
      for (const topic of ["@perdure", "__temporal_x", "__stack_trace", "x".repeat(256)]) {
        await expect(app.ask(from, "send", { to: pid.text, topic, value: 1 })).rejects.toThrow(/^INVALID: /);
      }
    }
    expect(await app.ask(pid, "numbers")).toEqual([]);
    await app.tell(pid, "finish");
  });
});
