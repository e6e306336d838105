/** Channels in odd places and with odd arguments: what raises, what is ignored, and coroutines that a program resumes itself. */
import { describe, expect, it } from "vitest";
import { value } from "../support/lua-children.js";

describe("a channel that the process feeds", () => {
  it.each([
    "process.inbox()",
    "process.events()",
    "process.listen('t')",
    "time.after('1s')",
    "time.timer('1s'):response()",
    "funcs.async('app:value'):response()",
  ])("%s can neither be sent to nor closed by the program, also not in a select", (ch) => {
    const body = `local funcs = require("funcs")
        local ch = ${ch}
        local function refused(what, ...) local ok, e = pcall(ch[what], ch, ...) return { ok, e } end
        return { refused("send", 1), refused("close"), refused("case_send", 1) }`;
    const text = expect.stringMatching(/cannot (send to|close) a channel that the process feeds itself$/);
    expect(value(body)).toEqual([
      [false, text],
      [false, text],
      [false, text],
    ]);
  });
});

describe("select", () => {
  it("takes no default for default = false, and any other value for one", () => {
    const body = `local ch = channel.new(1)
      ch:send(1)
      local first = channel.select{ ch:case_receive(), default = false }
      local second = channel.select{ ch:case_receive(), default = 1 }
      return { first.value, first.default == nil, second.default, second.ok, second.channel == nil }`;
    expect(value(body)).toEqual([1, true, true, true, true]);
  });

  it("tries the cases in the order of their numbers, holes or not", () => {
    const body = `local a, b = channel.new(1), channel.new(1)
      a:send("a") b:send("b")
      local cases = {}
      cases[3] = a:case_receive() cases[1] = b:case_receive()
      return { channel.select(cases).value, channel.select(cases).value }`;
    expect(value(body)).toEqual(["b", "a"]);
  });

  it("sends nil, and receives it as a value", () => {
    const body = `local ch = channel.new(1)
      local sent = channel.select{ ch:case_send(nil) }
      local got = channel.select{ ch:case_receive() }
      return { sent.ok, sent.value == nil, got.ok, got.value == nil, got.channel == ch }`;
    expect(value(body)).toEqual([true, true, true, true, true]);
  });

  it("uses a case as often as it is asked to", () => {
    const body = `local ch, seen = channel.new(2), {}
      local send, receive = ch:case_send("again"), ch:case_receive()
      for i = 1, 3 do channel.select{ send } seen[i] = channel.select{ receive }.value end
      return seen`;
    expect(value(body)).toEqual(["again", "again", "again"]);
  });

  it.each([
    ["channel.select()", /table expected/],
    ["channel.select{}", /select without a case would wait for ever/],
    ["channel.select{ channel.new() }", /item 1 is a userdata; use ch:case_receive\(\) or ch:case_send\(value\)/],
    ["channel.select{ channel.new():case_receive(), 'x', default = true }", /item 2 is a string/],
    ["channel.new('x')", /number expected/],
    ["channel.new(1.5)", /no integer representation/],
  ])("%s raises", (call, text) => {
    expect(value(`local ok, e = pcall(function() return ${call} end) return { ok, e }`)).toEqual([
      false,
      expect.stringMatching(text),
    ]);
  });
});

describe("a coroutine that the program resumes itself", () => {
  it("may select, sleep, call and wait for a future: whoever resumed it waits along, others go on", () => {
    const body = `local funcs, seen = require("funcs"), {}
      coroutine.spawn(function() for i = 1, 3 do time.sleep("1ms") seen[#seen + 1] = "tick" end end)
      local co = coroutine.create(function(n)
        time.sleep("2500us")
        local v = funcs.call("app:value", n)
        local w = funcs.async("app:value", n + 1):response():receive():data()
        local r = channel.select{ time.after("1ms"):case_receive() }
        coroutine.yield(v[1], w[1], r.ok)
        return "end"
      end)
      local results = { coroutine.resume(co, 5) }
      local status = coroutine.status(co)
      return { results, status, { coroutine.resume(co) }, coroutine.status(co), #seen }`;
    expect(value(body)).toEqual([[true, 5, 6, true], "suspended", [true, "end"], "dead", 3]);
  });

  it("raises what a call raises to whoever resumed it", () => {
    const body = `local co = coroutine.wrap(function()
        local ch = channel.new()
        ch:close()
        ch:send(1)
      end)
      local ok, e = pcall(co)
      return { ok, e }`;
    expect(value(body)).toEqual([false, expect.stringMatching(/send on closed channel$/)]);
  });
});
