/** Actors and scopes: values that travel from process to process, in keys of the context that no program sees; nothing is denied. */
import { describe, expect, it } from "vitest";
import type { Payload } from "../../mailbox/index.js";
import { virtualNode } from "../support/virtual.js";

const who = `local security, ctx = require("security"), require("ctx")
return function()
  local actor, scope = security.actor(), security.scope()
  return { actor and actor:id() or "nobody", actor and actor:meta() or {}, scope ~= nil, ctx.all() }
end`;

/** Starts as ann, and hands on to whatever it starts. */
const asAnn = (body: string) => `local security, funcs = require("security"), require("funcs")
  local ann = security.new_actor("ann", { role = "admin", tags = { "a", "b" } })
  local bob = security.new_actor("bob")
  return function() ${body} end`;

function value(body: string, more: Readonly<Record<string, string>> = {}): Payload {
  const node = virtualNode({ "app:main": asAnn(body), "app:who": who, ...more });
  const outcome = node.run("app:main");
  expect(node.internalErrors).toEqual([]);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

const host = '"test:host"';
const isAnn = ["ann", { role: "admin", tags: ["a", "b"] }, false, []];

describe("an actor", () => {
  it("has an id and a copy of its metadata", () => {
    const body = `local meta = ann:meta()
      meta.role = "changed"
      return { ann:id(), ann:meta(), bob:meta(), tostring(ann), type(ann) }`;
    expect(value(body)).toEqual(["ann", { role: "admin", tags: ["a", "b"] }, [], "actor ann", "userdata"]);
  });

  it("is nobody unless somebody was named", () => {
    expect(value(`return process.exec("app:who", ${host})`)).toEqual(["nobody", [], false, []]);
  });

  it("goes with spawn, exec, call and async, and is not among the values of ctx", () => {
    expect(value(`return process.with_options({}):with_actor(ann):exec("app:who", ${host})`)).toEqual(isAnn);
    expect(value('return funcs.new():with_actor(ann):call("app:who")')).toEqual(isAnn);
    expect(value('return funcs.new():with_actor(ann):async("app:who"):response():receive():data()')).toEqual(isAnn);
    const spawned = `local spawner = process.with_context({}):with_actor(ann)
      spawner:spawn_monitored("app:who", ${host})
      return process.events():receive().result.value`;
    expect(value(spawned)).toEqual(isAnn);
  });

  it("goes on to what its process starts and calls, until another one is named", () => {
    const middle = `local security, funcs = require("security"), require("funcs")
      return function()
        return {
          (process.exec("app:who", ${host})),
          (funcs.call("app:who")),
          (process.with_context({ x = 1 }):exec("app:who", ${host})),
          (funcs.new():with_actor(security.new_actor("bob")):call("app:who")),
        }
      end`;
    const body = `return process.with_context({}):with_actor(ann):exec("app:middle", ${host})`;
    expect(value(body, { "app:middle": middle })).toEqual([
      isAnn,
      isAnn,
      ["ann", { role: "admin", tags: ["a", "b"] }, false, { x: 1 }],
      ["bob", [], false, []],
    ]);
  });

  it("outlives an upgrade, and is the same object each time", () => {
    const leaver = 'return function() process.upgrade("app:same") end';
    const same = `local security = require("security")
      return function() return { security.actor():id(), security.actor() == security.actor() } end`;
    const body = `return process.with_context({}):with_actor(ann):exec("app:leaver", ${host})`;
    expect(value(body, { "app:leaver": leaver, "app:same": same })).toEqual(["ann", true]);
  });

  it("builders are immutable: each with_actor gives a new one", () => {
    const body = `local base = process.with_context({})
      local a, b = base:with_actor(ann), base:with_actor(bob)
      local function id(spawner) return spawner:exec("app:who", ${host})[1] end
      return { id(a), id(b), id(base) }`;
    expect(value(body)).toEqual(["ann", "bob", "nobody"]);
  });
});

describe("a scope", () => {
  it("is carried as an actor is", () => {
    const body = `local empty = security.new_scope()
      local got = funcs.new():with_scope(empty):call("app:who")
      return { got[3], #empty:policies(), tostring(empty) }`;
    expect(value(body)).toEqual([true, 0, "scope {}"]);
  });

  it("allows everything, as does can", () => {
    const body = `return {
      security.can("read", "x"), security.can("write", "x", { owner = 1 }),
      security.new_scope():evaluate(ann, "read", "x", {}) }`;
    expect(value(body)).toEqual([true, true, "allow"]);
  });

  it("has no policies to be made of in this version", () => {
    const body = `local out = {}
      for _, what in ipairs({ "policy", "named_scope", "token_store" }) do
        local v, err = security[what]("app:x")
        out[#out + 1] = { v == nil, err:kind(), err:message(), err:retryable() }
      end
      return out`;
    const absent = (what: string) => [true, "NOT_FOUND", `there is no ${what} app:x: this version has none`, false];
    expect(value(body)).toEqual([absent("policy"), absent("scope"), absent("token store")]);
  });
});

describe("what raises", () => {
  const raises: [call: string, text: RegExp][] = [
    ["process.with_context({}):with_actor(nil)", /with_actor.*security\.Actor expected/],
    ["process.with_context({}):with_actor('ann')", /with_actor.*security\.Actor expected/],
    ["process.with_context({}):with_actor(security.new_scope())", /security\.Actor expected/],
    ["process.with_context({}):with_scope(nil)", /with_scope.*security\.Scope expected/],
    ["process.with_context({}):with_scope(ann)", /security\.Scope expected/],
    ["funcs.new():with_actor()", /with_actor.*security\.Actor expected/],
    ["funcs.new():with_scope({})", /security\.Scope expected/],
    ["security.new_actor('')", /the id cannot be empty/],
    ["security.new_actor()", /string expected/],
    ["security.new_actor('x', 1)", /table expected/],
    ["security.new_actor('x', { f = print })", /meta\.f/],
    ["security.new_scope({ 'app:read' })", /item 1 is no policy, but a string/],
    ["security.can('read')", /string expected/],
    ["security.can('read', 'x', 1)", /table expected/],
  ];
  it.each(raises)("%s", (call, text) => {
    expect(value(`local ok, e = pcall(function() return ${call} end) return { ok, tostring(e) }`)).toEqual([
      false,
      expect.stringMatching(text),
    ]);
  });
});

describe("reserved keys of the context", () => {
  it.each(["process.with_context", "process.with_context({}):with_context", "funcs.new():with_context"])(
    "%s refuses them",
    (call) => {
      const given = call.includes(":with") ? call.replace(/:with_context$/, "") : "process";
      const body = `local target = ${given}
        local ok, e = pcall(function()
          if target == process then return process.with_context({ ["@actor"] = { id = "root" } }) end
          return target:with_context({ ["@actor"] = { id = "root" } })
        end)
        return { ok, e:kind(), e:message() }`;
      expect(value(body)).toEqual([false, "INVALID", "context keys that begin with @ are reserved: @actor"]);
    },
  );

  it("are not there for ctx", () => {
    const peek = `local ctx = require("ctx")
      return function() local v, err = ctx.get("@actor") return { v == nil, err:kind(), err:message() } end`;
    const body = 'return funcs.new():with_actor(ann):call("app:peek")';
    expect(value(body, { "app:peek": peek })).toEqual([true, "NOT_FOUND", "key not found: @actor"]);
  });
});
