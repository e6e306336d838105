/** Request and reply from Lua: process.call, funcs, workflow.exec. */
import { describe, expect, it } from "vitest";
import { H, problem, problemOf, value } from "../support/lua-children.js";
import { virtualNode } from "../support/virtual.js";

describe("process.call", () => {
  it("gives what msg:reply gives", () => {
    expect(
      value(`local pid = process.spawn("app:answer", ${H}) return { process.call(pid, "add", { a = 2, b = 3 }) }`),
    ).toEqual([5]);
  });

  it("gives the error of msg:fail, and of a callee that ends instead", () => {
    expect(
      value(`
      local pid = process.spawn("app:answer", ${H})
      local a = ${problem('process.call(pid, "fail")')}
      local b = ${problem('process.call(pid, "text")')}
      local c = ${problem('process.call(pid, "end")')}
      local d = ${problem('process.call(pid, "add")')}
      local e = ${problem(`process.call(process.spawn("app:answer", ${H}), "crash")`)}
      return { a, b, c[2], d[2], { e[2], e[3] } }`),
    ).toEqual([
      [true, "CONFLICT", "not now", true],
      [true, "INTERNAL", "plain text", false],
      "NOT_FOUND",
      "NOT_FOUND",
      ["INTERNAL", "answer.lua:9: in call"],
    ]);
  });

  it("times out after its timeout", () => {
    expect(
      value(`
      local pid, start = process.spawn("app:answer", ${H}), time.now()
      local a = ${problem('process.call(pid, "never", nil, { timeout = "2s" })')}
      local b = ${problem('process.call(pid, "never", nil, { timeout = 500 })')}
      return { a[2], b[2], time.now():sub(start):milliseconds() }`),
    ).toEqual(["TIMEOUT", "TIMEOUT", 2500]);
  });

  it("refuses a timeout that is none, and a bad topic", () => {
    const bad = 'process.call(process.pid(), "t", nil, { timeout = "soon" })';
    expect(problemOf(bad)).toEqual([
      true,
      "INVALID",
      expect.stringMatching(/^call: option timeout must be a duration above zero/),
      false,
    ]);
    expect(problemOf('process.call(process.pid(), "@t")')).toEqual([true, "INVALID", "cannot send to @ topics", false]);
  });

  it("a cycle of calls is CONFLICT and names the pids", () => {
    const node = virtualNode({
      "app:main": `return function()
        local pid = process.spawn("app:back", ${H})
        coroutine.spawn(function() process.inbox():receive() end)
        return process.call(pid, "start")
      end`,
      "app:back": `return function()
        local msg = process.inbox():receive()
        local v, err = process.call(msg:from(), "again")
        msg:reply({ err:kind(), err:message() })
      end`,
    });
    expect(node.run("app:main")).toEqual({
      ok: true,
      value: ["CONFLICT", expect.stringMatching(/^calls form a cycle: \{.*\} -> \{.*\} -> \{.*\}$/)],
    });
  });

  it("reply to a plain message, or a second time, is INVALID", () => {
    const node = virtualNode({
      "app:main": `return function()
        local pid = process.spawn("app:twice", ${H})
        process.send(pid, "plain")
        process.call(pid, "called")
        return process.inbox():receive():payload():data()
      end`,
      "app:twice": `return function()
        local inbox = process.inbox()
        local plain = inbox:receive()
        local _, e1 = plain:reply(1)
        local msg = inbox:receive()
        local first = msg:reply(1)
        local _, e2 = msg:reply(2)
        process.send(plain:from(), "result", { e1:kind(), e1:message(), first, e2:kind(), e2:message() })
      end`,
    });
    expect(node.run("app:main")).toEqual({
      ok: true,
      value: [
        "INVALID",
        "nobody waits for an answer to message plain: it was sent, not called",
        true,
        "INVALID",
        "nobody waits for an answer to message called: it has been answered, or the caller has gone",
      ],
    });
  });
});

describe("funcs", () => {
  const problemOfFunction = (call: string) => problemOf(call.replace("funcs", 'require("funcs")'));

  it("call gives the result, or the error with everything", () => {
    expect(value('local v, err = require("funcs").call("app:value", 1, 2) return { v, err == nil }')).toEqual([
      [1, 2],
      true,
    ]);
    expect(problemOfFunction('funcs.call("app:fail", "no")')).toEqual([true, "NOT_FOUND", "no", false]);
  });

  it("an executor merges context and replaces options; each step gives a new one", () => {
    const node = virtualNode({
      "app:main": `local funcs = require("funcs")
      return function()
        local base = funcs.new():with_context({ a = 1 })
        local more = base:with_context({ b = 2 }):with_options({ timeout = 5 })
        return { more:call("app:ctx"), base:call("app:ctx"), base ~= more }
      end`,
      "app:ctx": 'return function() return (require("ctx").all()) end',
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: [{ a: 1, b: 2 }, { a: 1 }, true] });
  });

  const refusals: [string, string][] = [
    ["funcs.call('')", "function ID required"],
    ["funcs.call()", "function ID required"],
    ["funcs.call('name')", "namespace required in function ID"],
    ["funcs.call(':name')", "namespace required in function ID"],
    ["funcs.call('ns:')", "name required in function ID"],
  ];
  for (const [call, message] of refusals) {
    it(`${call} is INVALID: ${message}`, () =>
      expect(problemOfFunction(call)).toEqual([true, "INVALID", message, false]));
  }
});

describe("workflow, outside of one", () => {
  it("info is nil, exec is INVALID", () => {
    expect(value('local w = require("workflow") local a, b = w.info() return { a == nil, b == nil }')).toEqual([
      true,
      true,
    ]);
    expect(problemOf('require("workflow").exec("app:value")')).toEqual([
      true,
      "INVALID",
      "workflow.exec outside workflow context not yet supported",
      false,
    ]);
  });
});
