/** Both sides of the sandbox wall together: memory processes and Lua workflows of one node, through the real server. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, createSystem, type ProcessEvent, type System } from "../../actors/index.js";
import { MemoryHost, realClock, Scheduler } from "../../durability/memory/index.js";
import {
  openTemporalClient,
  openTemporalWorker,
  TemporalHost,
  type TemporalNode,
  type WorkflowWorld,
} from "../../durability/temporal/index.js";
import { LuaRuntime, type LuaSource } from "../../lua/index.js";
import type { Payload, Pid } from "../../mailbox/index.js";
import { describeTemporal, temporalAddress, uniqueQueue } from "../support/temporal.js";
import { ownNamespace } from "../support/temporal-host.js";
import { bundle } from "./fixture/world.js";

const entries = {
  "app:desk": `
    local funcs = require("funcs")
    return { main = function()
      local inbox, events = process.inbox(), process.events()
      while true do
        local r = channel.select({ inbox:case_receive(), events:case_receive() })
        if r.channel == events then
          return { event = r.value.kind, reason = r.value.reason }
        end
        local topic, from = r.value:topic(), r.value:from()
        local data = r.value:payload():data()
        if topic == "add" then process.send(from, "sum", (funcs.call("app:add", data[1], data[2]))) end
        if topic == "helper" then
          local pid, err = process.spawn_monitored("app:helper", "app:processes", data)
          local exit = events:receive()
          process.send(from, "helped", { pid = pid, same = exit.from == pid, value = exit.result.value })
        end
        if topic == "link" then process.send(from, "linked", (process.link(data))) end
        if topic == "stop" then return data end
      end
    end }`,
  "app:helper": `return { main = function(n) return n * 10 end }`,
  "app:idle": `return { main = function() process.inbox():receive() error("told to fail") end }`,
} as const;

const modules = ["process", "channel", "funcs", "time", "errors"];

function source(id: keyof typeof entries): LuaSource {
  const kind = id === "app:desk" ? "workflow.lua" : "process.lua";
  return { id, kind, text: entries[id], chunkName: id, method: "main", modules, imports: {}, hash: `hash of ${id}` };
}

describeTemporal("a node with memory processes and workflows", () => {
  let system: System;
  let node: TemporalNode;
  let client: Client;
  const heard: { from: Pid; topic: string; payloads: readonly Payload[] }[] = [];
  const events: ProcessEvent[] = [];

  beforeAll(async () => {
    const lua = new LuaRuntime();
    const clock = realClock();
    system = createSystem({
      node: `boot-${randomUUID().slice(0, 8)}`,
      clock,
      load: (spec) => lua.program(source(spec.entry as keyof typeof entries)),
      invoke: () => () => {},
      randomBytes: (count) => randomBytes(count),
    });
    const memory = new MemoryHost({ id: "app:processes", system, scheduler: new Scheduler(clock) });
    system.attach(memory);
    const taskQueue = uniqueQueue("node");
    const desk = source("app:desk");
    const world: WorkflowWorld = {
      sources: { [desk.hash]: desk },
      entries: {
        "app:desk": {
          kind: "workflow.lua",
          hash: desk.hash,
          workflowType: "app:desk",
          worker: "app:worker",
          options: {},
        },
        "app:add": { kind: "function.lua", hash: "", options: {}, activity: { worker: "app:worker", local: false } },
      },
      workers: { "app:worker": { client: "app:temporal", taskQueue } },
      processHosts: ["app:processes"],
    };
    const address = temporalAddress();
    const opened = await openTemporalClient({
      client: { id: "app:temporal", address, temporalNamespace: await ownNamespace() },
      system,
      world,
    });
    if ("kind" in opened) throw new Error(opened.message);
    node = opened;
    const path = join(await mkdtemp(join(tmpdir(), "perdure-bundle-")), "bundle.js");
    await writeFile(path, await bundle("lua"));
    const worker = await openTemporalWorker({
      id: "app:worker",
      client: node,
      taskQueue,
      bundle: path,
      run: async ({ args }) => ({ ok: true, value: (args[0] as number) + (args[1] as number) }),
    });
    system.attach(new TemporalHost({ id: "app:worker", client: node, taskQueue, worker }));
    client = memory.openClient("test");
    client.onEvent((event) => events.push(event));
    listen(memory);
  });

  afterAll(async () => {
    await system.close(1000);
    await node.close(1000);
  });

  /** A client has no ears for messages, so an echo process beside it would be needed; the router is tapped instead. */
  function listen(memory: MemoryHost): void {
    const deliver = memory.deliver.bind(memory);
    memory.deliver = (envelope) => {
      const { signal, from, to } = envelope;
      if (to.text === client.pid.text && signal.kind === "message")
        heard.push({ from, topic: signal.topic, payloads: signal.payloads });
      return deliver(envelope);
    };
  }

  async function desk(options: { link?: boolean; monitor?: boolean } = {}): Promise<Pid> {
    const pid = await client.spawn("app:desk", "app:worker", [], options);
    if ("message" in pid) throw new Error(pid.message);
    return pid;
  }

  const answers = (from: Pid, topic: string) =>
    heard.filter((message) => message.from.text === from.text && message.topic === topic);

  it("answers a message with the result of an activity, and its end is told to who monitors it", async () => {
    const pid = await desk({ monitor: true });
    expect(await client.send(pid, "add", [2, 3])).toEqual({ ok: true, value: null });
    await expect.poll(() => answers(pid, "sum"), { timeout: 5000 }).toMatchObject([{ payloads: [5] }]);
    await client.send(pid, "stop", { done: true });
    await expect
      .poll(() => events.filter((event) => event.from.text === pid.text), { timeout: 5000 })
      .toMatchObject([{ kind: "exit", reason: { kind: "normal", value: { done: true } } }]);
    expect(await client.send(pid, "add", [1, 1])).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
  });

  it("spawns a memory process and hears of its end", async () => {
    const pid = await desk();
    await client.send(pid, "helper", 4);
    await expect
      .poll(() => answers(pid, "helped"), { timeout: 5000 })
      .toMatchObject([{ payloads: [{ same: true, value: 40 }] }]);
    await client.send(pid, "stop", 1);
  });

  it("dies with a memory process that it linked itself to", async () => {
    const idle = (await client.spawn("app:idle", "app:processes", [])) as Pid;
    const pid = await desk({ monitor: true });
    await client.send(pid, "link", idle.text);
    await expect.poll(() => answers(pid, "linked"), { timeout: 5000 }).toMatchObject([{ payloads: [true] }]);
    await client.send(idle, "fail");
    await expect
      .poll(() => events.filter((event) => event.from.text === pid.text), { timeout: 5000 })
      .toMatchObject([
        { kind: "exit", reason: { kind: "failed", error: { kind: "INTERNAL", message: "linked process failed" } } },
      ]);
  });

  it("is told of a cancel once, with its reason", async () => {
    const pid = await desk({ link: true, monitor: true });
    expect(await client.cancel(pid, "enough")).toMatchObject({ ok: true });
    await expect
      .poll(() => events.filter((event) => event.from.text === pid.text), { timeout: 5000 })
      .toMatchObject([{ kind: "exit", reason: { kind: "normal", value: { event: "pid.cancel", reason: "enough" } } }]);
  });

  it("is heard as a lost link when it is killed", async () => {
    const pid = await desk({ link: true });
    await client.terminate(pid);
    await expect
      .poll(() => events.filter((event) => event.from.text === pid.text), { timeout: 5000 })
      .toMatchObject([{ kind: "link_down", error: { kind: "CANCELED", message: "workflow terminated" } }]);
  });
});
