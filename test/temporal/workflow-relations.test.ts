/** Links, monitors, cancels and kills of workflow processes. On the real server. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeTemporal } from "../support/temporal.js";
import { ownNamespace } from "../support/temporal-host.js";
import { Harness } from "./fixture/harness.js";

describeTemporal("the relations of a workflow process", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open({ namespace: await ownNamespace() });
    await harness.startOutside();
  });

  afterAll(() => harness.close());

  const pid = (id: string) => harness.pid(id).text;

  it("monitors a running workflow without a signal to it, and hears of its end", async () => {
    const target = await harness.start({});
    const watcher = await harness.start({
      commands: [{ kind: "monitor", to: pid(target.workflowId), as: "m" }],
      until: 2,
    });
    await expect.poll(() => harness.watches(watcher.workflowId)).toBe(1);
    expect((await target.fetchHistory()).events!.some((event) => event.workflowExecutionSignaledEventAttributes)).toBe(
      false,
    );
    await target.signal("stop");
    expect(await watcher.result()).toMatchObject([
      { as: "m", outcome: { ok: true } },
      { kind: "exit", from: pid(target.workflowId), reason: { kind: "normal", value: [] } },
    ]);
  });

  it("hears at once of a workflow that has closed, and not found of one that never was", async () => {
    const closed = await harness.start({ commands: [{ kind: "stop", reason: { kind: "normal", value: 7 } }] });
    await closed.result();
    const watcher = await harness.start({
      commands: [
        { kind: "monitor", to: pid(closed.workflowId), as: "closed" },
        { kind: "monitor", to: pid(randomUUID()), as: "never" },
        { kind: "send", to: pid(closed.workflowId), topic: "t", payloads: [], as: "send" },
        { kind: "link", to: pid(closed.workflowId), as: "link" },
      ],
      until: 5,
    });
    const heard = (await watcher.result()) as { as?: string; kind: string; outcome?: object; reason?: object }[];
    const of = (as: string) => heard.find((event) => event.as === as)?.outcome;
    expect(of("closed")).toMatchObject({ ok: true });
    expect(heard.find((event) => event.kind === "exit")).toMatchObject({ reason: { kind: "normal", value: 7 } });
    for (const as of ["never", "send", "link"])
      expect(of(as)).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
  });

  it("dies with a linked workflow, both ways, and hears LINK_DOWN when it traps", async () => {
    const trapping = await harness.start({ commands: [{ kind: "trap_links", on: true }], until: 1 });
    const target = await harness.start({});
    const linked = await harness.start({
      commands: [
        { kind: "link", to: pid(target.workflowId) },
        { kind: "link", to: pid(trapping.workflowId) },
      ],
    });
    await expect.poll(() => harness.watches(linked.workflowId)).toBe(2);
    await expect.poll(() => harness.watches(trapping.workflowId)).toBe(1);
    await target.terminate("test");
    await expect(linked.result()).rejects.toMatchObject({ cause: { message: "linked process failed" } });
    expect(await trapping.result()).toMatchObject([{ kind: "link_down", from: pid(linked.workflowId) }]);
  });

  it("is not touched by the normal end of a linked workflow", async () => {
    const target = await harness.start({});
    const linked = await harness.start({ commands: [{ kind: "link", to: pid(target.workflowId), as: "l" }] });
    await expect.poll(() => harness.watches(linked.workflowId)).toBe(1);
    await target.signal("stop");
    await target.result();
    await linked.signal("x");
    await linked.signal("stop");
    expect(await linked.result()).toMatchObject([{ as: "l" }, { topic: "x" }]);
  });

  it("takes a cancel from a process as one event with its reason, though a request comes with it", async () => {
    const target = await harness.start({});
    const canceller = await harness.start({
      commands: [{ kind: "cancel", to: pid(target.workflowId), reason: "enough", withinMs: 60_000, as: "c" }],
      until: 1,
    });
    expect(await canceller.result()).toMatchObject([{ outcome: { ok: true } }]);
    await target.signal("stop");
    expect(await target.result()).toMatchObject([
      { kind: "cancel", from: pid(canceller.workflowId), reason: "enough" },
    ]);
    const { events } = await target.fetchHistory();
    expect(events!.some((event) => event.workflowExecutionCancelRequestedEventAttributes)).toBe(true);
  });

  it("takes a plain cancel request as an event, goes on working, and ends CANCELED only when it says so", async () => {
    const target = await harness.start({ until: 3 });
    await target.cancel();
    await target.signal("do", [{ kind: "request", request: { kind: "timer", delayMs: 1 }, as: "timer" }]);
    await target.signal("x");
    const heard = (await target.result()) as { kind: string; from?: string }[];
    expect(heard.filter((event) => event.kind === "cancel")).toMatchObject([{ from: "{|topology}" }]);
    expect(heard.at(-1)).toMatchObject({ as: "timer", outcome: { ok: true } });
    const ending = await harness.start({});
    await ending.cancel();
    await ending.signal("do", [{ kind: "stop", reason: { kind: "cancelled", reason: "" } }]);
    await expect(ending.result()).rejects.toMatchObject({ cause: { name: "CancelledFailure" } });
  });

  it("kills another workflow, whose parent hears of it", async () => {
    const parent = await harness.start({
      commands: [
        {
          kind: "spawn",
          entry: "app:script",
          host: "app:worker",
          args: [{}],
          as: "s",
          options: { name: `k-${harness.taskQueue}` },
        },
      ],
      until: 2,
    });
    const child = pid(`k-${harness.taskQueue}`);
    await expect
      .poll(() =>
        harness.client.workflow
          .getHandle(`k-${harness.taskQueue}`)
          .describe()
          .then(
            () => true,
            () => false,
          ),
      )
      .toBe(true);
    await harness.start({ commands: [{ kind: "kill", to: child }], until: 1 });
    expect(await parent.result()).toMatchObject([
      { as: "s", outcome: { value: child } },
      {
        kind: "exit",
        from: child,
        reason: { kind: "failed", error: { kind: "CANCELED", message: "workflow terminated" } },
      },
    ]);
  });

  it("fails with a linked process whose node is lost, and waits for nobody when it ends", async () => {
    const node = `lost-${randomUUID().slice(0, 8)}`;
    const stop = await harness.startNode(node);
    const to = `{${node}@app:processes|0x1}`;
    const linked = await harness.start({ commands: [{ kind: "link", to, as: "l" }] });
    const watching = await harness.start({
      commands: [
        { kind: "trap_links", on: true },
        { kind: "monitor", to, as: "m" },
      ],
      until: 2,
    });
    const quick = await harness.start({ commands: [{ kind: "monitor", to, as: "m" }], until: 1 });
    await quick.result();
    await expect
      .poll(() => harness.calls.filter((call) => call.type === "@watch-node").length)
      .toBeGreaterThanOrEqual(2);
    await stop();
    await expect(linked.result()).rejects.toMatchObject({ cause: { message: "linked process failed" } });
    expect(await watching.result()).toMatchObject([
      { as: "m", outcome: { ok: true } },
      { kind: "exit", from: to, reason: { kind: "failed", error: { kind: "UNAVAILABLE" } } },
    ]);
    expect(harness.delivered().find((wire) => wire.to === to && wire.sig.kind === "demonitor")).toBeDefined();
  });

  it("ends with a parent that was linked and has failed before it could start", async () => {
    const parent = await harness.start({
      commands: [{ kind: "stop", reason: { kind: "failed", error: { kind: "X", message: "x" } } }],
    });
    await parent.result().catch(() => {});
    const { runId } = await parent.describe();
    const child = await harness.start({}, { parent: pid(parent.workflowId), parentIncarnation: runId, linkRef: 1 });
    await expect(child.result()).rejects.toMatchObject({ cause: { message: "linked process failed" } });
  });
});
