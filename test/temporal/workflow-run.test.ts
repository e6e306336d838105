/** A process as a Temporal workflow: what goes in, what comes out, and that it replays. On the real server. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeTemporal } from "../support/temporal.js";
import { Harness } from "./fixture/harness.js";

describeTemporal("a workflow process", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open();
  });

  afterAll(() => harness.close());

  it("starts without our header, pins its source first, and reads plain signals as messages", async () => {
    const run = await harness.startPlain({ until: 1 });
    await run.signal("hello", { a: 1 }, 2);
    expect(await run.result()).toEqual([
      { kind: "message", from: "", incarnation: "", topic: "hello", payloads: [{ a: 1 }, 2] },
    ]);
    const { events } = await run.fetchHistory();
    expect(
      events!.find((event) => event.markerRecordedEventAttributes)?.markerRecordedEventAttributes?.markerName,
    ).toBe("core_local_activity");
    expect(harness.calls.filter((call) => call.type === "@pin")).toHaveLength(1);
  });

  it("has its startup messages before any signal, in order, from its parent", async () => {
    const parent = `{${harness.boot}@app:processes|0x9}`;
    const messages = [
      { topic: "first", payloads: [1] },
      { topic: "second", payloads: [] },
    ];
    await harness.stopWorker();
    const run = await harness.start({ until: 3 }, { parent, parentIncarnation: harness.boot, messages });
    await run.signal("third");
    await harness.startWorker();
    expect(await run.result()).toMatchObject([
      { from: parent, topic: "first", payloads: [1] },
      { from: parent, topic: "second" },
      { from: "", topic: "third" },
    ]);
    expect(harness.calls.filter((call) => call.type === "@pin")).toHaveLength(1);
  });

  it("answers a process on this node in order, each reply numbered and by a local activity", async () => {
    const from = `{${harness.boot}@app:processes|0x1}`;
    const run = await harness.start({ until: 1 });
    await harness.signal(run.workflowId, "ping", ["one"], { from, incarnation: harness.boot });
    await harness.signal(run.workflowId, "ping", ["two"], { from, incarnation: harness.boot });
    await run.signal("end");
    await run.result();
    expect(harness.delivered().filter((wire) => wire.to === from)).toMatchObject([
      { seq: 1, sig: { kind: "message", topic: "pong", payloads: ["one"] } },
      { seq: 2, sig: { kind: "message", topic: "pong", payloads: ["two"] } },
    ]);
    const { events } = await run.fetchHistory();
    expect(events!.some((event) => event.activityTaskScheduledEventAttributes)).toBe(false);
  });

  it("answers a process on another node by that node's queue", async () => {
    const stopNode = await harness.startNode("other-node");
    const to = "{other-node@app:processes|0x1}";
    const run = await harness.start({
      commands: [{ kind: "send", to, topic: "t", payloads: [], as: "sent" }],
      until: 1,
    });
    expect(await run.result()).toMatchObject([{ as: "sent", outcome: { ok: true } }]);
    await stopNode();
  });

  it("says UNAVAILABLE of a node that nobody is, and NOT_FOUND of what cannot receive", async () => {
    const send = (as: string, to: string) => ({ kind: "send", to, topic: "t", payloads: [], as });
    const run = await harness.start({
      commands: [send("lost", "{nowhere@app:processes|0x1}"), send("none", "{|temporal}")],
      until: 2,
    });
    const heard = (await run.result()) as { as: string; outcome: object }[];
    const of = Object.fromEntries(heard.map(({ as, outcome }) => [as, outcome]));
    expect(of.lost).toMatchObject({ ok: false, error: { kind: "UNAVAILABLE", retryable: true } });
    expect(of.none).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
  });

  it("fails with its error in every field, and a kill cannot be retried away", async () => {
    const error = { kind: "CONFLICT", message: "no", retryable: false, details: { a: 1 } };
    const failed = await harness.start({ commands: [{ kind: "stop", reason: { kind: "failed", error } }] });
    await expect(failed.result()).rejects.toMatchObject({
      cause: { type: "CONFLICT", message: "no", nonRetryable: true, details: [error] },
    });
    const killed = await harness.start({});
    await harness.kernelSignal(killed.workflowId, {
      v: 1,
      from: "{|test}",
      inc: "",
      to: harness.pid(killed.workflowId).text,
      seq: 0,
      sig: { kind: "kill" },
    });
    await expect(killed.result()).rejects.toMatchObject({
      cause: { message: "process terminated", nonRetryable: true },
    });
  });

  it("sends to itself, and logs once though it is replayed", async () => {
    const run = await harness.start({});
    const self = harness.pid(run.workflowId).text;
    await run.signal("do", [{ kind: "send", to: self, topic: "note", payloads: [5], as: "sent" }]);
    await run.signal("@nonsense");
    await run.query("@digest");
    await harness.stopWorker();
    await harness.startWorker();
    await run.signal("stop");
    expect(await run.result()).toMatchObject([
      { kind: "message", from: self, topic: "note", payloads: [5] },
      { kind: "answer", as: "sent", outcome: { ok: true } },
    ]);
    const warned = harness.logs.filter((event) => event.pid === self);
    expect(warned.map((event) => [event.record.level, event.record.fields])).toEqual([
      ["warn", { signal: "@nonsense" }],
    ]);
  });

  it("gives the same digest on a fresh worker, and another one to other work", async () => {
    const script = { commands: [{ kind: "request", request: { kind: "random", bytes: 4 }, as: "random" }] };
    const run = await harness.start(script);
    const other = await harness.start({});
    await run.signal("note", { b: 1, a: "é😀" });
    const before = await run.query("@digest");
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await other.query("@digest")).not.toBe(before);
    await harness.stopWorker();
    await harness.startWorker();
    expect(await run.query("@digest")).toBe(before);
    expect(await run.query("pid")).toBe(run.workflowId);
    expect(await run.query("stack")).toContain("behaviour");
    await run.signal("stop");
    const heard = (await run.result()) as { as?: string; topic?: string; outcome?: object }[];
    expect(heard.find((event) => event.as === "random")).toMatchObject({ outcome: { value: { $bytes: "BwcHBw==" } } });
    expect(heard.find((event) => event.topic === "note")).toMatchObject({ payloads: [{ b: 1, a: "é😀" }] });
    expect(await run.query("@digest")).not.toBe(before);
  });

  it("fails the task, not the run, when the worker lacks the pinned source", async () => {
    const run = await harness.start({ until: 1 }, { hash: "h2" }, undefined, { workflowTaskTimeout: "1s" });
    await run.signal("x");
    await expect
      .poll(async () => failedTasks(await run.fetchHistory()), { timeout: 10_000 })
      .toContainEqual(expect.stringContaining("does not have the source h2 of app:script"));
    const { events } = await run.fetchHistory();
    expect(events!.some((event) => event.markerRecordedEventAttributes)).toBe(false);
    await harness.stopWorker();
    await harness.startWorker({ sources: { h1: "", h2: "" } });
    expect(await run.result()).toMatchObject([{ topic: "x" }]);
  });
});

describeTemporal("a workflow process that is never cached", () => {
  it("comes to the same end, replaying at each task", async () => {
    const harness = await Harness.open({ maxCachedWorkflows: 0 });
    try {
      harness.functions.set("app:double", (n) => (n as number) * 2);
      const run = await harness.start({
        commands: [
          { kind: "request", request: { kind: "timer", delayMs: 10 }, as: "timer" },
          { kind: "request", request: invoke("app:double", [21]), as: "double" },
          {
            kind: "spawn",
            entry: "app:script",
            host: "app:worker",
            args: [{ until: 1 }],
            as: "child",
            options: { name: "c" },
          },
        ],
      });
      await harness.signal("c", "hi", [], {}).catch(() => {});
      await expect
        .poll(() =>
          harness.client.workflow
            .getHandle("c")
            .signal("hi")
            .then(
              () => true,
              () => false,
            ),
        )
        .toBe(true);
      await run.signal("later");
      await expect.poll(async () => JSON.stringify(await run.query("@digest"))).toBeTruthy();
      await run.signal("stop");
      const heard = (await run.result()) as { kind: string; as?: string }[];
      expect(heard.map((event) => event.as ?? event.kind)).toContain("double");
    } finally {
      await harness.close();
    }
  });
});

function invoke(target: string, args: readonly unknown[]) {
  return { kind: "invoke", target, args, context: {}, options: {}, key: "k" };
}

function failedTasks(history: { events?: unknown[] | null }): string[] {
  return (history.events ?? []).flatMap((event) => {
    const attributes = (event as { workflowTaskFailedEventAttributes?: { failure?: { message?: string } } })
      .workflowTaskFailedEventAttributes;
    return attributes ? [attributes.failure?.message ?? ""] : [];
  });
}
