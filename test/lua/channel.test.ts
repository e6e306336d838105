/** Channels and select inside one process. */
import { describe, expect, it } from "vitest";
import { virtualNode } from "../support/virtual.js";

/** Run the body of main; its prints and its outcome. */
function run(body: string) {
  const node = virtualNode({ "app:main": `return function() ${body} end` });
  const outcome = node.tryRun("app:main");
  expect(node.internalErrors).toEqual([]);
  return { outcome, prints: node.prints };
}

function value(body: string): unknown {
  const { outcome } = run(body);
  if (outcome === undefined) throw new Error("still waits");
  return outcome.ok ? outcome.value : outcome.error;
}

describe("a channel", () => {
  it("without capacity blocks the sender until somebody receives", () => {
    const { prints } = run(`
      local ch = channel.new()
      coroutine.spawn(function() print("sending") ch:send("v") print("sent") end)
      coroutine.spawn(function() print("receiving") local v, ok = ch:receive() print("got", v, ok) end)
      process.inbox():receive()`);
    expect(prints).toEqual(["sending", "receiving", "sent", "got v true"]);
  });

  it("hands over in the same order when the receiver was there first: the sender goes on first", () => {
    const { prints } = run(`
      local ch = channel.new()
      coroutine.spawn(function() print("got", ch:receive()) end)
      coroutine.spawn(function() print(ch:send("v")) end)
      coroutine.spawn(function() print("third") end)
      process.inbox():receive()`);
    expect(prints).toEqual(["third", "true", "got v true"]);
  });

  it("with capacity takes so many values before a sender blocks; a negative capacity is 0", () => {
    expect(value("local ch = channel.new(2) ch:send(1) ch:send(2) return { ch:receive(), (ch:receive()) }")).toEqual([
      1, 2,
    ]);
    expect(run("local ch = channel.new(-3) ch:send(1)").outcome).toBeUndefined();
  });

  it("moves the oldest blocked sender into the buffer when it drains, and wakes it", () => {
    const { prints } = run(`
      local ch = channel.new(1)
      for i = 1, 3 do coroutine.spawn(function() ch:send(i) print("sent", i) end) end
      coroutine.spawn(function() for _ = 1, 3 do print("got", (ch:receive())) end end)
      process.inbox():receive()`);
    expect(prints).toEqual(["sent 1", "got 1", "got 2", "got 3", "sent 2", "sent 3"]);
  });

  it("carries any value by reference, nil included", () => {
    expect(
      value(`
      local ch, t = channel.new(4), {}
      ch:send(t) ch:send(nil) ch:send(print) ch:send(ch)
      local a, b, ok, c, d
      a = ch:receive() b, ok = ch:receive() c = ch:receive() d = ch:receive()
      return { a == t, b == nil, ok, c == print, d == ch }`),
    ).toEqual([true, true, true, true, true]);
  });

  it("serves receivers in the order in which they came", () => {
    const { prints } = run(`
      local ch = channel.new()
      for i = 1, 3 do coroutine.spawn(function() print(i, (ch:receive())) end) end
      coroutine.spawn(function() for v = 1, 3 do ch:send(v) end end)
      process.inbox():receive()`);
    expect(prints).toEqual(["1 1", "2 2", "3 3"]);
  });

  it("works inside coroutines that the program resumes itself", () => {
    expect(
      value(`
      local ch = channel.new()
      coroutine.spawn(function() ch:send(1) ch:send(2) end)
      local gen = coroutine.wrap(function() while true do coroutine.yield((ch:receive())) end end)
      return { gen(), gen() }`),
    ).toEqual([1, 2]);
  });
});

describe("a closed channel", () => {
  it("gives what is buffered, then nil and false", () => {
    expect(
      value(`
      local ch = channel.new(2) ch:send("a") ch:close()
      local v, ok = ch:receive()
      local w, ok2 = ch:receive()
      return { v, ok, w == nil, ok2 }`),
    ).toEqual(["a", true, true, false]);
  });

  it("wakes every blocked receiver", () => {
    const { prints } = run(`
      local ch = channel.new()
      for i = 1, 2 do coroutine.spawn(function() print(i, ch:receive()) end) end
      coroutine.spawn(function() ch:close() ch:close() print("closed") end)
      process.inbox():receive()`);
    expect(prints).toEqual(["closed", "1 nil false", "2 nil false"]);
  });

  it("raises in a sender, also in one that was blocked when it closed", () => {
    expect(
      value(`
      local ch, errs = channel.new(), {}
      local done = channel.new(1)
      coroutine.spawn(function() local ok, err = pcall(ch.send, ch, 1) done:send(err) end)
      coroutine.spawn(function() ch:close() end)
      local blocked = done:receive()
      local ok, err = pcall(function() ch:send(2) end)
      return { blocked, ok, err }`),
    ).toEqual(["send on closed channel", false, expect.stringMatching(/^main\.lua:\d+: send on closed channel$/)]);
  });
});

