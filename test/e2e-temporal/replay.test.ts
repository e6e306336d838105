/** Replay: a worker that has never seen a run rebuilds it from its history, and its digest is that of the worker that lived it. */
import { readFile } from "node:fs/promises";
import { Worker } from "@temporalio/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AppConfig } from "../../app/index.js";
import { type TemporalNode, workflowCode } from "../../durability/temporal/index.js";
import type { Payload, Pid } from "../../mailbox/index.js";
import { type AppFiles, agentSource, TestApp, temporalEntries, until } from "../support/app.js";
import { connectTemporal, describeTemporal, type TemporalConnection, uniqueQueue } from "../support/temporal.js";

const names = [
  "messages",
  "activities",
  "futures",
  "timers",
  "children",
  "startup",
  "bonds",
  "coroutines",
  "chance",
  "self",
  "cancelled",
  "names",
  "numbers",
] as const;
type Scenario = (typeof names)[number];

const activity = "meta: {temporal: {activity: {worker: worker}}}";
const workflow = "meta: {temporal: {workflow: {worker: worker}}}";

async function scenarioApp(queue: string, options: string): Promise<AppFiles> {
  const yaml = `${temporalEntries(queue, options).replace("namespace: t", "namespace: s")}
  - {name: scenario, kind: workflow.lua, source: "file://scenarios.lua", modules: [channel, errors, funcs, process, time, uuid, workflow], ${workflow}}
  - {name: child, kind: workflow.lua, modules: [errors], source: "file://child.lua", ${workflow}}
  - {name: agent, kind: workflow.lua, modules: [channel, process, time], source: "file://agent.lua", ${workflow}}
  - {name: echo, kind: process.lua, source: "return function(...) return {...} end"}
  - {name: agent_process, kind: process.lua, modules: [channel, process, time], source: "file://agent.lua"}
  - {name: sum, kind: function.lua, method: main, source: "return function(...) local s = 0 for _, n in ipairs({...}) do s = s + n end return s end", ${activity}}
  - {name: refuse, kind: function.lua, method: main, source: "return function() return nil, 'not today' end", ${activity}}
  - {name: raise, kind: function.lua, method: main, source: "return function() error('raised') end", ${activity}}
  - {name: flaky, kind: function.lua, method: main, modules: [process], source: "file://flaky.lua", ${activity}}
`;
  const child = `local errors = require("errors")
return function(how)
  if how == "fail" then error(errors.new({kind = "CONFLICT", message = "child failed", retryable = false})) end
  return {how = how}
end
`;
  // The first attempt of each key registers a name that nothing ends: a counter that outlives the call.
  const flaky = `local process = require("process")
return function(key)
  local seen = process.registry.lookup("flaky-" .. key)
  if not seen then
    process.registry.register("flaky-" .. key, process.pid():gsub("|.*", "|first}"))
    error("first attempt of " .. #key)
  end
  return "second attempt"
end
`;
  const scenarios = await readFile(new URL("apps/scenarios.lua", import.meta.url), "utf8");
  return {
    "_index.yaml": yaml,
    "scenarios.lua": scenarios,
    "child.lua": child,
    "agent.lua": await agentSource(),
    "flaky.lua": flaky,
  };
}

