/** What a process on a journal host keeps while it goes on as something else, is out of memory, or its node is down. */
import { describe, expect, it } from "vitest";
import type { Payload } from "../../mailbox/index.js";
import { FakeDisk, type FakePoint } from "../support/fake-journal.js";
import { JournalNode, type JournalNodeOptions } from "../support/journal-node.js";
import { VirtualClock } from "../support/virtual.js";

type Sources = Readonly<Record<string, string>>;

class World {
  readonly disk = new FakeDisk();
  readonly clock = new VirtualClock();
  readonly logs: string[] = [];
  readonly prints: string[] = [];
  node!: JournalNode;
  private readonly options: JournalNodeOptions;

  constructor(options: JournalNodeOptions = {}) {
    this.options = options;
  }

  async boot(sources: Sources): Promise<JournalNode> {
    this.node = new JournalNode(this.disk, sources, { clock: this.clock, ...this.options });
    this.node.system.events.on("log", ({ record }) => {
      (record.print ? this.prints : this.logs).push(record.message);
    });
    return this.node.start();
  }

  reboot(sources: Sources): Promise<JournalNode> {
    this.node.kill();
    return this.boot(sources);
  }

  async ask(name: string, topic: string, value: Payload = null): Promise<Payload> {
    const pid = this.node.system.names.lookup(name);
    if (pid === undefined) throw new Error(`nobody is named ${name}`);
    const outcome = await this.node.call(pid, topic, value);
    if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
    return outcome.value;
  }
}

/** Goes on as `app:two` without having read anything else; that one tells what it finds. */
const moving: Sources = {
  "app:one": `return { main = function(n)
    process.set_options({ trap_links = true })
    local move = process.listen("move")
    process.upgrade(move:receive(), n + 1)
  end }`,
  "app:two": `return { main = function(n)
    local ctx = require("ctx")
    local inbox, numbers = process.inbox(), {}
    while true do
      local msg = inbox:receive()
      if msg:topic() == "n" then numbers[#numbers + 1] = msg:payload():data()
      elseif msg:topic() == "fail" then error("on purpose")
      else
        msg:reply({ n = n, numbers = numbers, pid = process.pid(), id = process.id(), tenant = ctx.get("tenant"),
          trap = process.get_options().trap_links, named = process.registry.lookup("it") == process.pid() })
      end
    end
  end }`,
  "app:boss": `return { main = function()
    process.set_options({ trap_links = true })
    local events, inbox = process.events(), process.inbox()
    local pid = process.with_context({ tenant = "acme" }):with_name("it"):with_message("n", 0)
      :spawn_linked_monitored("app:one", "test:journal", 1)
    local time = require("time")
    for n = 1, 3 do process.send(pid, "n", n) end
    time.sleep("1ms")
    process.send(pid, "move", "app:two")
    time.sleep("1ms")
    for n = 4, 6 do
      process.send(pid, "n", n)
      time.sleep("1ms")
    end
    local seen = process.call("it", "seen", nil, { timeout = "1h" })
    seen.pid = seen.pid == pid
    process.send("it", "fail")
    local heard = { (events:receive()), (events:receive()) }
    local report = { seen = seen, name = process.registry.lookup("it") == nil }
    for n, event in ipairs(heard) do report[n] = { event.kind, event.from == pid, event.result.error:kind() } end
    while true do inbox:receive():reply(report) end
  end }`,
};

const moved = {
  seen: { n: 2, numbers: [0, 1, 2, 3, 4, 5, 6], pid: true, id: "app:two", tenant: "acme", trap: false, named: true },
  name: true,
  "1": ["pid.exit", true, "INTERNAL"],
  "2": ["pid.link.down", true, "INTERNAL"],
};

async function bossReport(world: World): Promise<Payload> {
  if (world.node.system.names.lookup("boss") === undefined) await world.node.spawn("app:boss", [], { name: "boss" });
  return world.ask("boss", "report");
}

describe("process.upgrade on a journal", () => {
  it("keeps pid, mailbox, links, monitors, names and context", async () => {
    const world = new World();
    await world.boot(moving);
    expect(await bossReport(world)).toEqual(moved);
  });

  it.each<FakePoint>(["before commit", "after commit before acknowledge"])(
    "keeps them over a crash %s, at each commit of the story",
    async (point) => {
      const quiet = new World();
      await quiet.boot(moving);
      const before = quiet.disk.head;
      await quiet.node.spawn("app:boss", [], { name: "boss" });
      await quiet.node.advance(1000);
      const commits = quiet.disk.head - before;
      expect(commits).toBeGreaterThan(5);
      for (let skip = 0; skip < commits; skip++) {
        const world = new World();
        await world.boot(moving);
        world.disk.plan(point, () => world.node.kill(), skip);
        void world.node.spawn("app:boss", [], { name: "boss" }).catch(() => undefined);
        await world.node.advance(1000);
        await world.reboot(moving);
        expect(await bossReport(world), `a crash ${point} ${skip}`).toEqual(moved);
      }
    },
  );

  it("to an entry that is not there ends the process, also after a crash, and its name is free", async () => {
    const world = new World();
    let node = await world.boot(moving);
    const pid = await node.spawn("app:one", [1], { name: "it" });
    node = await world.reboot(moving);
    await node.send(pid, "move", "app:nothing");
    expect(node.exits).toMatchObject([{ pid: { text: pid.text }, reason: { error: { kind: "NOT_FOUND" } } }]);
    expect(node.system.names.lookup("it")).toBeUndefined();
    expect(world.disk.state(pid.id)).toBeUndefined();
  });

  it("drops the journal of the old program", async () => {
    const world = new World();
    const node = await world.boot(moving);
    const pid = await node.spawn("app:one", [1]);
    for (let n = 0; n < 50; n++) await node.send(pid, "n", n);
    expect(world.disk.records(pid.id).length).toBeGreaterThan(50);
    await node.send(pid, "move", "app:two");
    expect(world.disk.records(pid.id)).toHaveLength(1);
  });
});