describe("select", () => {
  it("takes the first ready case in list order", () => {
    expect(
      value(`
      local a, b = channel.new(1), channel.new(1)
      a:send("a") b:send("b")
      local first = channel.select{ b:case_receive(), a:case_receive() }
      local second = channel.select{ b:case_receive(), a:case_receive() }
      return { first.value, first.channel == b, first.ok, second.value, second.channel == a }`),
    ).toEqual(["b", true, true, "a", true]);
  });

  it("takes the default when nothing is ready, in both spellings", () => {
    expect(
      value(`
      local ch = channel.new()
      local x = channel.select{ ch:case_receive(), default = true }
      local y = channel.select({ ch:case_receive() }, true)
      local z = channel.select{ default = true }
      return { x, y, z }`),
    ).toEqual([
      { default: true, ok: true },
      { default: true, ok: true },
      { default: true, ok: true },
    ]);
  });

  it("blocks on all cases; the first wake wins and the others are withdrawn", () => {
    expect(
      value(`
      local a, b, seen = channel.new(), channel.new(1), {}
      coroutine.spawn(function() a:send("a") end)
      local cases = { b:case_receive(), a:case_receive() }
      local r = channel.select(cases)
      b:send("kept")
      local s = channel.select(cases)
      return { r.value, r.channel == a, s.value, s.channel == b }`),
    ).toEqual(["a", true, "kept", true]);
  });

  it("sends: the result has the value sent", () => {
    const { outcome, prints } = run(`
      local a, b = channel.new(), channel.new()
      coroutine.spawn(function() print("got", (b:receive())) end)
      local r = channel.select{ a:case_receive(), b:case_send(7) }
      local buffered = channel.new(1)
      local s = channel.select{ buffered:case_send("x") }
      process.send(process.pid(), "let the other one print")
      return { r.value, r.ok, r.channel == b, s.value, (buffered:receive()) }`);
    expect(outcome).toEqual({ ok: true, value: [7, true, true, "x", "x"] });
    expect(prints).toEqual(["got 7"]);
  });

  it("does not match itself when it both sends and receives on one channel", () => {
    expect(
      value(`
      local ch = channel.new()
      coroutine.spawn(function() ch:send("other") end)
      local r = channel.select{ ch:case_receive(), ch:case_send("mine") }
      return r.value`),
    ).toEqual("other");
  });

  it("two selects can meet", () => {
    const { prints } = run(`
      local ch = channel.new()
      coroutine.spawn(function() print("sent", channel.select{ ch:case_send(1) }.ok) end)
      coroutine.spawn(function() print("got", channel.select{ ch:case_receive() }.value) end)
      process.inbox():receive()`);
    expect(prints).toEqual(["sent true", "got 1"]);
  });

  it("a closed channel is ready to receive, with ok = false", () => {
    expect(
      value(
        "local ch = channel.new() ch:close() local r = channel.select{ ch:case_receive() } return { r.ok, r.value == nil }",
      ),
    ).toEqual([false, true]);
  });

  it("raises for a send case on a closed channel, also when it closes meanwhile", () => {
    expect(
      value(`
      local ch, other = channel.new(), channel.new()
      coroutine.spawn(function() ch:close() end)
      local _, blocked = pcall(channel.select, { other:case_receive(), ch:case_send(1) })
      local _, at_once = pcall(channel.select, { ch:case_send(1) })
      return { blocked, at_once }`),
    ).toEqual([expect.stringMatching(/send on closed channel$/), expect.stringMatching(/send on closed channel$/)]);
  });

  it("raises for what is not a case, and for an empty list", () => {
    const errors = value(`
      local ch = channel.new()
      local function err(...) local _, e = pcall(channel.select, ...) return e end
      return { err({ ch }), err({ ch:case_receive(), 5 }), err({}), err(nil) }`);
    expect(errors).toEqual([
      expect.stringMatching(/select: item 1 is a userdata; use ch:case_receive\(\) or ch:case_send\(value\)$/),
      expect.stringMatching(/select: item 2 is a number/),
      expect.stringMatching(/select without a case would wait for ever/),
      expect.stringMatching(/bad argument #1 to 'select' \(table expected, got nil\)/),
    ]);
  });

  it("waits on inbox, events, topics and timers together", () => {
    const node = virtualNode({
      "app:main": `local time = require("time")
      return function()
        local inbox, events, topic = process.inbox(), process.events(), process.listen("jobs")
        local seen = {}
        for i = 1, 4 do
          local timer = time.after("1s")
          local r = channel.select{ inbox:case_receive(), events:case_receive(), topic:case_receive(), timer:case_receive() }
          if r.channel == inbox then seen[i] = "inbox " .. r.value:topic()
          elseif r.channel == events then seen[i] = "event " .. r.value.kind
          elseif r.channel == topic then seen[i] = "job " .. r.value
          elseif r.channel == timer then seen[i] = "timer" end
        end
        return seen
      end`,
    });
    const running = node.begin("app:main");
    node.clock.advance(10);
    const main = node.host.pids()[1]!;
    void node.client.send(main, "jobs", 3);
    void node.client.send(main, "else");
    void node.client.cancel(main);
    node.clock.runUntilIdle();
    expect(running.outcome).toEqual({ ok: true, value: ["job 3", "inbox else", "event pid.cancel", "timer"] });
  });
});

describe("channels of the process", () => {
  it("can neither be sent to nor closed by the program", () => {
    const errors = value(`
      local function err(f) local _, e = pcall(f) return e end
      return {
        err(function() process.inbox():send(1) end),
        err(function() process.events():close() end),
        err(function() process.listen("t"):case_send(1) end),
      }`);
    expect(errors).toEqual([
      expect.stringMatching(/cannot send to a channel that the process feeds itself$/),
      expect.stringMatching(/cannot close a channel that the process feeds itself$/),
      expect.stringMatching(/cannot send to a channel that the process feeds itself$/),
    ]);
  });

  it("are the same object at every call", () => {
    expect(
      value(`return { process.inbox() == process.inbox(), process.events() == process.events(),
        process.listen("a") == process.listen("a"), process.listen("a") ~= process.listen("b") }`),
    ).toEqual([true, true, true, true]);
  });
});
