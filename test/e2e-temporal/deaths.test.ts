/** Deaths that no program announces: terminate from outside, time-outs, the loss of a node. Who is bound to whom hears of each once. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PayloadRecord } from "../../actors/index.js";
import type { Payload, Pid } from "../../mailbox/index.js";
import { agentApp, ChildNode, TestApp, until } from "../support/app.js";
import { describeTemporal, temporalCli, uniqueQueue } from "../support/temporal.js";

interface Heard {
  kind: string;
  from: string;
  error?: { kind: string; message: string };
}

/** A process that prints its pid and then does what it is told; one node is killed with it. */
const announcer = `  - {name: announcer, kind: process.lua, source: "file://announcer.lua", modules: [channel, process, time], imports: {agent: lib}}
  - {name: lib, kind: library.lua, source: "file://agent.lua", modules: [channel, process, time]}
  - {name: service, kind: process.service, process: announcer, host: memory, lifecycle: {auto_start: true, requires: [worker]}}
`;
const announcerSource = `local agent = require("agent")
return { main = function() print("pid " .. process.pid()) return agent.main({ trap = true }) end }
`;

const ways: { way: string; options: PayloadRecord; die: (pid: Pid) => Promise<string>; error: Heard["error"] }[] = [
  {
    way: "temporal workflow terminate",
    options: {},
    die: (pid: Pid) => temporalCli(["workflow", "terminate", "-w", pid.id, "--reason", "from outside"]),
    error: { kind: "CANCELED", message: "workflow terminated" },
  },
  {
    way: "its run time-out",
    options: { "temporal.workflow.run_timeout": "3s" },
    die: async () => "",
    error: { kind: "TIMEOUT", message: "workflow timed out" },
  },
  {
    way: "its execution time-out",
    options: { "temporal.workflow.execution_timeout": "3s" },
    die: async () => "",
    error: { kind: "TIMEOUT", message: "workflow timed out" },
  },
];

const places = [
  { place: "processes", entry: "t:agent", host: "t:memory" },
  { place: "workflows", entry: "t:flow", host: "t:worker" },
];

