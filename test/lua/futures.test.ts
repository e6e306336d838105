/** `funcs.async` and its Future: what the channel gives, what the methods say, in which order, and what becomes of what nobody reads. */
import { describe, expect, it } from "vitest";
import type { Payload } from "../../mailbox/index.js";
import { type VirtualNode, virtualNode } from "../support/virtual.js";

const functions = {
  "app:echo": "return function(...) return ... end",
  "app:nothing": "return function() end",
  "app:fail": `return function()
    return nil, errors.new({ kind = "NOT_FOUND", message = "no", retryable = true, details = { a = 1 } })
  end`,
  "app:raise": 'return function() error("boom") end',
  "app:after": 'return function(ms, v) require("time").sleep(ms .. "ms") return v end',
};

function nodeOf(body: string): VirtualNode {
  const main = `local funcs, time = require("funcs"), require("time") return function() ${body} end`;
  return virtualNode({ ...functions, "app:main": main });
}

function value(body: string): Payload {
  const node = nodeOf(body);
  const outcome = node.run("app:main");
  expect(node.internalErrors).toEqual([]);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

describe("a future", () => {
  it("is there at once, and its channel gives the result in a payload wrapper and is closed then", () => {
    const body = `local f, err = funcs.async("app:after", 50, { n = 7 })
      local at = time.now()
      local p, ok = f:response():receive()
      local again, more = f:response():receive()
      local waited = time.now():sub(at):milliseconds()
      return { err == nil, p:data(), ok, again == nil, more, waited }`;
    expect(value(body)).toEqual([true, { n: 7 }, true, true, false, 50]);
  });

  it("has the same channel under both names, each time", () => {
    const body = `local f = funcs.async("app:nothing")
      return { f:response() == f:response(), f:response() == f:channel(), f == f }`;
    expect(value(body)).toEqual([true, true, true]);
  });

  it("gives a wrapper that holds nil for a function without a result", () => {
    expect(
      value('local p, ok = funcs.async("app:nothing"):response():receive() return { p:data() == nil, ok }'),
    ).toEqual([true, true]);
  });

  it("gives one result, whatever else the function returned", () => {
    expect(value('return funcs.async("app:echo", 1, 2, 3):response():receive():data()')).toBe(1);
  });

  it("gives the error object itself, with ok == true", () => {
    const body = `local e, ok = funcs.async("app:fail"):response():receive()
      return { type(e), e:kind(), e:message(), e:retryable(), e:details(), ok }`;
    expect(value(body)).toEqual(["userdata", "NOT_FOUND", "no", true, { a: 1 }, true]);
  });

  it("keeps the kind and the unset flag of a raise", () => {
    const body = `local f = funcs.async("app:raise")
      local e = f:response():receive()
      local same, yes = f:error()
      return { e:kind(), e:retryable() == nil, same == e, yes }`;
    expect(value(body)).toEqual(["INTERNAL", true, true, true]);
  });

  it("of a function that does not exist fails; of an id that is none there is no future", () => {
    const body = `local e = funcs.async("app:absent"):response():receive()
      local f, err = funcs.async("name")
      local g, bad = funcs.async("app:echo", print)
      return { e:kind(), f == nil, err:kind(), err:message(), g == nil, bad:kind() }`;
    expect(value(body)).toEqual(["NOT_FOUND", true, "INVALID", "namespace required in function ID", true, "INVALID"]);
  });

  it("is complete once its channel has the outcome, whether or not somebody has taken it", () => {
    const body = `local f = funcs.async("app:after", 10, "done")
      local function state()
        local v, e = f:result()
        local err, failed = f:error()
        return { f:is_complete(), f:is_canceled(), v and v:data() or "-", e == nil, err == nil, failed }
      end
      local before = state()
      time.sleep("20ms")
      local after = state()
      local p = f:response():receive()
      return { before, after, p:data(), p == (f:result()) }`;
    const state = (complete: boolean, result: string) => [complete, false, result, true, true, false];
    expect(value(body)).toEqual([state(false, "-"), state(true, "done"), "done", true]);
  });

  it("shows a failure as result and as error, with its kind", () => {
    const body = `local f = funcs.async("app:fail")
      f:response():receive()
      local v, e = f:result()
      local err, failed = f:error()
      return { v == nil, e:kind(), err:kind(), failed, f:is_complete() }`;
    expect(value(body)).toEqual([true, "NOT_FOUND", "NOT_FOUND", true, true]);
  });
});

describe("a cancelled future", () => {
  const state = `local v, e = f:result()
    local err, failed = f:error()
    local item, ok = f:response():receive()
    return { c, n == nil, f:is_canceled(), f:is_complete(), v == nil, e:kind(), e:message(), err:kind(), failed, item == nil, ok }`;
  const cancelled = (complete: boolean) => [
    true,
    true,
    true,
    complete,
    true,
    "CANCELED",
    "canceled",
    "CANCELED",
    true,
    true,
    false,
  ];

  it("gives nothing, wakes who waits, and says CANCELED for ever", () => {
    expect(
      value(`local f = funcs.async("app:after", 10, 1) local c, n = f:cancel() time.sleep("1s") ${state}`),
    ).toEqual(cancelled(false));
    const body = `local f = funcs.async("app:after", 10, 1)
      local done = channel.new()
      coroutine.spawn(function() local v, ok = f:response():receive() done:send({ v == nil, ok }) end)
      time.sleep("1ms")
      f:cancel()
      return (done:receive())`;
    expect(value(body)).toEqual([true, false]);
  });

  it("says so also when the result was there before", () => {
    expect(value(`local f = funcs.async("app:echo", 1) time.sleep("1s") local c, n = f:cancel() ${state}`)).toEqual(
      cancelled(true),
    );
  });

  it("may be cancelled twice", () => {
    expect(value('local f = funcs.async("app:echo") return { f:cancel(), f:cancel() }')).toEqual([true, true]);
  });

  it("does not stop the function", () => {
    const node = virtualNode({
      "app:main": `return function()
        local f = require("funcs").async("app:slow")
        require("time").sleep("1ms")
        f:cancel()
      end`,
      "app:slow": 'return function() require("time").sleep("10ms") print("went on") end',
    });
    node.run("app:main");
    expect(node.prints).toEqual(["went on"]);
  });
});

describe("several futures", () => {
  it("complete in the order of their functions, and select tells which", () => {
    const body = `local open, order = {}, {}
      for i, ms in ipairs({ 30, 10, 20 }) do open[i] = funcs.async("app:after", ms, ms) end
      while #order < 3 do
        local cases = {}
        for i = 1, 3 do if open[i] then cases[#cases + 1] = open[i]:response():case_receive() end end
        local result = channel.select(cases)
        for i = 1, 3 do
          if open[i] and result.channel == open[i]:response() then
            order[#order + 1] = { i, result.value:data(), result.ok }
            open[i] = false
          end
        end
      end
      return order`;
    expect(value(body)).toEqual([
      [2, 10, true],
      [3, 20, true],
      [1, 30, true],
    ]);
  });

  it("run beside each other and beside a call", () => {
    const body = `local at = time.now()
      local a, b = funcs.async("app:after", 40, 1), funcs.async("app:after", 40, 2)
      local c = funcs.call("app:after", 40, 3)
      local sum = a:response():receive():data() + b:response():receive():data() + c
      return { sum, time.now():sub(at):milliseconds() }`;
    expect(value(body)).toEqual([6, 40]);
  });

  it("of an executor have its context", () => {
    const node = virtualNode({
      "app:main": `return function()
        local exec = require("funcs").new():with_context({ user = "ann" })
        return exec:async("app:ctx"):response():receive():data()
      end`,
      "app:ctx": 'return function() return (require("ctx").get("user")) end',
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: "ann" });
  });
});

describe("a future that nobody reads", () => {
  it("keeps nobody waiting: the process ends with main, and the function with itself", () => {
    expect(value('funcs.async("app:after", 1000, 1) return "done"')).toBe("done");
  });

  it("is a pending operation, so a process that waits meanwhile is no deadlock", () => {
    const body = `local ch = channel.new()
      coroutine.spawn(function() local p = funcs.async("app:after", 100, 1):response():receive() ch:send(p:data()) end)
      return (ch:receive())`;
    expect(value(body)).toBe(1);
  });

  it("leaves nothing behind in its process once the outcome has come", () => {
    const node = nodeOf(`for i = 1, 500 do funcs.async("app:echo", i) end
      time.sleep("1s")
      return process.inbox():receive():topic()`);
    const pid = node.spawn("app:main");
    expect(node.host.size).toBe(2);
    node.send(pid, "bye");
    expect(node.exits.at(-1)).toMatchObject({ reason: { kind: "normal", value: "bye" } });
  });

  it("is dropped by an upgrade: its outcome reaches no new program", () => {
    const node = virtualNode({
      ...functions,
      "app:main": `return function()
        require("funcs").async("app:after", 50, "old")
        process.upgrade("app:next")
      end`,
      "app:next": `return function()
        local timer = require("time").after("1s")
        local r = channel.select{ process.inbox():case_receive(), timer:case_receive() }
        return r.channel == timer
      end`,
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: true });
    expect(node.internalErrors).toEqual([]);
  });
});
