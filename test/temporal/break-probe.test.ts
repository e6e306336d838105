/** Probe (temporary). */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeTemporal } from "../support/temporal.js";
import { Harness } from "./fixture/harness.js";
import { headerKey } from "../../durability/temporal/workflow/protocol.js";

const enc = (s: string) => new TextEncoder().encode(s);

describeTemporal("probe", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.open();
    harness.functions.set("app:double", (n) => (n as number) * 2);
    harness.functions.set("app:plain", () => 1);
    harness.functions.set("app:double", () => "x".repeat(3_000_000)); harness.functions.set("app:local", () => 1);
    harness.functions.set("app:fails", async () => new Promise((r) => setTimeout(() => r(1), 500)));
    await harness.startOutside();
  });
  afterAll(() => harness.close());

  const raw = async (id: string, signalName: string, payloads: unknown[], fields: object = {}) =>
    harness.client.workflowService.signalWorkflowExecution({
      namespace: "default", workflowExecution: { workflowId: id }, signalName, requestId: randomUUID(),
      input: { payloads: payloads as never }, header: { fields: fields as never },
    });

  /** Failed tasks of a run, or its result. */
  const fate = async (id: string, ms = 4000) => {
    const h = harness.client.workflow.getHandle(id);
    const end = Date.now() + ms;
    for (;;) {
      const hist = await h.fetchHistory();
      const failed = hist.events!.filter((e) => e.workflowTaskFailedEventAttributes);
      if (failed.length) { const r = `TASK FAILED: ${failed[0]!.workflowTaskFailedEventAttributes!.cause} ${failed[0]!.workflowTaskFailedEventAttributes!.failure?.message?.slice(0, 200)}`; await h.terminate().catch(()=>{}); return r; }
      const st = (await h.describe()).status.name;
      if (st !== "RUNNING") { try { return `DONE ${JSON.stringify(await h.result()).slice(0, 400)}`; } catch (e: any) { return `${st} ${e.cause?.message?.slice(0,200)}`; } }
      if (Date.now() > end) { await h.terminate().catch(()=>{}); return "RUNNING: " + hist.events!.map((e)=>Object.keys(e).find(k=>k.endsWith("Attributes") && (e as any)[k])?.replace("EventAttributes","")).slice(-6).join(","); }
      await new Promise((r) => setTimeout(r, 150));
    }
  };
  const out: string[] = [];
  const report = (name: string, s: string) => { out.push(`${name}: ${s}`); console.log(`PROBE ${name}: ${s}`); };

  const signals: [string, string, unknown[], object][] = [
    ["junk header json", "t", [], { [headerKey]: { metadata: { encoding: enc("json/plain") }, data: enc("{bad") } }],
    ["header unknown enc", "t", [], { [headerKey]: { metadata: { encoding: enc("binary/what") }, data: enc("{bad") } }],
    ["header null", "t", [], { [headerKey]: { metadata: { encoding: enc("json/plain") }, data: enc("null") } }],
    ["header chain null", "t", [], { [headerKey]: { metadata: { encoding: enc("json/plain") }, data: enc(JSON.stringify({ v: 1, from: "", incarnation: "", seq: 0, call: { ref: 1, chain: [null] } })) } }],
    ["header neg seq", "t", [], { [headerKey]: { metadata: { encoding: enc("json/plain") }, data: enc(JSON.stringify({ v: 1, from: "{a|b}", incarnation: "", seq: -5 })) } }],
    ["arg unknown enc", "t", [{ metadata: { encoding: enc("binary/encrypted") }, data: enc("zz") }], {}],
    ["arg bad json", "t", [{ metadata: { encoding: enc("json/plain") }, data: enc("{zz") }], {}],
    ["arg no metadata", "t", [{ data: enc("{zz") }], {}],
    ["name __temporal_x", "__temporal_x", [], {}],
    ["name __stack_trace", "__stack_trace", [], {}],
    ["name __proto__", "__proto__", [], {}],
    ["name constructor", "constructor", [], {}],
    ["kernel cancel huge within", "@perdure", [{ metadata: { encoding: enc("json/plain") }, data: enc(JSON.stringify({ v: 1, from: "{a|b}", inc: "", to: "{a|c}", seq: 0, sig: { kind: "cancel", withinMs: 1e300 } })) }], {}],
    ["kernel message raw", "@perdure", [{ metadata: { encoding: enc("json/plain") }, data: enc(JSON.stringify({ v: 1, from: "", inc: "", to: "{a|c}", seq: 0, sig: { kind: "message", topic: "__proto__", payloads: [{ __proto__: 1 }] } })) }], {}],
    ["kernel exit junk refs", "@perdure", [{ metadata: { encoding: enc("json/plain") }, data: enc(JSON.stringify({ v: 1, from: "{a|b}", inc: "", to: "{a|c}", seq: 0, sig: { kind: "exit", via: "link", refs: [1, -1, 0], reason: { kind: "killed" } } })) }], {}],
    ["kernel link odd pid", "@perdure", [{ metadata: { encoding: enc("json/plain") }, data: enc(JSON.stringify({ v: 1, from: "{app:client@app:worker|}", inc: "", to: "{a|c}", seq: 0, sig: { kind: "link", ref: 7 } })) }], {}],
    ["kernel link huge id", "@perdure", [{ metadata: { encoding: enc("json/plain") }, data: enc(JSON.stringify({ v: 1, from: `{app:client@app:worker|${"ü".repeat(900)}}`, inc: "not-a-run", to: "{a|c}", seq: 0, sig: { kind: "link", ref: 7 } })) }], {}],
    ["kernel link long node", "@perdure", [{ metadata: { encoding: enc("json/plain") }, data: enc(JSON.stringify({ v: 1, from: `{${"n".repeat(2000)}@app:worker|x}`, inc: "not-a-run", to: "{a|c}", seq: 0, sig: { kind: "link", ref: 7 } })) }], {}],
  ];
  const call = (as: string, target: string, args: readonly unknown[], options: object = {}) => ({
    kind: "request", as, request: { kind: "invoke", target, args, context: {}, options, key: `key-${as}` },
  });
  const spawn = (as: string, more: object) => ({ kind: "spawn", entry: "app:script", host: "app:worker", args: [{ commands: [{ kind: "stop", reason: { kind: "normal", value: 1 } }] }], as, ...more });
  const big = "x".repeat(900_000);
  it("commands", async () => {
    const sink = await harness.start({});
    const sinks = await Promise.all([1, 2, 3, 4, 5, 6].map(() => harness.start({})));
    const long = (n: number) => "q".repeat(n);
    const cases: [string, { [k: string]: unknown }[], number][] = [
      ["child id proto", [spawn("c", { options: { name: "__proto__" } })], 2],
      ["child id 1000 bytes", [spawn("c", { options: { name: "ü".repeat(500) } })], 2],
      ["child huge timeout", [spawn("c", { options: { options: { "workflow.run_timeout": 1e300 } } })], 2],
      ["child zero timeouts", [spawn("c", { options: { options: { "workflow.run_timeout": 0, "workflow.task_timeout": 0, "workflow.execution_timeout": 0 } } })], 2],
      ["child task timeout big", [spawn("c", { options: { options: { "workflow.task_timeout": "1000h" } } })], 2],
      ["child prio", [spawn("c", { options: { options: { "workflow.priority": { priority_key: 99 } } } })], 2],
      ["child fair", [spawn("c", { options: { options: { "workflow.priority": { fairness_key: long(500) } } } })], 2],
      ["child memo big", [spawn("c", { options: { options: { "workflow.memo": { a: long(3000) } } } })], 2],
      ["child retry no", [spawn("c", { options: { options: { "workflow.retry_policy": { maximum_attempts: 1e15 } } } })], 2],
      ["child retry backoff", [spawn("c", { options: { options: { "workflow.retry_policy": { backoff_coefficient: 1e308 } } } })], 2],
      ["child retry maxint", [spawn("c", { options: { options: { "workflow.retry_policy": { initial_interval: 1e300 } } } })], 2],
      ["attempts big", [call("a", "app:local", [1], { "activity.retry_policy": { maximum_attempts: 1e15 } })], 1],
      ["backoff big", [call("a", "app:local", [1], { "activity.retry_policy": { backoff_coefficient: 1e308 } })], 1],
      ["initial big", [call("a", "app:local", [1], { "activity.retry_policy": { initial_interval: 1e300 } })], 1],
      ["nonretry", [call("a", "app:double", [1], { "activity.retry_policy": { non_retryable_error_types: [long(5000)] } })], 1],
      ["attempts big normal", [call("a", "app:double", [1], { "activity.retry_policy": { maximum_attempts: 1e15 } })], 1],
      ["backoff big normal", [call("a", "app:double", [1], { "activity.retry_policy": { backoff_coefficient: 1e308 } })], 1],
      ["queue long", [call("a", "app:double", [1], { "activity.task_queue": long(1001), "activity.schedule_to_start_timeout": 1000 })], 1],
      ["send long topic", [{ kind: "send", to: harness.pid(sink.workflowId).text, topic: long(255), payloads: [1], as: "x" }], 1],
      ["send long unicode topic", [{ kind: "send", to: harness.pid(sink.workflowId).text, topic: "ü".repeat(127), payloads: [1], as: "x" }], 1],
      ["send id", [{ kind: "send", to: `{app:client@app:worker|${"ü".repeat(500)}}`, topic: "x", payloads: [1], as: "x" }], 1],
      ["send nul topic", [{ kind: "send", to: harness.pid(sink.workflowId).text, topic: "a\u0000b", payloads: [1], as: "x" }], 1],
      ["send node long", [{ kind: "send", to: `{${long(990)}@app:worker|x}`, topic: "x", payloads: [1], as: "x" }], 1],
    ];
    void sink;
    for (const [name, commands, until] of cases) {
      if (name === "child id proto") harness.functions.set("app:double", (n) => (n as number) * 2);
      try {
      const run = await harness.start({ commands, until });
      report(name, await fate(run.workflowId, 5000));
      } catch (e: any) { report(name, "START: " + e.message + " " + e.cause?.message); }
    }
    harness.functions.set("app:double", () => "x".repeat(900_000));
    {
      const name = "send 6x900k";
      await harness.stopWorker();
      const run = await harness.start({ until: 6 });
      for (const [i, k] of sinks.entries()) await run.signal("do", [{ kind: "send", to: harness.pid(k.workflowId).text, topic: "t", payloads: ["x".repeat(900_000)], as: `s${i}` }]);
      await harness.startWorker();
      report(name, await fate(run.workflowId, 14000));
    }
    {
      const run = await harness.start({ commands: [1, 2, 3].map((i) => call(`r${i}`, "app:double", [1])), until: 3 });
      report("result 2.7MB", await fate(run.workflowId, 9000));
    }
    // big sends: start small, then send payload via activity result
    for (const s of [...sinks, sink]) await s.terminate();
  }, 300000);
  void big; void expect;
});
