/** Errors over the borders of a process, kinds in every spelling, and errors where Lua wants text. */
import { describe, expect, it } from "vitest";
import { failureKinds } from "../../../mailbox/index.js";
import { virtualNode } from "../../support/virtual.js";
import { FakeProcess } from "./fake-process.js";

const value = (sources: Record<string, string>) => {
  const outcome = virtualNode(sources).run("app:main");
  if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
  return outcome.value;
};

/** As the sources of Wippy spell it. */
const camelCase = (kind: string) =>
  kind
    .toLowerCase()
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

describe("a kind", () => {
  it.each(failureKinds.map((kind) => [kind, camelCase(kind)]))("%s may be written %s, and reads %s", (kind, camel) => {
    const script = `local a, b = errors.new("${camel}", "m"), errors.new{kind = "${camel}", message = "m"}
      return a:kind(), b:kind(), errors.${kind}, errors.is(a, "${camel}"), errors.is(a, errors.${kind})`;
    expect(new FakeProcess({ modules: [] }).run(script)).toEqual([kind, kind, kind, true, true]);
  });
});

describe("an error where Lua wants text", () => {
  it.each([
    ['string.find(e, "not found")', [10, 18]],
    ['string.match(e, "order (%d+)")', ["7"]],
    ["string.len(e)", [19]],
    ["string.sub(e, 1, 5)", ["order"]],
    ["string.upper(e)", ["ORDER 7: NOT FOUND!"]],
    ["string.lower(e)", ["order 7: not found!"]],
    ['string.gsub(e, "o", "0", 1)', ["0rder 7: not found!", 1]],
    ["string.byte(e, 1)", [111]],
    ['string.format("%s|%.5s|%q", e, e, "x")', ['order 7: not found!|order|"x"']],
    ["string.rep(e, 2, ' ')", ["order 7: not found! order 7: not found!"]],
    ["tostring(e)", ["order 7: not found!"]],
    ['e .. "?"', ["order 7: not found!?"]],
    ['"! " .. e', ["! order 7: not found!"]],
    ["e .. e", ["order 7: not found!order 7: not found!"]],
  ])("%s", (expression, expected) => {
    const script = `local e = errors.new("order 7: not found!") return ${expression}`;
    expect(new FakeProcess({ modules: [] }).run(script).slice(0, expected.length)).toEqual(expected);
  });
});

describe("an error that leaves its process", () => {
  const thrown = `errors.wrap(errors.new{kind = "Conflict", message = "taken", retryable = true, details = {order = 7, list = {1, 2}}}, "saving")`;
  const shown = `{ e:kind(), e:message(), e:retryable(), e:details().order, #e:details().list, tostring(e), type(e) }`;
  const whole = ["CONFLICT", "taken", true, 7, 2, "saving: taken", "userdata"];

  it.each([
    ["as a result", `return function() return nil, ${thrown} end`],
    ["raised", `return function() error(${thrown}) end`],
    [
      "raised in a coroutine",
      `return function() coroutine.spawn(function() error(${thrown}) end) channel.new():receive() end`,
    ],
  ])("%s is the same for whoever waits", (_, child) => {
    const main = `return function() local _, e = process.exec("app:child", "test:host") return ${shown} end`;
    expect(value({ "app:main": main, "app:child": child })).toEqual(whole);
  });

  it("is the same in an EXIT event, in a message, and as the error of a function", () => {
    const main = `local funcs = require("funcs")
      return function()
        process.spawn_monitored("app:child", "test:host", process.pid())
        local results = {}
        local e = process.inbox():receive():payload():data().problem
        results[1] = ${shown}
        e = process.events():receive().result.error
        results[2] = ${shown}
        _, e = funcs.call("app:child", process.pid())
        results[3] = ${shown}
        return results
      end`;
    const child = `return function(to) process.send(to, "t", {problem = ${thrown}}) return nil, ${thrown} end`;
    expect(value({ "app:main": main, "app:child": child })).toEqual([whole, whole, whole]);
  });

  it("keeps that nobody said whether it may be tried again", () => {
    const main = `return function()
      local _, raised = process.exec("app:raises", "test:host")
      local _, text = process.exec("app:text", "test:host")
      local _, object = process.exec("app:object", "test:host")
      return { raised:kind(), raised:retryable() == nil, text:kind(), text:retryable(), object:kind(), object:retryable() == nil }
    end`;
    expect(
      value({
        "app:main": main,
        "app:raises": 'return function() error("boom") end',
        "app:text": 'return function() return nil, "boom" end',
        "app:object": 'return function() return nil, errors.new("boom") end',
      }),
    ).toEqual(["INTERNAL", true, "INTERNAL", false, "UNKNOWN", true]);
  });
});
