/** Processes on a journal host, in virtual time, over crashes of their node. */
import { describe, expect, it } from "vitest";
import { FakeDisk } from "../support/fake-journal.js";
import { JournalNode, type JournalNodeOptions } from "../support/journal-node.js";
import { VirtualClock } from "../support/virtual.js";

const counter = `
local function main(start)
  local n = start or 0
  local inbox = process.inbox()
  while true do
    local msg = inbox:receive()
    if msg:topic() == "add" then n = n + msg:payload():data()
    elseif msg:topic() == "get" then msg:reply(n)
    elseif msg:topic() == "stop" then return n end
  end
end
return { main = main }`;

const sources = { "app:counter": counter };

class World {
  readonly disk = new FakeDisk();
  readonly clock = new VirtualClock();
  node!: JournalNode;

  async boot(more: Readonly<Record<string, string>> = {}, options: JournalNodeOptions = {}): Promise<JournalNode> {
    this.node = new JournalNode(this.disk, { ...sources, ...more }, { clock: this.clock, ...options });
    return this.node.start();
  }

  async reboot(more: Readonly<Record<string, string>> = {}, options: JournalNodeOptions = {}): Promise<JournalNode> {
    this.node.kill();
    return this.boot(more, options);
  }
}

describe("a process on a journal", () => {
  it("has its state and pid after a crash", async () => {
    const world = new World();
    let node = await world.boot();
    const pid = await node.spawn("app:counter", [5]);
    for (const n of [1, 2, 3]) expect(await node.send(pid, "add", n)).toEqual({ ok: true, value: null });
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: 11 });
    node = await world.reboot();
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: 11 });
    await node.send(pid, "add", 9);
    node = await world.reboot();
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: 20 });
    expect(node.health).toEqual([]);
  });

  it("is gone for good once it has ended", async () => {
    const world = new World();
    let node = await world.boot();
    const pid = await node.spawn("app:counter", [5]);
    await node.send(pid, "stop");
    await node.idle();
    expect(node.exits).toMatchObject([{ entry: "app:counter", reason: { kind: "normal", value: 5 } }]);
    expect(world.disk.records(pid.id)).toEqual([]);
    expect(world.disk.state(pid.id)).toBeUndefined();
    node = await world.reboot();
    expect(await node.send(pid, "add", 1)).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
  });

  it("goes on with what it was doing: timers, calls, children", async () => {
    const world = new World();
    const more = {
      "app:sleeper": `return { main = function(seconds)
        local time = require("time")
        time.sleep(seconds .. "s")
        return "slept " .. seconds
      end }`,
      "app:parent": `return { main = function()
        local value, err = process.exec("app:sleeper", "test:journal", 60)
        print("heard " .. tostring(value))
        return value
      end }`,
    };
    let node = await world.boot(more);
    await node.spawn("app:parent");
    await node.advance(30_000);
    node = await world.reboot(more);
    expect(node.prints).toEqual([]);
    await node.advance(29_000);
    expect(node.prints).toEqual([]);
    await node.advance(2_000);
    expect(node.prints).toEqual(["heard slept 60"]);
    expect(world.disk.head).toBeGreaterThan(0);
  });

  it("does not repeat what it has printed and called", async () => {
    const world = new World();
    const more = {
      "app:worker": `return { main = function()
        local funcs = require("funcs")
        print("one")
        print(funcs.call("app:job", 1))
        local inbox = process.inbox()
        print("two " .. inbox:receive():topic())
        print(funcs.call("app:job", 2))
        inbox:receive()
      end }`,
    };
    const work = (node: JournalNode) => node.functions.set("app:job", ([n]) => ({ ok: true, value: `job ${n}` }));
    let node = await world.boot(more);
    work(node);
    const pid = await node.spawn("app:worker");
    expect(node.prints).toEqual(["one", "job 1"]);
    node = await world.reboot(more);
    work(node);
    await node.send(pid, "go");
    expect(node.prints).toEqual(["two go", "job 2"]);
    expect(node.invoked.map(({ args }) => args)).toEqual([[2]]);
  });

  it("an open call is made again after a crash, under the same key", async () => {
    const world = new World();
    const more = {
      "app:worker": `return { main = function()
        local funcs = require("funcs")
        return (funcs.call("app:job", 1))
      end }`,
    };
    let node = await world.boot(more);
    await node.spawn("app:worker");
    const [first] = node.invoked;
    node = await world.boot.call(world, more).catch(() => world.reboot(more));
    const [second] = node.invoked;
    expect(second).toMatchObject({ target: first!.target, key: first!.key, args: first!.args, asked: { again: true } });
  });
});

describe("an upgraded process", () => {
  it("has the times of its own life after a restart, not those of the restart", async () => {
    const world = new World();
    const more = {
      "app:old": `return { main = function() process.inbox():receive() process.upgrade("app:new") end }`,
      "app:new": `return { main = function()
        local time = require("time")
        local began = time.now():unix()
        time.after("1h"):receive()
        print("after " .. time.now():unix() - began)
      end }`,
    };
    let node = await world.boot(more);
    const pid = await node.spawn("app:old");
    await node.send(pid, "go");
    await node.advance(30 * 60_000);
    node = await world.reboot(more);
    await node.advance(29 * 60_000);
    expect(node.prints).toEqual([]);
    await node.advance(60_000);
    expect(node.prints).toEqual(["after 3600"]);
  });
});

describe("a store used by a process on a journal", () => {
  it("is asked again after a crash under the same key, and not for what was answered", async () => {
    const world = new World();
    const more = {
      "app:keeper": `return { main = function()
        local store = require("store").get("app:store")
        store:set("a", 1)
        local inbox = process.inbox()
        inbox:receive()
        store:set("b", 2)
        return "kept"
      end }`,
    };
    const asked: { readonly operation: string; readonly args: unknown; readonly key: string }[] = [];
    const answering = new Set(["a"]);
    const options: JournalNodeOptions = {
      store: ({ operation, args, key }) => {
        asked.push({ operation, args, key });
        const value = { key: "a", version: 1 };
        const answers = operation === "info" || answering.has(String(args.key));
        return answers ? Promise.resolve({ ok: true, value }) : new Promise(() => {});
      },
    };
    const puts = () => asked.filter(({ operation }) => operation === "put");
    let node = await world.boot(more, options);
    const pid = await node.spawn("app:keeper");
    await node.send(pid, "go");
    expect(puts().map(({ args }) => (args as { key: string }).key)).toEqual(["a", "b"]);
    answering.add("b");
    node = await world.reboot(more, options);
    expect(node.exits).toMatchObject([{ reason: { kind: "normal", value: "kept" } }]);
    const [, before, after, ...others] = puts();
    expect(after).toEqual(before);
    expect(others).toEqual([]);
  });
});