describeTemporal("deaths nobody announces", () => {
  const queue = uniqueQueue("deaths");
  let app: TestApp;
  let agent: (more?: string) => ReturnType<typeof agentApp>;
  /** Every death that was heard: told again at the end, it must not have come twice. */
  const told: { watcher: Pid; from: Pid; kinds: string[] }[] = [];

  beforeAll(async () => {
    agent = (more = "") => agentApp(queue, more);
    app = await TestApp.boot(await agent());
  });
  afterAll(() => app?.stop());

  const heardBy = async (watcher: Pid, from: Pid): Promise<Heard[]> =>
    ((await app.ask(watcher, "heard")) as unknown as Heard[]).filter((event) => event.from === from.text);

  const hears = async (watcher: Pid, from: Pid, count: number): Promise<Heard[]> => {
    await until(async () => (await heardBy(watcher, from)).length >= count);
    const heard = await heardBy(watcher, from);
    told.push({ watcher, from, kinds: heard.map((event) => event.kind) });
    return heard;
  };

  describe.concurrent.each(ways)("a workflow that ends by $way", ({ options, die, error }) => {
    it.concurrent.each(places)(
      "gives $place LINK_DOWN or takes them along, and a monitor its EXIT",
      async ({ entry, host }) => {
        const target = await app.spawn("t:flow", "t:worker", [], { monitor: true, options });
        const [traps, dies, monitors, both] = await Promise.all([
          app.spawn(entry, host, [{ trap: true }]),
          app.spawn(entry, host, [], { monitor: true }),
          app.spawn(entry, host),
          app.spawn(entry, host, [{ trap: true }]),
        ]);
        await Promise.all([
          app.ask(traps, "link", target.text),
          app.ask(dies, "link", target.text),
          app.ask(monitors, "monitor", target.text),
          app.ask(both, "link", target.text).then(() => app.ask(both, "monitor", target.text)),
        ]);
        await die(target);
        expect(await hears(traps, target, 1)).toMatchObject([{ kind: "pid.link.down", error }]);
        expect(await hears(monitors, target, 1)).toMatchObject([{ kind: "pid.exit", error }]);
        expect((await hears(both, target, 2)).map((event) => event.kind)).toEqual(["pid.exit", "pid.link.down"]);
        expect(await app.hears(dies)).toMatchObject([
          { kind: "exit", reason: { kind: "failed", error: { message: "linked process failed" } } },
        ]);
        expect(await app.hears(target)).toMatchObject([{ kind: "exit", reason: { kind: "failed", error } }]);
      },
    );
  });

  it.concurrent.each(places)(
    "a parent among $place that spawned it linked and monitored hears both",
    async ({ entry, host }) => {
      const parent = await app.spawn(entry, host, [{ trap: true }]);
      const what: Payload = { how: "spawn_linked_monitored", entry: "t:flow", host: "t:worker" };
      const child = String(await app.ask(parent, "spawn", what));
      await temporalCli(["workflow", "terminate", "-w", child.split("|")[1]!.replace("}", "")]);
      const heard = async () =>
        ((await app.ask(parent, "heard")) as unknown as Heard[]).filter((e) => e.from === child);
      await until(async () => (await heard()).length >= 2);
      expect(await heard()).toMatchObject([
        { kind: "pid.exit", error: { kind: "CANCELED", message: "workflow terminated" } },
        { kind: "pid.link.down", error: { kind: "CANCELED", message: "workflow terminated" } },
      ]);
    },
  );

  it.concurrent("a workflow hears of the kill -9 of the node of a process it is bound to", async () => {
    const node = await ChildNode.start({ ...(await agent(announcer)), "announcer.lua": announcerSource });
    try {
      const process = await node.printed("pid");
      const [traps, dies, monitors, sends, linkedFromThere] = await Promise.all([
        app.spawn("t:flow", "t:worker", [{ trap: true }]),
        app.spawn("t:flow", "t:worker", [], { monitor: true }),
        app.spawn("t:flow", "t:worker"),
        app.spawn("t:flow", "t:worker"),
        app.spawn("t:flow", "t:worker", [{ trap: true }]),
      ]);
      await Promise.all([
        app.ask(traps, "link", process),
        app.ask(dies, "link", process),
        app.ask(monitors, "monitor", process),
        app.ask(linkedFromThere, "call", { to: process, topic: "link", value: linkedFromThere.text }),
      ]);
      await node.kill();
      const sent = app.ask(sends, "send", { to: process, topic: "n", value: 1 });
      const refused = expect(sent).rejects.toThrow(/^UNAVAILABLE: /);
      const heard = async (watcher: Pid) =>
        ((await app.ask(watcher, "heard")) as unknown as Heard[]).filter((event) => event.from === process);
      const error = { kind: "UNAVAILABLE" };
      await until(async () => (await heard(monitors)).length > 0);
      expect(await heard(monitors)).toMatchObject([{ kind: "pid.exit", error }]);
      await until(async () => (await heard(traps)).length > 0);
      expect(await heard(traps)).toMatchObject([{ kind: "pid.link.down", error }]);
      await until(async () => (await heard(linkedFromThere)).length > 0);
      expect(await heard(linkedFromThere)).toMatchObject([{ kind: "pid.link.down", error }]);
      await refused;
      expect(await app.hears(dies)).toMatchObject([
        { kind: "exit", reason: { kind: "failed", error: { message: "linked process failed" } } },
      ]);
    } finally {
      await node.kill();
    }
  });

  it("none of them was told twice", async () => {
    for (const { watcher, from, kinds } of told) {
      expect((await heardBy(watcher, from)).map((event) => event.kind)).toEqual(kinds);
    }
    const ends = app.events.map((event) => `${event.kind} ${event.from.text}`);
    expect(ends).toEqual([...new Set(ends)]);
  });
});
