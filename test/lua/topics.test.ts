/** Topics, the inbox and startup messages: what goes where, and that nothing is lost; the same in memory and on a journal. */
import { describe, expect, it } from "vitest";
import { luaHosts, valueOn } from "../support/lua-hosts.js";

describe.each(luaHosts)("on %s", (host) => {
  it("topics match exactly: a star is a character", async () => {
    const body = `local me, star, inbox = process.pid(), process.listen("a.*"), process.inbox()
      process.send(me, "a.b", 1) process.send(me, "a.*", 2) process.send(me, "inbox", 3)
      return { (star:receive()), inbox:receive():topic(), inbox:receive():topic() }`;
    expect(await valueOn(host, body)).toEqual([2, "a.b", "inbox"]);
  });

  it("a slow consumer of a topic loses nothing and sees the order", async () => {
    const consumer = `local time = require("time")
      return function(n)
        local ch, seen = process.listen("n"), {}
        for i = 1, n do time.sleep("1ms") seen[i] = ch:receive() end
        return seen
      end`;
    const body = `local pid = process.spawn_monitored("app:consumer", HOST, 100)
      for i = 1, 100 do process.send(pid, "n", i) end
      return process.events():receive().result.value`;
    expect(await valueOn(host, body, { "app:consumer": consumer })).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
  });

  it("payloads are copies: neither side sees what the other changes", async () => {
    const keeper = `return function()
      local inbox, kept = process.inbox()
      while true do
        local msg = inbox:receive()
        if msg:topic() == "show" then msg:reply(kept) else kept = msg:payload():data() kept.seen = true end
      end
    end`;
    const body = `local pid, t = process.spawn("app:keeper", HOST), { n = 1, deep = { 1 } }
      process.send(pid, "keep", t)
      t.n = 2 t.deep[1] = 9
      return { process.call(pid, "show"), t }`;
    expect(await valueOn(host, body, { "app:keeper": keeper })).toEqual([
      { n: 1, deep: [1], seen: true },
      { n: 2, deep: [9] },
    ]);
  });

  it("startup messages come before all others, from the parent, also in the topics they name", async () => {
    const child = `return function()
      local inbox, topic, seen = process.inbox(), process.listen("topic", { message = true }), {}
      for i = 1, 2 do seen[i] = { topic:receive():payload():data(), nil } end
      local first, second = inbox:receive(), inbox:receive()
      return { seen[1][1], seen[2][1], first:topic(), first:from(), second:topic() }
    end`;
    const body = `local spawner = process.with_options({}):with_message("topic", 1):with_message("plain"):with_message("topic", 2)
      local pid = spawner:spawn_monitored("app:child", HOST)
      process.send(pid, "later")
      local got = process.events():receive().result.value
      got[4] = got[4] == process.pid()
      return got`;
    expect(await valueOn(host, body, { "app:child": child })).toEqual([1, 2, "plain", true, "later"]);
  });

  it("startup messages reach the process that has the name, in order, before spawn returns", async () => {
    const body = `local spawner = process.with_options({}):with_name("desk")
      local first = spawner:spawn("app:inbox", HOST, 3)
      local second = spawner:with_message("a", 1):with_message("b", 2):spawn_monitored("app:crash", HOST)
      process.send("desk", "c", 3)
      local e = process.events():receive()
      local seen = e.result.value
      return { first == second, e.from == first, seen[1][1], seen[2][1], seen[3][1], seen[1][2] == process.pid() }`;
    expect(await valueOn(host, body)).toEqual([true, true, "a", "b", "c", true]);
  });

  it("a linked spawn of a name that is taken links to who has it", async () => {
    const body = `process.set_options({ trap_links = true })
      local spawner = process.with_options({}):with_name("desk")
      local first = spawner:spawn("app:wait", HOST)
      local second = spawner:spawn_linked("app:crash", HOST)
      process.terminate(first)
      local e = process.events():receive()
      return { first == second, e.kind, e.from == first }`;
    expect(await valueOn(host, body)).toEqual([true, "pid.link.down", true]);
  });

  it("an upgrade ends subscriptions: later messages of a topic go to the inbox", async () => {
    const old = 'return function() process.listen("t") process.upgrade("app:new") end';
    const next = "return function() return process.inbox():receive():topic() end";
    const body = `local pid = process.spawn_monitored("app:old", HOST)
      time.sleep("1s")
      process.send(pid, "t")
      return process.events():receive().result.value`;
    expect(await valueOn(host, body, { "app:old": old, "app:new": next })).toBe("t");
  });

  it("events come on the same channel object each time, and select tells it from others", async () => {
    const body = `local events = process.events()
      process.spawn_monitored("app:value", HOST)
      local r = channel.select{ process.inbox():case_receive(), process.events():case_receive() }
      local e = process.event
      return { r.channel == events, r.channel == process.inbox(), e.EXIT, e.LINK_DOWN, e.CANCEL }`;
    expect(await valueOn(host, body)).toEqual([true, false, "pid.exit", "pid.link.down", "pid.cancel"]);
  });
});

describe("unlisten", () => {
  it.each(["channel.new()", "process.inbox()", "process.events()", 'time.after("1s")'])(
    "of %s is false, INVALID",
    async (ch) => {
      const body = `local ok, err = process.unlisten(${ch}) return { ok, err:kind(), err:message() }`;
      expect(await valueOn("test:memory", body)).toEqual([false, "INVALID", "channel is not subscribed to a topic"]);
    },
  );

  it("lets a topic be listened to again, on a new channel", async () => {
    const body = `local ch = process.listen("t")
      process.unlisten(ch)
      local again = process.listen("t")
      process.send(process.pid(), "t", 1)
      return { ch ~= again, (again:receive()), (ch:receive()) }`;
    expect(await valueOn("test:memory", body)).toEqual([true, 1]);
  });
});
