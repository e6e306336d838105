/** Two nodes on one task queue: who runs a workflow and where its peers live have nothing to do with each other. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentApp, ChildNode, TestApp, until } from "../support/app.js";
import { describeTemporal, uniqueQueue } from "../support/temporal.js";

const more = `  - {name: announcer, kind: process.lua, source: "file://announcer.lua", modules: [channel, process, time], imports: {agent: lib}}
  - {name: lib, kind: library.lua, source: "file://agent.lua", modules: [channel, process, time]}
  - name: where
    kind: function.lua
    method: main
    source: |
      return function() return (string.match(process.pid(), "^{([^@]*)@")) end
    meta: {temporal: {activity: {worker: worker}}}
  - name: wanderer
    kind: workflow.lua
    modules: [funcs, process]
    source: |
      local funcs = require("funcs")
      return function(answers)
        local nodes, inbox = {}, process.inbox()
        for n = 1, answers do
          local msg = inbox:receive()
          local node, err = funcs.call("t:where")
          if err then error(err) end
          nodes[n] = node
          assert(process.send(msg:from(), "n", msg:payload():data() .. " answered"))
        end
        return nodes
      end
    meta: {temporal: {workflow: {worker: worker}}}
`;
const announcerService = `  - {name: service, kind: process.service, process: announcer, host: memory, lifecycle: {auto_start: true, requires: [worker]}}
`;
const announcerSource = `local agent = require("agent")
return { main = function() print("pid " .. process.pid()) return agent.main({ trap = true }) end }
`;

interface Heard {
  kind: string;
  from: string;
}

describeTemporal("two nodes on one task queue", () => {
  /** `a` runs in this process, `b` beside it. */
  let a: TestApp;
  let b: ChildNode;
  /** Pid of a process on b. */
  let there: string;
  const queue = uniqueQueue("nodes");

  beforeAll(async () => {
    const files = async (extra: string) => ({
      ...(await agentApp(queue, more + extra)),
      "announcer.lua": announcerSource,
    });
    [a, b] = await Promise.all([TestApp.boot(await files("")), ChildNode.start(await files(announcerService))]);
    there = await b.printed("pid");
  });
  afterAll(async () => {
    await a?.stop();
    await b?.kill();
  });

  const thereDo = (via: string, topic: string, value: unknown) =>
    a.ask(via, "call", { to: there, topic, value } as never);

  it("a workflow replies to processes of both, whichever runs its activities", async () => {
    const here = await a.spawn("t:agent", "t:memory");
    const relay = await a.spawn("t:flow", "t:worker");
    const rounds = 12;
    const wanderers = await Promise.all(
      Array.from({ length: 4 }, () => a.spawn("t:wanderer", "t:worker", [rounds], { monitor: true })),
    );
    for (const wanderer of wanderers) {
      for (let n = 1; n <= rounds; n += 2) {
        await a.ask(here, "send", { to: wanderer.text, topic: "work", value: `a${n}` });
        await thereDo(relay.text, "send", { to: wanderer.text, topic: "work", value: `b${n}` });
      }
    }
    const ran: unknown[] = [];
    for (const wanderer of wanderers) {
      const [event] = await a.hears(wanderer);
      expect(event).toMatchObject({ reason: { kind: "normal" } });
      if (event?.kind === "exit" && event.reason.kind === "normal") ran.push(...(event.reason.value as string[]));
    }
    expect(new Set(ran).size, "both nodes should have run activities").toBe(2);
    const answers = (letter: string) => Array.from({ length: rounds / 2 }, (_, i) => `${letter}${2 * i + 1} answered`);
    const four = (letter: string) => [1, 2, 3, 4].flatMap(() => answers(letter)).sort();
    await until(async () => ((await a.ask(here, "numbers")) as unknown[]).length === 2 * rounds);
    expect(((await a.ask(here, "numbers")) as string[]).sort()).toEqual(four("a"));
    await until(async () => ((await thereDo(relay.text, "numbers", null)) as unknown[]).length === 2 * rounds);
    expect(((await thereDo(relay.text, "numbers", null)) as string[]).sort()).toEqual(four("b"));
    await a.tell(relay, "finish");
  });

  describe("with the workflows executed by one node only", () => {
    const far = uniqueQueue("far");
    let home: TestApp;
    let executor: ChildNode;
    beforeAll(async () => {
      const lone = async (extra: string, options: string) => ({
        ...(await agentApp(far, more + extra, options)),
        "announcer.lua": announcerSource,
      });
      home = await TestApp.boot(await lone("", "disable_workflow_worker: true"));
      executor = await ChildNode.start(await lone(announcerService, ""));
      there = await executor.printed("pid");
    });
    afterAll(async () => {
      await home?.stop();
      await executor?.kill();
    });

    const heardBy = async (watcher: Parameters<TestApp["ask"]>[0], from: string) =>
      ((await home.ask(watcher, "heard")) as unknown as Heard[]).filter((event) => event.from === from);

    it("links between them and processes of the other hold both ways", async () => {
      const [process, plain, flow, doomed] = await Promise.all([
        home.spawn("t:agent", "t:memory", [{ trap: true }]),
        home.spawn("t:agent", "t:memory", [], { monitor: true }),
        home.spawn("t:flow", "t:worker", [{ trap: true }]),
        home.spawn("t:flow", "t:worker", [], { monitor: true }),
      ]);
      await home.ask(process, "link", doomed.text);
      await home.ask(doomed, "link", plain.text);
      await home.tell(doomed, "crash", "on purpose");
      await until(async () => (await heardBy(process, doomed.text)).length > 0);
      expect(await heardBy(process, doomed.text)).toMatchObject([{ kind: "pid.link.down" }]);
      expect(await home.hears(plain)).toMatchObject([{ reason: { error: { message: "linked process failed" } } }]);
      await home.ask(flow, "link", process.text);
      await home.tell(process, "crash", "on purpose");
      await until(async () => (await heardBy(flow, process.text)).length > 0);
      expect(await heardBy(flow, process.text)).toMatchObject([{ kind: "pid.link.down" }]);
    });

    it("they call processes of the other", async () => {
      const here = await home.spawn("t:agent", "t:memory");
      const flow = await home.spawn("t:flow", "t:worker");
      for (const to of [here.text, there]) {
        expect(await home.ask(flow, "call", { to, topic: "pid", value: null })).toBe(to);
      }
    });
  });
});