describeTemporal("replay", () => {
  let server: TemporalConnection;
  beforeAll(async () => {
    server = await connectTemporal();
  });
  afterAll(() => server?.connection.close());

  const digest = (pid: Pid): Promise<string> => server.client.workflow.getHandle(pid.id).query<string>("@digest");

  /** The digest once nothing is under way that will change it. */
  const settledDigest = async (pid: Pid): Promise<string> => {
    const handle = server.client.workflow.getHandle(pid.id);
    let seen: { length: number; digest: string } | undefined;
    for (;;) {
      const { historyLength: length, raw } = await handle.describe();
      const now = { length, digest: await digest(pid) };
      const quiet = !raw.pendingWorkflowTask && now.length === seen?.length && now.digest === seen.digest;
      if (quiet) return now.digest;
      seen = now;
    }
  };

  describe.each([
    { cache: "the usual cache", options: "" },
    { cache: "no cache", options: "max_cached_workflows: 0" },
  ])("with $cache", ({ options }) => {
    const queue = uniqueQueue("replay");
    /** Holds the processes and runs the activities, through all restarts of the workers. */
    let home: TestApp;
    let worker: TestApp | undefined;
    const runs = new Map<Scenario, Pid>();
    const results = new Map<Scenario, Payload>();

    const boot = async (): Promise<void> => {
      await worker?.stop();
      worker = undefined;
      worker = await TestApp.boot(await scenarioApp(queue, options));
    };

    beforeAll(async () => {
      home = await TestApp.boot(await scenarioApp(queue, "disable_workflow_worker: true"));
      await boot();
      await Promise.all(names.map(run));
    });
    afterAll(async () => {
      await worker?.stop();
      await home?.stop();
    });

    const run = async (name: Scenario): Promise<void> => {
      const [process, flow, kept] = await Promise.all([
        home.spawn("s:agent_process", "s:memory"),
        home.spawn("s:agent", "s:worker"),
        home.spawn("s:agent_process", "s:memory"),
      ]);
      const nobody = flow.text.replace(flow.id, "never-was");
      const peers = { process: process.text, workflow: flow.text, kept: kept.text, nobody, host: "s:worker" };
      const pid = await home.spawn("s:scenario", "s:worker", [name, peers], { monitor: true });
      runs.set(name, pid);
      if (name === "messages") {
        for (const n of [1, 2, 3]) await home.ask(process, "send", { to: pid.text, topic: "ordinary", value: { n } });
        await server.client.workflow.getHandle(pid.id).signal("listened", "by a foreign client", 2);
      }
      if (name === "cancelled") await home.client.cancel(pid, "enough");
      if (name === "bonds") {
        await home.ask(pid, "bound");
        await Promise.all([home.tell(process, "crash", "on purpose"), home.tell(flow, "crash", "on purpose")]);
      }
      const ready = await home.client.call(pid, "ready", null, 60_000);
      // A scenario that failed has said more than its caller was told.
      if (!ready.ok) throw new Error(`${name}: ${ready.error.message}; ${JSON.stringify(home.heard(pid))}`);
      results.set(name, ready.value);
    };

    it("every scenario comes to its end", () => {
      const error = (kind: string, retryable?: boolean) => ({
        kind,
        ...(retryable === undefined ? {} : { retryable }),
      });
      const child = { kind: "CONFLICT", message: "child failed", retryable: false };
      expect(Object.fromEntries(results)).toMatchObject({
        messages: {
          seen: [{ n: 1 }, { n: 2 }, { n: 3 }],
          listened: ["by a foreign client", 2],
          gone: error("NOT_FOUND", false),
          answer: [1, 2, 3],
          other: { a: "b" },
        },
        activities: {
          sum: 6,
          refused: { kind: "INTERNAL", message: "not today", retryable: false },
          raised: error("INTERNAL"),
          missing: error("NOT_FOUND", false),
        },
        futures: {
          got: 642,
          refused: { kind: "INTERNAL", message: "not today", retryable: false },
          canceled: error("CANCELED", false),
          complete: false,
        },
        timers: { first: true, stopped: true, ticks: 2, late: true },
        children: {
          mine: true,
          first: { how: "fine" },
          second: child,
          result: { how: "exec" },
          failed: child,
          third: ["in memory"],
        },
        startup: { numbers: [1, [2], "three"], ended: "bye" },
        bonds: { kinds: ["pid.exit", "pid.exit", "pid.link.down", "pid.link.down"], gone: error("NOT_FOUND") },
        coroutines: { total: 91, idle: true },
        chance: { same: false },
        self: [
          [1, true],
          [2, true],
          [3, true],
        ],
        cancelled: { kind: "pid.cancel", reason: "enough", undone: 42 },
        names: { err: error("NOT_FOUND"), found: true, data: "by name", gone: true },
        numbers: [5000050000, 2147483648, 1790000000000, 3, -4, 2, 2, "3600000000000"],
      });
    });

    it("a fresh worker has the digest of the one that lived it, and goes on from there", async () => {
      const live = new Map<Scenario, string>();
      for (const [name, pid] of runs) live.set(name, await settledDigest(pid));
      expect(new Set(live.values()).size).toBe(names.length);
      await boot();
      for (const [name, pid] of runs) expect(await digest(pid), name).toBe(live.get(name));
      await Promise.all([...runs].map(([name, pid]) => home.tell(pid, name === "self" ? "fail" : "finish")));
      for (const [name, pid] of runs) {
        const reason =
          name === "self" ? { kind: "failed" } : { kind: "normal", value: { name, result: results.get(name) } };
        expect(await home.hears(pid)).toMatchObject([{ reason }]);
      }
    });

    it("so does one of the closed runs", async () => {
      const live = new Map<Scenario, string>();
      for (const [name, pid] of runs) live.set(name, await digest(pid));
      await boot();
      for (const [name, pid] of runs) expect(await digest(pid), name).toBe(live.get(name));
    });

    it("and the SDK's own replay finds nothing", async () => {
      const code = await workflowCode(nodeOf(worker!).world);
      for (const [name, pid] of runs) {
        const history = await server.client.workflow.getHandle(pid.id).fetchHistory();
        await expect(
          Worker.runReplayHistory({ workflowBundle: { code } }, history, name),
          name,
        ).resolves.toBeUndefined();
      }
    });
  });

  it("of a run whose activity would now get another argument is caught by the digest, and by it alone", async () => {
    const queue = uniqueQueue("planted");
    const files = (argument: string): AppFiles => ({
      "_index.yaml": `${temporalEntries(queue)}
  - {name: echo, kind: function.lua, method: main, source: "return function(x) return 'same' end", meta: {temporal: {activity: {worker: worker}}}}
  - name: planted
    kind: workflow.lua
    modules: [funcs, process]
    source: |
      local funcs = require("funcs")
      return function()
        funcs.call("t:echo", ${argument})
        process.inbox():receive()
        return "done"
      end
    meta: {temporal: {workflow: {worker: worker}}}
`,
    });
    const first = await TestApp.boot(files("1"));
    const { hash } = first.running.config.entries.get("t:planted") as { hash: string };
    const pid = await first.spawn("t:planted", "t:worker");
    const handle = server.client.workflow.getHandle(pid.id);
    await until(async () =>
      ((await handle.fetchHistory()).events ?? []).some((e) => e.activityTaskCompletedEventAttributes),
    );
    const live = await settledDigest(pid);
    await first.stop();
    // As if the argument hung on something that counts on in the worker: the pinned source says another thing there.
    const second = await TestApp.boot(files("2"), (config) => withHash(config, "t:planted", hash));
    try {
      expect(await digest(pid)).not.toBe(live);
      const history = await handle.fetchHistory();
      const code = await workflowCode(nodeOf(second).world);
      await expect(Worker.runReplayHistory({ workflowBundle: { code } }, history, pid.id)).resolves.toBeUndefined();
      const third = await TestApp.boot(files("1"));
      await second.stop();
      expect(await digest(pid)).toBe(live);
      await third.stop();
    } finally {
      await handle.terminate();
      await second.stop();
    }
  });
});

function nodeOf(app: TestApp): TemporalNode {
  for (const part of app.running.parts.values()) if (part.part === "temporal.client") return part.client;
  throw new Error("the app has no temporal.client");
}

function withHash(config: AppConfig, id: string, hash: string): AppConfig {
  const entries = new Map(config.entries);
  entries.set(id, { ...entries.get(id)!, hash } as never);
  return { ...config, entries };
}
