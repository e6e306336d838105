import { describe, expect, it } from "vitest";
import { FakeProcess } from "./fake-process.js";

const open = () => new FakeProcess({ modules: [] });

describe("errors.new", () => {
  it.each([
    ['errors.new("boom")', ["UNKNOWN", "boom", undefined, undefined]],
    ['errors.new("NotFound", "no order")', ["NOT_FOUND", "no order", undefined, undefined]],
    ['errors.new("NOT_FOUND", "no order")', ["NOT_FOUND", "no order", undefined, undefined]],
    ['errors.new{message = "m", kind = errors.TIMEOUT, retryable = true}', ["TIMEOUT", "m", true, undefined]],
    ['errors.new{message = "m", kind = "LimitExceeded", retryable = false}', ["LIMIT_EXCEEDED", "m", false, undefined]],
    ['errors.new{message = "m", kind = "Custom", details = {}}', ["Custom", "m", undefined, undefined]],
    ["errors.new{}", ["UNKNOWN", "", undefined, undefined]],
  ])("%s", (source, expected) => {
    const script = `local e = ${source}; return e:kind(), e:message(), e:retryable(), e:details()`;
    expect(open().run(script)).toEqual(expected);
  });

  it("keeps details", () => {
    expect(open().run('local e = errors.new{message = "m", details = {order = 7}}; return e:details().order')).toEqual([
      7,
    ]);
  });

  it("is a userdata", () => {
    expect(open().eval('type(errors.new("x"))')).toEqual(["userdata"]);
  });

  it.each([
    ["errors.new()", "bad argument #1 to 'new'"],
    ["errors.new{message = {}}", "field 'message' must be a string, got table"],
    ['errors.new{retryable = "yes"}', "field 'retryable' must be a boolean, got string"],
    ["errors.new{details = {f = print or type}}", "which cannot leave a process"],
  ])("refuses %s", (source, message) => {
    const [ok, text] = open().run(`local ok, e = pcall(function() return ${source} end); return ok, tostring(e)`);
    expect(ok).toBe(false);
    expect(text).toContain(message);
  });
});

describe("an error", () => {
  it("shows its context in the text but not in the message", () => {
    const script = `
      local e = errors.wrap(errors.wrap(errors.new{message = "inner", kind = "CONFLICT", retryable = true}, "one"), "two")
      return tostring(e), e:message(), e:kind(), e:retryable()`;
    expect(open().run(script)).toEqual(["two: one: inner", "inner", "CONFLICT", true]);
  });

  it("can be wrapped from a string; nil stays nil", () => {
    expect(
      open().run('local e = errors.wrap("x", "ctx"); return tostring(e), e:kind(), errors.wrap(nil, "ctx")'),
    ).toEqual(["ctx: x", "UNKNOWN", undefined]);
  });

  it("joins with strings, numbers and errors", () => {
    const script = 'local e = errors.new("e"); return e .. "x", "x" .. e, e .. e, 1 .. e';
    expect(open().run(script)).toEqual(["ex", "xe", "ee", "1e"]);
  });

  it("does not join with nil", () => {
    expect(open().run('local ok, e = pcall(function() return errors.new("e") .. nil end); return ok, e')[1]).toContain(
      "attempt to concatenate a nil value",
    );
  });

  it("survives error and pcall as the same object", () => {
    expect(open().run('local e = errors.new("e"); local _, c = pcall(error, e); return rawequal(e, c)')).toEqual([
      true,
    ]);
  });

  it("is found by kind in both spellings", () => {
    const script = `local e = errors.new("NotFound", "x")
      return errors.is(e, "NotFound"), errors.is(e, errors.NOT_FOUND), errors.is(e, "INVALID"), errors.is("x", "NOT_FOUND"), errors.is(nil, "NOT_FOUND")`;
    expect(open().run(script)).toEqual([true, true, false, false, false]);
  });

  it("knows where it was made", () => {
    const script = `
local function charge()
  local e = errors.new("x")
  return e
end
local e = charge()
local stack = errors.call_stack(e)
return e:stack(), stack.frames[1].source, stack.frames[1].line, stack.frames[1].name, errors.call_stack("x")`;
    const [text, source, line, name, none] = open().run(script);
    expect(text).toContain("stack traceback:");
    expect(text).not.toContain("[C]: in function 'errors.new'");
    expect([source, line, name, none]).toEqual(["test.lua", 3, "charge", undefined]);
  });

  it("that is raised has a Failure with all its parts; other values become INTERNAL", () => {
    const fake = open();
    const [error] = fake.eval('errors.new{message = "m", kind = "CONFLICT", details = {a = 1}}');
    expect(fake.shared.failureOf(error)).toMatchObject({ kind: "CONFLICT", message: "m", details: { a: 1 } });
    expect(fake.shared.failureOf("text")).toEqual({ kind: "INTERNAL", message: "text" });
    expect(fake.shared.errorOf("text")).toBeUndefined();
  });

  // Until the engine's check of string arguments asks `__tostring` of userdata.
  it("works in string functions", () => {
    expect(
      open().run('local e = errors.new("order not found"); return string.find(e, "not found"), string.upper(e)'),
    ).toEqual([7, "ORDER NOT FOUND"]);
  });
});