const counting = (onContinue: string): Sources => ({
  "app:counter": `local workflow = require("workflow")
return { main = function(total)
  total = total or 0
  ${onContinue}
  local inbox = process.inbox()
  while true do
    local msg = inbox:receive()
    if msg:topic() == "add" then total = total + msg:payload():data()
    elseif msg:topic() == "get" then msg:reply(total) end
  end
end }`,
});

describe("history.continue_at", () => {
  it("goes on with what on_continue returns, and the journal shrinks", async () => {
    const sources = counting("workflow.on_continue(function() return total end)");
    const world = new World({ continueAt: 20 });
    let node = await world.boot(sources);
    const pid = await node.spawn("app:counter");
    let longest = 0;
    for (let n = 1; n <= 200; n++) {
      await node.send(pid, "add", n);
      longest = Math.max(longest, world.disk.records(pid.id).length);
      if (n % 45 === 0) node = await world.reboot(sources);
    }
    expect(longest).toBeLessThan(30);
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: 20_100 });
    expect(world.logs).toEqual([]);
  });

  it("loses no message of a burst", async () => {
    const sources = counting("workflow.on_continue(function() return total end)");
    const world = new World({ continueAt: 20 });
    const node = await world.boot(sources);
    const pid = await node.spawn("app:counter");
    await Promise.all(Array.from({ length: 500 }, (_, n) => node.send(pid, "add", n + 1)));
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: 125_250 });
    expect(world.disk.records(pid.id).length).toBeLessThan(60);
  });

  it("without on_continue is only a warning, again when the journal has doubled, and not again after a restart", async () => {
    const sources = counting("");
    const world = new World({ continueAt: 20 });
    let node = await world.boot(sources);
    const pid = await node.spawn("app:counter");
    const warning = expect.stringContaining("workflow.on_continue is not set");
    for (let n = 1; n <= 25; n++) await node.send(pid, "add", n);
    expect(world.logs).toEqual([warning]);
    node = await world.reboot(sources);
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: 325 });
    expect(world.logs).toEqual([warning]);
    for (let n = 26; n <= 50; n++) await node.send(pid, "add", n);
    expect(world.logs).toEqual([warning, warning]);
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: 1275 });
  });

  it("of a workflow keeps its run id, and the children that it has to end", async () => {
    const sources: Sources = {
      ...counting(""),
      "app:parent": `local workflow = require("workflow")
return { main = function(child)
  child = child or process.spawn("app:counter", "test:journal")
  workflow.on_continue(function() return child end)
  local inbox = process.inbox()
  while true do
    local msg = inbox:receive()
    if msg:topic() == "info" then msg:reply({ child = child, run = workflow.info().run_id, length = workflow.info().history_length })
    elseif msg:topic() == "end" then return "over" end
  end
end }`,
    };
    const world = new World({ continueAt: 10, workflows: ["app:parent", "app:counter"] });
    const node = await world.boot(sources);
    const pid = await node.spawn("app:parent");
    const before = await node.call(pid, "info");
    for (let n = 0; n < 30; n++) await node.send(pid, "tick");
    const after = await node.call(pid, "info");
    expect(after).toMatchObject({
      ok: true,
      value: { child: (before as never as { value: { child: string } }).value.child },
    });
    expect(after).toMatchObject({ value: { run: (before as never as { value: { run: string } }).value.run } });
    expect((after as never as { value: { length: number } }).value.length).toBeLessThan(15);
    await node.send(pid, "end");
    expect(node.exits).toMatchObject([
      { entry: "app:parent", reason: { kind: "normal", value: "over" } },
      { entry: "app:counter", reason: { kind: "failed", error: { message: "workflow terminated" } } },
    ]);
  });
});

const sleepy: Sources = {
  ...counting(""),
  "app:clock": `local time = require("time")
return { main = function()
  print("begins")
  time.sleep("1h")
  print("woke")
  process.inbox():receive():reply("here")
  process.inbox():receive()
end }`,
  "app:ticker": `local time = require("time")
return { main = function()
  local ticks, inbox = time.ticker("10s"):response(), process.inbox()
  local n = 0
  while true do
    local got = channel.select({ inbox:case_receive(), ticks:case_receive() })
    if got.channel == ticks then n = n + 1 else got.value:reply(n) end
  end
end }`,
};

