/** What a workflow process asks for: timers, functions, children, names. On the real server. */
import { ApplicationFailure } from "@temporalio/common";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Payload } from "../../mailbox/index.js";
import { describeTemporal } from "../support/temporal.js";
import { Harness } from "./fixture/harness.js";

type Heard = { kind: string; as?: string; outcome?: { ok: boolean; value?: Payload; error?: { kind: string } } }[];

describeTemporal("the requests of a workflow process", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open();
    harness.functions.set("app:double", (n) => (n as number) * 2);
    harness.functions.set("app:local", (n) => (n as number) + 1);
    harness.functions.set("app:fails", (kind, retryable) => {
      const error = { kind, message: "broken", retryable, details: { at: "x" } };
      throw ApplicationFailure.create({
        type: kind as string,
        message: "broken",
        nonRetryable: !retryable,
        details: [error],
      });
    });
  });

  afterAll(() => harness.close());

  const outcomes = async (commands: readonly { readonly [key: string]: unknown }[], count = commands.length) => {
    const run = await harness.start({ commands, until: count });
    const heard = (await run.result()) as Heard;
    return Object.fromEntries(heard.map((event) => [event.as ?? event.kind, event.outcome ?? event]));
  };

  const call = (as: string, target: string, args: readonly unknown[], options: object = {}) => ({
    kind: "request",
    as,
    request: { kind: "invoke", target, args, context: { tenant: "t1" }, options, key: `key-${as}` },
  });

  it("calls functions as activities, with caller, context and key in the header", async () => {
    const heard = await outcomes([
      { kind: "request", as: "timer", request: { kind: "timer", delayMs: 1 } },
      call("double", "app:double", [21]),
      call("local", "app:local", [1]),
    ]);
    expect(heard).toMatchObject({
      timer: { ok: true, value: null },
      double: { ok: true, value: 42 },
      local: { ok: true, value: 2 },
    });
    const double = harness.calls.find((made) => made.type === "app:double")!;
    expect(double).toMatchObject({ local: false, header: { v: 1, context: { tenant: "t1" }, key: "key-double" } });
    expect((double.header as { caller: string }).caller).toMatch(/^\{app:client@app:worker\|/);
    expect(harness.calls.find((made) => made.type === "app:local")).toMatchObject({ local: true });
  });

  it("tells how a call failed, in the terms of the specification", async () => {
    const once = { "activity.retry_policy": { maximum_attempts: 1 } };
    const heard = await outcomes([
      call("conflict", "app:fails", ["CONFLICT", false]),
      call("retryable", "app:fails", ["UNAVAILABLE", true], once),
      call("unknown", "app:nothing", []),
      call("plain", "app:plain", []),
      call("option", "app:double", [1], { "activity.start_to_close_timeout": "soon" }),
      call("nobody", "app:double", [1], {
        "activity.task_queue": `nobody-${harness.taskQueue}`,
        "temporal.activity.schedule_to_start_timeout": 1000,
      }),
    ]);
    expect(heard).toMatchObject({
      conflict: {
        error: { kind: "CONFLICT", message: "broken", retryable: false, details: { at: "x", _wrapper: "activity" } },
      },
      retryable: {
        error: { kind: "UNAVAILABLE", retryable: true, details: { _retry_state: "maximum_attempts_reached" } },
      },
      unknown: { error: { kind: "NOT_FOUND", retryable: false } },
      plain: { error: { kind: "NOT_FOUND", retryable: false } },
      option: {
        error: {
          kind: "INVALID",
          message: expect.stringMatching(/^invalid temporal activity options for app:double: /),
        },
      },
      nobody: { error: { kind: "TIMEOUT", retryable: false, details: { timeout_type: "schedule_to_start" } } },
    });
  });

  it("hears of the end of every child, however it was spawned, after the spawn's answer", async () => {
    const stopped = { commands: [{ kind: "stop", reason: { kind: "normal", value: { n: 1 } } }] };
    const failing = {
      commands: [{ kind: "stop", reason: { kind: "failed", error: { kind: "CONFLICT", message: "no" } } }],
    };
    const run = await harness.start({
      commands: [
        { kind: "spawn", entry: "app:script", host: "app:worker", args: [stopped], as: "good" },
        { kind: "spawn", entry: "app:script", host: "app:worker", args: [failing], as: "bad" },
        { kind: "exec", entry: "app:script", host: "app:worker", args: [stopped], as: "exec" },
      ],
      until: 5,
    });
    const heard = (await run.result()) as (Heard[number] & { from?: string; reason?: object })[];
    const child = (as: string) => heard.find((event) => event.as === as)!.outcome!.value as string;
    expect(child("good")).toMatch(/^\{app:client@app:worker\|[0-9a-f]{32}\}$/);
    const exits = new Map(heard.filter((event) => event.kind === "exit").map((event) => [event.from, event.reason]));
    expect(exits.get(child("good"))).toEqual({ kind: "normal", value: { n: 1 } });
    expect(exits.get(child("bad"))).toMatchObject({
      kind: "failed",
      error: { kind: "CONFLICT", message: "no", details: { _wrapper: "child_workflow", _workflow_type: "script" } },
    });
    expect(exits.size).toBe(2);
    expect(heard.find((event) => event.as === "exec")!.outcome).toEqual({ ok: true, value: { n: 1 } });
    for (const [pid] of exits) {
      const order = heard.map((event) => (event.kind === "exit" && event.from === pid ? "exit" : event.outcome?.value));
      expect(order.indexOf(pid)).toBeLessThan(order.indexOf("exit"));
    }
  });

  it("adopts a living workflow by name, with its startup messages, and refuses when told to", async () => {
    const name = `named-${harness.taskQueue}`;
    const living = await harness.start({ until: 2 }, {}, name);
    const spawn = (as: string, options: object) => ({
      kind: "spawn",
      entry: "app:script",
      host: "app:worker",
      args: [{}],
      as,
      options,
    });
    const first = await outcomes([
      spawn("adopted", {
        name,
        messages: [
          { topic: "m1", payloads: [1] },
          { topic: "m2", payloads: [] },
        ],
      }),
      spawn("refused", { name, options: { "temporal.workflow.id_conflict_policy": "fail" } }),
      spawn("option", { options: { "workflow.run_timeout": "soon" } }),
      spawn("empty", { options: { "workflow.id": "" } }),
    ]);
    expect(first).toMatchObject({
      adopted: { ok: true, value: harness.pid(name).text },
      refused: { error: { kind: "ALREADY_EXISTS", retryable: false, details: { workflow_id: name } } },
      option: { error: { kind: "INVALID" } },
      empty: { error: { kind: "INVALID", message: "workflow.id cannot be empty" } },
    });
    expect(await living.result()).toMatchObject([{ topic: "m1", payloads: [1] }, { topic: "m2" }]);
  });

  it("spawns a process on a process host, and asks for names and random bytes", async () => {
    const heard = await outcomes([
      { kind: "spawn", entry: "app:proc", host: "app:processes", args: [], as: "spawned" },
      { kind: "request", as: "name", request: { kind: "unregister", name: "n" } },
      { kind: "request", as: "random", request: { kind: "random", bytes: 2 } },
      { kind: "spawn", entry: "app:none", host: "app:worker", args: [], as: "unknown" },
      { kind: "spawn", entry: "app:plain", host: "app:worker", args: [], as: "function" },
    ]);
    expect(heard).toMatchObject({
      spawned: { ok: true, value: `{${harness.boot}@app:processes|0x00001}` },
      name: { ok: true, value: true },
      random: { ok: true, value: { $bytes: "Bwc=" } },
      unknown: { error: { kind: "NOT_FOUND", message: "factory not found" } },
      function: { error: { kind: "INVALID" } },
    });
  });
});
