/** Plain Temporal clients, which know nothing of us: the SDK's and the command line. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestApp, temporalEntries, until } from "../support/app.js";
import {
  connectTemporal,
  describeTemporal,
  type TemporalConnection,
  temporalCli,
  uniqueQueue,
} from "../support/temporal.js";

const queue = uniqueQueue("foreign");
const source = `
      local funcs = require("funcs")
      return function(order, note)
        local inbox, got = process.inbox(), {}
        while true do
          local msg = inbox:receive()
          local data = msg:payload():data()
          table.insert(got, {topic = msg:topic(), from = msg:from(), data = data})
          if msg:topic() == "done" then break end
        end
        local charged = assert(funcs.call("t:charge", {order = order.id, amount = order.amount}))
        return {order = order.id, note = note, got = got, charged = charged}
      end`;
const entries = `${temporalEntries(queue)}
  - {name: charge, kind: function.lua, method: main, source: "return function(what) return {receipt = what.order .. '/' .. what.amount} end", meta: {temporal: {activity: {worker: worker}}}}
  - name: order
    kind: workflow.lua
    modules: [funcs, process]
    source: |${source}
    meta: {temporal: {workflow: {worker: worker}}}
  - name: renamed
    kind: workflow.lua
    modules: [funcs, process]
    source: |${source}
    meta: {temporal: {workflow: {worker: worker, name: OrderWorkflow}}}
`;

interface StoredPayload {
  readonly encoding: string;
  readonly value: unknown;
}

/** Every payload anywhere below, decoded as JSON. */
function payloadsIn(what: unknown): StoredPayload[] {
  if (typeof what !== "object" || what === null) return [];
  const { metadata, data } = what as { metadata?: { encoding?: Uint8Array }; data?: Uint8Array };
  if (!metadata?.encoding) return Object.values(what).flatMap(payloadsIn);
  const encoding = Buffer.from(metadata.encoding).toString();
  return [{ encoding, value: JSON.parse(Buffer.from(data ?? []).toString()) }];
}

describeTemporal("a plain Temporal client", () => {
  let app: TestApp;
  let server: TemporalConnection;
  beforeAll(async () => {
    app = await TestApp.boot({ "_index.yaml": entries });
    server = await connectTemporal();
  });
  afterAll(async () => {
    await server?.connection.close();
    await app?.stop();
  });

  const result = {
    order: "o-1",
    note: "by hand",
    got: [
      { topic: "hint", from: "", data: { urgent: true } },
      { topic: "hint", from: "", data: [1, 2, "three"] },
      { topic: "done", from: "" },
    ],
    charged: { receipt: "o-1/120" },
  };

  it("of the SDK starts a workflow by its entry id, signals it by topic and reads its result", async () => {
    const workflowId = uniqueQueue("sdk");
    const handle = await server.client.workflow.start("t:order", {
      taskQueue: queue,
      workflowId,
      args: [{ id: "o-1", amount: 120 }, "by hand"],
    });
    await handle.signal("hint", { urgent: true });
    await handle.signal("hint", [1, 2, "three"]);
    await handle.signal("done");
    expect(await handle.result()).toEqual(result);
    expect(await handle.query("pid")).toBe(workflowId);
  });

  it("of the command line does so by a given type name, and its history is readable", async () => {
    const id = uniqueQueue("cli");
    const start = ["workflow", "start", "--type", "OrderWorkflow", "-t", queue, "-w", id];
    await temporalCli([...start, "-i", '{"id": "o-1", "amount": 120}', "-i", '"by hand"']);
    await temporalCli(["workflow", "signal", "-w", id, "--name", "hint", "-i", '{"urgent": true}']);
    await temporalCli(["workflow", "signal", "-w", id, "--name", "hint", "-i", '[1, 2, "three"]']);
    await temporalCli(["workflow", "signal", "-w", id, "--name", "done"]);
    expect(JSON.parse(await temporalCli(["workflow", "result", "-w", id, "-o", "json"]))).toMatchObject({ result });
    const { events } = await server.client.workflow.getHandle(id).fetchHistory();
    const values = payloadsIn(events).map(({ value }) => value);
    expect(values).toEqual(
      expect.arrayContaining([{ receipt: "o-1/120" }, { urgent: true }, { id: "o-1", amount: 120 }]),
    );
  });

  it("finds every payload of a history in json/plain, and the recorded pin as the first command", async () => {
    const workflowId = uniqueQueue("history");
    const handle = await server.client.workflow.start("t:order", {
      taskQueue: queue,
      workflowId,
      args: [{ id: "o-2", amount: 1 }],
    });
    await handle.signal("done");
    await handle.result();
    const events = (await handle.fetchHistory()).events ?? [];
    const payloads = payloadsIn(events);
    expect(payloads.length).toBeGreaterThan(4);
    for (const { encoding } of payloads) expect(encoding).toBe("json/plain");
    const first = events[events.findIndex((event) => event.workflowTaskCompletedEventAttributes) + 1];
    expect(first?.markerRecordedEventAttributes?.markerName).toBe("core_local_activity");
    const pinned = payloadsIn(first).map(({ value }) => value);
    expect(pinned).toContainEqual(expect.objectContaining({ activity_type: "@pin" }));
    expect(pinned).toContainEqual({ entry: "t:order", hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("is told of a workflow that a process started as of any other, and signals it", async () => {
    const pid = await app.spawn("t:order", "t:worker", [{ id: "o-3", amount: 5 }, "from a process"]);
    await app.tell(pid, "hint", 1);
    const handle = server.client.workflow.getHandle(pid.id);
    await handle.signal("done", "by hand");
    expect(await handle.result()).toEqual({
      order: "o-3",
      note: "from a process",
      got: [
        { topic: "hint", from: app.client.pid.text, data: 1 },
        { topic: "done", from: "", data: "by hand" },
      ],
      charged: { receipt: "o-3/5" },
    });
  });

  it("cannot break a workflow with signals that are reserved or malformed", async () => {
    const pid = await app.spawn("t:order", "t:worker", [{ id: "o-4", amount: 7 }]);
    const handle = server.client.workflow.getHandle(pid.id);
    for (const args of [[], ["nonsense"], [{ v: 99 }], [{ v: 1, kind: "exit" }]])
      await handle.signal("@perdure", ...args);
    await handle.signal("@other", 1);
    await handle.signal("done");
    expect(await handle.result()).toMatchObject({ got: [{ topic: "done", from: "" }] });
    await until(() => app.logs.length >= 5);
    for (const { record } of app.logs)
      expect(record).toMatchObject({ level: "warn", message: expect.stringMatching(/^a signal was refused: /) });
  });

  it("gets an error with the kind as its type", async () => {
    const handle = await server.client.workflow.start("t:order", {
      taskQueue: queue,
      workflowId: uniqueQueue("bad"),
      args: [],
    });
    await handle.signal("done");
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: "INTERNAL" } });
  });
});