describe("an idle process", () => {
  it("leaves memory after idle_timeout and is woken by a message", async () => {
    const world = new World({ idleTimeoutMs: 60_000 });
    const node = await world.boot(sleepy);
    const pid = await node.spawn("app:counter", [], { name: "counter" });
    await node.send(pid, "add", 5);
    expect(node.journal.counts).toEqual({ active: 1, all: 1 });
    await node.advance(150_000);
    expect(node.journal.counts).toEqual({ active: 0, all: 1 });
    expect(await world.ask("counter", "get")).toBe(5);
    expect(node.journal.counts).toEqual({ active: 1, all: 1 });
  });

  it("is woken by its timer, in memory or after a restart, and does nothing twice", async () => {
    const world = new World({ idleTimeoutMs: 60_000 });
    let node = await world.boot(sleepy);
    await node.spawn("app:clock", [], { name: "clock" });
    await node.advance(150_000);
    expect(node.journal.counts).toEqual({ active: 0, all: 1 });
    node = await world.reboot(sleepy);
    expect(node.journal.counts).toEqual({ active: 0, all: 1 });
    await node.advance(3_500_000);
    expect(world.prints).toEqual(["begins", "woke"]);
    expect(await world.ask("clock", "get")).toBe("here");
  });

  it("whose timer was due while the node was down is woken at once", async () => {
    const world = new World();
    let node = await world.boot(sleepy);
    await node.spawn("app:clock", [], { name: "clock" });
    node.kill();
    world.clock.advance(7_200_000);
    node = await world.boot(sleepy);
    await node.idle();
    expect(world.prints).toEqual(["begins", "woke"]);
  });
});

describe("a ticker over downtime", () => {
  it.each([
    { catchUp: "one" as const, missed: 1 },
    { catchUp: "skip" as const, missed: 0 },
  ])(
    "with catch_up $catchUp fires $missed times for what it missed, and keeps its rhythm",
    async ({ catchUp, missed }) => {
      const world = new World({ catchUp });
      let node = await world.boot(sleepy);
      await node.spawn("app:ticker", [], { name: "ticker" });
      await node.advance(25_000);
      expect(await world.ask("ticker", "get")).toBe(2);
      node.kill();
      world.clock.advance(100_000);
      node = await world.boot(sleepy);
      await node.idle();
      expect(await world.ask("ticker", "get")).toBe(2 + missed);
      await node.advance(50_000);
      expect(await world.ask("ticker", "get")).toBe(2 + missed + 5);
    },
  );
});

describe("names on a journal", () => {
  it("lead to their owners after a restart, and a second start by name finds the first", async () => {
    const world = new World();
    let node = await world.boot(sleepy);
    const pid = await node.spawn("app:counter", [], { name: "it" });
    node = await world.reboot(sleepy);
    expect(node.system.names.lookup("it")?.text).toBe(pid.text);
    expect((await node.spawn("app:counter", [], { name: "it" })).text).toBe(pid.text);
    expect(node.journal.counts.all).toBe(1);
  });
});

describe("a monitor that crosses the end of a workflow", () => {
  it("hears of the end as one that came before it, or after", async () => {
    const once = `return { main = function() return { got = process.inbox():receive():payload():data() } end }`;
    const world = new World({ workflows: ["app:once"] });
    const node = await world.boot({ "app:once": once });
    const heard: unknown[] = [];
    node.client.onEvent((event) => heard.push(event));
    const pid = await node.spawn("app:once");
    const sent = node.client.send(pid, "end", 7);
    const monitored = new Promise((resolve) => node.client.start((self) => self.monitor(pid), resolve));
    await node.idle();
    expect(await sent).toEqual({ ok: true, value: null });
    expect(await monitored).toEqual({ ok: true, value: null });
    expect(heard).toMatchObject([{ kind: "exit", reason: { kind: "normal", value: { got: 7 } } }]);
  });
});

describe("a start delay", () => {
  it("is waited for over a crash, is the time at which the run begins, and does not hold up its end", async () => {
    const late = `local time = require("time")
return { main = function() print("at " .. time.now():unix()) process.inbox():receive() end }`;
    const world = new World({ workflows: ["app:late"] });
    let node = await world.boot({ "app:late": late });
    const begun = world.clock.now() / 1000;
    const options = { "temporal.workflow.start_delay": "60s" };
    const [runs, ends] = [await node.spawn("app:late", [], { options }), await node.spawn("app:late", [], { options })];
    void node.client.terminate(ends);
    await node.idle();
    expect(node.exits).toMatchObject([
      { pid: { text: ends.text }, reason: { error: { message: "workflow terminated" } } },
    ]);
    await node.advance(30_000);
    node = await world.reboot({ "app:late": late });
    await node.advance(29_000);
    expect(world.prints).toEqual([]);
    await node.advance(2_000);
    expect(world.prints).toEqual([`at ${begun + 60}`]);
    expect(node.system.router.mayLive(runs)).toBe(true);
  });
});
