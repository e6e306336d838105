/** What the error of a process says of where it was raised: Lua functions, files and lines, and nothing of the host. */
import { describe, expect, it } from "vitest";
import { virtualNode } from "../support/virtual.js";
import { failureOf } from "./run-lua.js";

const inner = "local function inner(t) return t.a.b end\n";
const frames = (...lines: string[]): string => ["stack traceback:", ...lines].join("\n\t");

describe("the traceback of an error", () => {
  it("shows the functions from the innermost to the entry point", () => {
    const error = failureOf(
      `${inner}local function outer() local x = inner({}) return x end\nreturn function() outer() end`,
    );
    expect(error).toMatchObject({
      message: "main.lua:1: attempt to index a nil value (field 'a')",
      stack: frames(
        "main.lua:1: in upvalue 'inner'",
        "main.lua:2: in upvalue 'outer'",
        "main.lua:3: in function <main.lua:3>",
      ),
    });
  });

  it("goes through coroutine.wrap to the one who resumed it", () => {
    const error = failureOf(`${inner}return function()
      local outermost = coroutine.wrap(function()
        coroutine.wrap(function() inner({}) end)()
      end)
      outermost()
    end`);
    expect(error).toMatchObject({
      message: "main.lua:6: main.lua:4: main.lua:1: attempt to index a nil value (field 'a')",
      stack: frames(
        "main.lua:1: in upvalue 'inner'",
        "main.lua:4: in function <main.lua:4>",
        "(...resumed by)",
        "[C]: in ?",
        "main.lua:4: in function <main.lua:3>",
        "(...resumed by)",
        "[C]: in local 'outermost'",
        "main.lua:6: in function <main.lua:2>",
      ),
    });
  });

  it("is kept when a pcall catches what a coroutine raised and raises it again", () => {
    const error = failureOf(`${inner}return function()
      local ok, e = pcall(coroutine.wrap(function() inner({}) end))
      error(e, 0)
    end`);
    expect(error.stack).toMatch(/^stack traceback:\n\tmain\.lua:1: in upvalue 'inner'\n\tmain\.lua:3: /);
  });

  it("is that of the coroutine which failed, for one that the scheduler runs", () => {
    const error = failureOf(`${inner}return function()
      coroutine.spawn(function() inner({}) end)
      channel.new():receive()
    end`);
    expect(error.stack).toBe(frames("main.lua:1: in upvalue 'inner'", "main.lua:3: in function <main.lua:3>"));
  });

  it("shows functions of the library by name, between those that called them and those they called", () => {
    const error = failureOf(`${inner}return function() return (("abc"):gsub("b", function() inner({}) end)) end`);
    expect(error.stack).toBe(
      frames(
        "main.lua:1: in upvalue 'inner'",
        "main.lua:2: in function <main.lua:2>",
        "[C]: in function 'string.gsub'",
        "main.lua:2: in function <main.lua:2>",
      ),
    );
  });

  it("of an error object is where it was made, also inside a coroutine", () => {
    const error = failureOf(`return function()
      local function make() local e = errors.new("CONFLICT", "made") return e end
      local co = coroutine.wrap(function() local e = make() return e end)
      error(errors.wrap(co(), "later"))
    end`);
    expect(error).toMatchObject({
      kind: "CONFLICT",
      message: "made",
      context: ["later"],
      stack: frames(
        "main.lua:2: in upvalue 'make'",
        "main.lua:3: in function <main.lua:3>",
        "(...resumed by)",
        "[C]: in local 'co'",
        "main.lua:4: in function <main.lua:1>",
      ),
    });
  });

  it("of a chunk that fails while it is loaded says so", () => {
    expect(failureOf("local t = nil\nlocal x = t.y").stack).toBe(frames("main.lua:2: in main chunk"));
  });

  it("is what err:stack() and errors.call_stack say to Lua", () => {
    const node = virtualNode({
      "app:failing": "return function() error('in here') end",
      "app:main": `return function()
        local value, e = require("funcs").call("app:failing")
        local frames = errors.call_stack(e).frames
        return { e:message(), e:stack(), #frames, frames[2].source .. ":" .. frames[2].line }
      end`,
    });
    expect(node.run("app:main")).toEqual({
      ok: true,
      value: [
        "failing.lua:1: in here",
        frames("[C]: in function 'error'", "failing.lua:1: in function <failing.lua:1>"),
        2,
        "failing.lua:1",
      ],
    });
  });

  it("is in the log record of a process that fails, also when nobody waits for it", () => {
    const node = virtualNode({
      "app:child": "return function() local t = nil return t.x end",
      "app:main": "return function() process.spawn('app:child', 'test:host') require('time').sleep('1s') end",
    });
    node.run("app:main");
    const reasons = node.exits.map(({ reason }) => (reason.kind === "failed" ? reason.error.stack : reason.kind));
    expect(reasons).toEqual([frames("child.lua:1: in function <child.lua:1>"), "normal"]);
  });
});

describe("an error value that is no text", () => {
  it("is a table: its content is in the details", () => {
    expect(failureOf("return function() error({ code = 5, list = { 1 } }) end")).toMatchObject({
      kind: "INTERNAL",
      message: "(error object is a table value)",
      details: { code: 5, list: [1] },
    });
  });

  it("is a table that may not leave the process: there are no details", () => {
    const error = failureOf("return function() error({ f = print }) end");
    expect(error.message).toBe("(error object is a table value)");
    expect(error.details).toBeUndefined();
  });

  it("is a table with a text of its own", () => {
    const source = "return function() error(setmetatable({}, { __tostring = function() return 'my text' end })) end";
    expect(failureOf(source).message).toBe("my text");
  });

  it.each([
    ["nil", "nil"],
    ["true", "true"],
    ["12", "12"],
  ])("is %s", (value, message) => {
    expect(failureOf(`return function() error(${value}) end`).message).toBe(message);
  });
});
