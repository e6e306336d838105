/** Probe (temporary). */
import { afterAll, beforeAll, it } from "vitest";
import { describeTemporal } from "../support/temporal.js";
import { Harness } from "./fixture/harness.js";
describeTemporal("probe", () => {
  let harness: Harness;
  beforeAll(async () => { harness = await Harness.open(); });
  afterAll(() => harness.close());
  const report = (name: string, s: string) => console.log(`PROBE ${name}: ${s}`);
  const fate = async (id: string, ms = 8000) => {
    const h = harness.client.workflow.getHandle(id);
    for (const end = Date.now() + ms; ; ) {
      const d = await h.describe();
      if (d.status.name !== "RUNNING") return `${d.status.name} ${await h.result().then((x) => JSON.stringify(x).length + " chars", (e) => e.cause?.message?.slice(0, 200))}`;
      if (Date.now() > end) { const p = d.raw.pendingWorkflowTask; await h.terminate(); return `RUNNING attempt ${p?.attempt} len ${d.historyLength}`; }
      await new Promise((r) => setTimeout(r, 200));
    }
  };
  it("big", async () => {
    const sinks = await Promise.all([1, 2, 3, 4, 5, 6].map(() => harness.start({})));
    await harness.stopWorker();
    const run = await harness.start({ until: 6 });
    for (const [i, k] of sinks.entries()) await run.signal("do", [{ kind: "send", to: harness.pid(k.workflowId).text, topic: "t", payloads: ["x".repeat(900_000)], as: `s${i}` }]);
    await harness.startWorker();
    report("send 6x900k", await fate(run.workflowId, 15000));
    for (const s of sinks) await s.terminate();
    harness.functions.set("app:double", () => "x".repeat(900_000));
    const call = (as: string, size: number) => ({ kind: "request", as, request: { kind: "invoke", target: "app:double", args: [size], context: {}, options: {}, key: `key-${as}` } });
    const r2 = await harness.start({ commands: [1, 2, 3].map((i) => call(`r${i}`, 1)), until: 3 });
    report("result 2.7MB", await fate(r2.workflowId));
    harness.functions.set("app:double", () => "x".repeat(5_000_000));
    const r3 = await harness.start({ commands: [call(`r`, 1)], until: 1 });
    report("activity result 5MB", await fate(r3.workflowId, 15000));
    harness.functions.set("app:double", () => { throw new Error("x".repeat(5_000_000)); });
    const r4 = await harness.start({ commands: [call(`r`, 1)], until: 1 });
    report("activity failure 5MB", await fate(r4.workflowId, 15000));
    harness.functions.set("app:local", () => "x".repeat(3_000_000));
    const lc = (as: string) => ({ kind: "request", as, request: { kind: "invoke", target: "app:local", args: [1], context: {}, options: {}, key: `key-${as}` } });
    const r5 = await harness.start({ commands: [lc("a"), lc("b")], until: 2 });
    report("2 local results 3MB", await fate(r5.workflowId, 15000));
    const r6 = await harness.start({});
    await r6.signal("do", [{ kind: "stop", reason: { kind: "failed", error: { kind: "INTERNAL", message: "x".repeat(900_000) } } }]);
    report("failure 900k", await fate(r6.workflowId, 8000));
  }, 120000);
});
