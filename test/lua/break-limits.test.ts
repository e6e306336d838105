/** Programs that try to hang the node: one call, or one stretch that cannot be pre-empted, must end in bounded time. */
import { describe, expect, it } from "vitest";
import { virtualNode } from "../support/virtual.js";

const shared = "local t = {} for i = 1, 60 do t = {t, t} end";
const limits = { sliceInstructions: 20_000, maxSlices: 100 };

function errorOf(source: string): string {
  const outcome = virtualNode({ "app:main": source }, limits).run("app:main");
  if (outcome.ok) throw new Error("expected a failure");
  return `${outcome.error.kind}: ${outcome.error.message}`;
}

const outcomeOf = (source: string) => virtualNode({ "app:main": source }, limits).run("app:main");

describe("a process without a budget of its own", () => {
  it.each([
    ["a comparison of table.sort", "table.sort({3, 2, 1}, function() while true do end end)"],
    ["a callback of gsub", "('x'):gsub('x', function() while true do end end)"],
    ["__tostring", "tostring(setmetatable({}, {__tostring = function() while true do end end}))"],
    ["__tostring of its error", "error(setmetatable({}, {__tostring = function() while true do end end}))"],
  ])("is ended when it loops in %s, where it cannot be pre-empted", (_name, loop) => {
    expect(errorOf(`return function() ${loop} end`)).toMatch(/^RESOURCE_EXHAUSTED: instruction budget of/);
  });

  it.each([
    ["json.decode", `local f, s = require("json").decode, "[" .. ("1,"):rep(200000) .. "1]"`],
    ["json.encode", `local f, s = require("json").encode, {} for i = 1, 100000 do s[i] = i end`],
    ["base64.encode", `local f, s = require("base64").encode, ("x"):rep(2^20)`],
    ["uuid.v5", `local v5, s = require("uuid").v5, ("x"):rep(2^20) local f = function(s) v5(("0"):rep(32), s) end`],
    ["os.date", `local f, s = os.date, ("%Y"):rep(2^18)`],
    ["print", `local f, s = print, ("x"):rep(2^20)`],
    ["string.packsize", `local f, s = string.packsize, (" "):rep(2^20)`],
    ["tonumber", `local f, s = tonumber, ("1"):rep(2^20)`],
    ["tonumber with a base", `local f, s = function(s) tonumber(s, 10) end, ("1"):rep(2^20)`],
    [
      "a long select",
      `local f, s = function(s) channel.select(s, true) end, {}
      local case = channel.new():case_receive() for i = 1, 20000 do s[i] = case end`,
    ],
    ["coroutines", `local f, s = coroutine.create, print local kept = {}`],
  ])("pays for the work of %s", (_name, prepare) => {
    expect(errorOf(`${prepare} return function() while true do f(s) end end`)).toMatch(/^RESOURCE_EXHAUSTED/);
  });

  it("gives others their turns while it makes long calls", () => {
    const node = virtualNode(
      {
        "app:busy": `local s = "[" .. ("1,"):rep(200000) .. "1]" return function() while true do require("json").decode(s) end end`,
        "app:quick": `return function() return "done" end`,
      },
      { sliceInstructions: 20_000, maxSlices: 300 },
    );
    const busy = node.begin("app:busy");
    const quick = node.begin("app:quick");
    node.clock.runUntilIdle();
    expect(quick.outcome).toEqual({ ok: true, value: "done" });
    expect(busy.outcome).toMatchObject({ ok: false, error: { kind: "RESOURCE_EXHAUSTED" } });
  });
});

describe("a value that stands for more than it weighs", () => {
  it("is refused while it is copied, not after", () => {
    const big = "larger than 1048576 bytes";
    expect(errorOf(`return function() ${shared} return t end`)).toContain(`result is ${big}`);
    expect(errorOf(`return function() ${shared} process.with_context({a = t}) end`)).toContain(`context is ${big}`);
    expect(errorOf(`return function() ${shared} return process.send(process.pid(), "x", t) end`)).toContain(big);
    expect(errorOf(`return function() ${shared} error(errors.new{details = t}) end`)).toContain(big);
    expect(errorOf(`return function() ${shared} return require("json").encode(t) end`)).toMatch(
      /^RESOURCE|text is longer than/,
    );
  });

  it("is refused when many arguments or keys share it", () => {
    const half = "local s = ('x'):rep(2^16) local t = {} for i = 1, 100 do t[i] = s end";
    expect(errorOf(`return function() ${half} return process.send(process.pid(), "x", table.unpack(t)) end`)).toContain(
      "the argument list is larger",
    );
    const keys = `${half} local c = {} for i = 1, 100 do c["k" .. i] = t[i] end`;
    expect(errorOf(`return function() ${keys} process.with_options(c) end`)).toContain("options is larger");
    expect(outcomeOf(`return function() ${keys} require("logger"):info("m", c) return 1 end`)).toEqual({
      ok: true,
      value: 1,
    });
  });
});

describe("one call on input made to be slow", () => {
  it.each([
    ["a select case at a large index", "channel.select({[4e9] = channel.new(1):case_send(1)}) return 1"],
    [
      "wrapping an error many times",
      "local e = errors.new('a') for i = 1, 20000 do e = errors.wrap(e, 'c') end return 1",
    ],
    [
      "a queue of coroutines on one channel",
      `local c, n = channel.new(), 0
      for i = 1, 5000 do coroutine.spawn(function() c:receive() n = n + 1 end) end
      for i = 1, 5000 do c:send(i) end return 1`,
    ],
    [
      "a long time layout",
      `local time, s = require("time"), ("Jan "):rep(10000) time.parse(s, s)
      assert(not pcall(time.now().format, time.now(), s)) return 1`,
    ],
  ])("%s ends", (_name, body) => {
    expect(outcomeOf(`return function() ${body} end`)).toEqual({ ok: true, value: 1 });
  });
});
