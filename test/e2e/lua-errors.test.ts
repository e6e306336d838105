/** `perdure run` of Lua that fails, and of a single file of Lua. */
import { describe, expect, it } from "vitest";
import { lastJson, perdure, writeApp } from "./command.js";

const javascriptFrame = /\bat .*\(?(file:|node:|\/).*\d+:\d+\)?|\.[cm]?[jt]s:\d+/;

const failing = `#!/usr/bin/env -S perdure run
type Item = {
  name: string,
}
local function deepest(item: Item): string
  return item.owner.name
end

return { main = function(how: string)
  print("running " .. how)
  require("time").sleep("1ms")
  if how == "coroutine" then return coroutine.wrap(function() deepest({}) end)() end
  if how == "object" then error(errors.wrap(errors.new("CONFLICT", "taken"), "while charging")) end
  if how == "called" then
    local value, e = require("funcs").call("nobody:there")
    return nil, e
  end
  return (deepest({}))
end }
`;

const dir = writeApp({
  "failing.lua": failing,
  "good.lua": `return function(...: number) local sum: number = 0 for _, n in ipairs({ ... }) do sum = sum + n end return sum end`,
  "syntax.lua": "local x = 1\nlocal y = = 2\n",
  "types.lua": "local x: number = 1\nlocal y: { string = 2\n",
  "loading.lua": "local x\nreturn x.y\n",
  "empty.lua": "print('loaded')\n",
});

const run = (...args: string[]) => perdure(["run", ...args], { cwd: dir });

describe("a file of Lua", () => {
  it("runs with the arguments that follow it, and every module", async () => {
    const { code, stdout } = await run("good.lua", "1", "2", "39");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "42\n" });
  });

  it("that fails shows file, line, message and a Lua traceback without a JavaScript frame", async () => {
    const { code, stdout, stderr } = await run("failing.lua", '"plain"');
    expect({ code, stdout }).toEqual({ code: 1, stdout: "running plain\n" });
    expect(stderr).toContain(
      [
        "failing.lua:6: attempt to index a nil value (field 'owner')",
        "stack traceback:",
        "\tfailing.lua:6: in upvalue 'deepest'",
        "\tfailing.lua:18: in function <failing.lua:9>",
        "",
      ].join("\n"),
    );
    expect(stderr).not.toMatch(javascriptFrame);
    expect(lastJson(stderr)).toEqual({
      kind: "INTERNAL",
      message: "failing.lua:6: attempt to index a nil value (field 'owner')",
      retryable: null,
      details: null,
    });
  });

  it("that fails says the same as JSON, the traceback with it", async () => {
    const { stderr } = await run("--json", "failing.lua", '"coroutine"');
    expect(lastJson(stderr)).toEqual({
      kind: "INTERNAL",
      message: "failing.lua:12: failing.lua:6: attempt to index a nil value (field 'owner')",
      retryable: null,
      details: null,
      stack: [
        "stack traceback:",
        "failing.lua:6: in upvalue 'deepest'",
        "failing.lua:12: in function <failing.lua:12>",
        "(...resumed by)",
        "[C]: in ?",
        "failing.lua:12: in function <failing.lua:9>",
      ].join("\n\t"),
    });
  });

  it("that raises an error object shows where it was made, and its contexts", async () => {
    const { stderr } = await run("failing.lua", '"object"');
    expect(stderr).toContain(
      "\nfailing.lua:13: while charging: taken\nstack traceback:\n\tfailing.lua:13: in function",
    );
    expect(lastJson(stderr)).toMatchObject({ kind: "CONFLICT", message: "taken" });
  });

  it("that returns an error of a call shows that", async () => {
    const { code, stderr } = await run("failing.lua", '"called"');
    expect(code).toBe(1);
    expect(lastJson(stderr)).toMatchObject({ kind: "NOT_FOUND" });
    expect(stderr).not.toMatch(javascriptFrame);
  });

  it.each([
    ["syntax.lua", "syntax.lua:2: unexpected symbol near '='"],
    ["types.lua", "types.lua:2:19: malformed type annotation: '}' or ',' expected near '='"],
  ])("that is no Lua is told by file and line: %s", async (file, message) => {
    const plain = await run(file);
    expect({ code: plain.code, stderr: plain.stderr }).toEqual({ code: 2, stderr: `${message}\n` });
    const json = await run("--json", file);
    expect(lastJson(json.stderr)).toMatchObject({ kind: "INVALID", message });
  });

  it("that fails while it is loaded, or has nothing to run, says so", async () => {
    const loading = await run("loading.lua");
    expect(loading.stderr).toContain(
      "loading.lua:2: attempt to index a nil value (local 'x')\nstack traceback:\n\tloading.lua:2: in main chunk\n",
    );
    const empty = await run("empty.lua");
    expect({ code: empty.code, stdout: empty.stdout }).toEqual({ code: 1, stdout: "loaded\n" });
    expect(lastJson(empty.stderr)).toMatchObject({ kind: "NOT_FOUND", message: 'method "main" not found in module' });
  });

  it("that is not there, or gets what is not JSON, is a mistake of the command line", async () => {
    const missing = await run("missing.lua");
    expect({ code: missing.code, stderr: missing.stderr }).toEqual({
      code: 2,
      stderr: "missing.lua: no such file\n",
    });
    expect((await run("good.lua", "one")).code).toBe(2);
  });
});
