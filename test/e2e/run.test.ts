/** `perdure run APP ns:name`: what goes to which stream, and the exit codes. */
import { describe, expect, it } from "vitest";
import { javascriptFrame, lastJson, lastLine, perdure, writeApp } from "./command.js";

const app = writeApp({
  "_index.yaml": `version: "1.0"
namespace: t
entries:
  - {name: processes, kind: process.host}
  - {name: add, kind: function.lua, source: "file://f.lua", method: add}
  - {name: echo, kind: function.lua, source: "file://f.lua", method: echo}
  - {name: numbers, kind: function.lua, source: "file://f.lua", method: numbers}
  - {name: speak, kind: function.lua, source: "file://f.lua", method: speak}
  - {name: refuse, kind: function.lua, source: "file://f.lua", method: refuse, modules: [errors]}
  - {name: crash, kind: function.lua, source: "file://f.lua", method: crash}
  - {name: log, kind: function.lua, source: "file://f.lua", method: log, modules: [logger]}
  - {name: worker, kind: process.lua, source: "file://p.lua", modules: [process]}
  - {name: homeless, kind: workflow.lua, source: "file://p.lua", modules: [process]}
`,
  "f.lua": `local M = {}
function M.add(a, b) return a + b end
function M.echo(...) return {...} end
function M.numbers()
  print(1790000000 * 1000, 7 // 2, -7 % 3, string.format("%d", 3600 * 1e9), 2147483647 + 1)
  local f = 1
  for i = 2, 15 do f = f * i end
  print(f)
  return 1790000000 * 1000
end
function M.speak() print("one", 1, nil, true) print("two\\nlines") return nil end
function M.refuse(what)
  local errors = require("errors")
  return nil, errors.new({ kind = errors.NOT_FOUND, message = "no " .. what, retryable = false, details = { what = what } })
end
local function deepest(x)
  return x.y.z
end
function M.crash()
  local r = deepest({})
  return r
end
function M.log()
  require("logger"):warn("two\\nlines", { answer = 42, level = "mine", text = "a b", list = { 1, 2 } })
end
return M
`,
  "p.lua": `return { main = function(a, b) return { sum = a + b, host = require("process").pid() } end }
`,
});

const run = (...args: string[]) => perdure(["run", app, ...args]);

describe("the result of an entry", () => {
  it("is one JSON value on standard output, and nothing else is said", async () => {
    expect(await run("t:add", "1", "2")).toMatchObject({ code: 0, stdout: "3\n", stderr: "" });
  });

  it("is made of JSON arguments of every kind", async () => {
    const given = ['{"a":[1,2.5]}', '"text"', "true", "[]", "-7"];
    const { code, stdout } = await run("t:echo", ...given);
    expect({ code, value: JSON.parse(stdout) }).toEqual({ code: 0, value: given.map((text) => JSON.parse(text)) });
  });

  it("of a process is what its main returns", async () => {
    const { code, stdout } = await run("t:worker", "20", "22");
    expect(code).toBe(0);
    expect(lastJson(stdout)).toMatchObject({ sum: 42, host: expect.stringContaining("t:processes") });
  });

  it("comes after what the program printed, one line for each print", async () => {
    const { code, stdout } = await run("t:speak");
    expect({ code, lines: stdout.split("\n").slice(0, 1), last: lastLine(stdout) }).toEqual({
      code: 0,
      lines: ["one 1 nil true"],
      last: "null",
    });
  });

  it("has the numbers a person expects", async () => {
    const { stdout } = await run("t:numbers");
    expect(stdout).toBe("1790000000000 3 2 3600000000000 2147483648\n1307674368000\n1790000000000\n");
  });
});

describe("an entry that fails", () => {
  it("ends the command with 1 and its error as the last line of standard error", async () => {
    const { code, stdout, stderr } = await run("t:refuse", '"ladder"');
    expect({ code, stdout, error: lastJson(stderr) }).toEqual({
      code: 1,
      stdout: "",
      error: { kind: "NOT_FOUND", message: "no ladder", retryable: false, details: { what: "ladder" } },
    });
  });

  it("shows file, line and a Lua traceback without a JavaScript frame", async () => {
    const { code, stderr } = await run("t:crash");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^f\.lua:17: attempt to index a nil value \(field 'y'\)$/m);
    expect(stderr).toMatch(/stack traceback:\n\s+f\.lua:17: in .*'deepest'.*\n\s+f\.lua:20:/);
    expect(stderr).not.toMatch(javascriptFrame);
    expect(lastJson(stderr)).toMatchObject({ kind: "INTERNAL", retryable: null, details: null });
  });

  it("says the same as JSON alone when asked for JSON", async () => {
    const { code, stderr } = await run("--json", "t:crash");
    expect(code).toBe(1);
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([expect.objectContaining({ kind: "INTERNAL", message: expect.stringContaining("f.lua:17:") })]);
  });
});

describe("a command line that cannot be meant", () => {
  it.each([
    ["an argument that is not JSON", ["t:add", "1", "two"], `argument 2 is not JSON: two; write text as '"two"'`],
    ["an argument that is cut off", ["t:add", '{"a":'], 'argument 1 is not JSON: {"a":\n'],
    ["an entry that does not exist", ["t:ad"], 'there is no entry t:ad (did you mean "t:add"?)'],
    ["an entry that cannot run", ["t:processes"], "t:processes is a process.host, which cannot be run"],
    ["an option that does not exist", ["--fast"], "unknown option '--fast'"],
  ])("with %s is answered with 2 and why", async (_what, args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(javascriptFrame);
  });

  it("is told as JSON when asked for JSON", async () => {
    const { code, stderr } = await run("--json", "t:ad");
    expect(code).toBe(2);
    expect(lastJson(stderr)).toMatchObject({ kind: "INVALID", retryable: false, details: null });
  });

  it("without an app or with an unknown command is a usage error", async () => {
    expect((await perdure(["run"])).code).toBe(2);
    expect((await perdure(["runn"])).code).toBe(2);
    expect((await perdure(["--help"])).code).toBe(0);
  });
});

describe("a log record", () => {
  it("is one JSON line off a terminal, where a program's fields do not pass for the record's", async () => {
    const { stderr } = await run("t:log");
    expect(JSON.parse(stderr)).toMatchObject({
      level: 40,
      msg: "two\nlines",
      answer: 42,
      level_: "mine",
      list: [1, 2],
    });
  });

  it("is one readable line when the app asks for lines", async () => {
    const files = { "_index.yaml": readable, "f.lua": `return { log = function() ${logCall} end }\n` };
    const lines = writeAppWithSettings(files);
    const { stderr } = await perdure(["run", lines, "t:log"]);
    expect(stderr).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN: two\\nlines answer=42 text="a b" list=\[1,2\] pid=\{\S+\} entry=t:log location=\S+\n$/,
    );
  });
});

const readable = `namespace: t
entries: [{name: log, kind: function.lua, source: "file://f.lua", method: log, modules: [logger]}]
`;
const logCall = `require("logger"):warn("two\\nlines", { answer = 42, text = "a b", list = { 1, 2 } })`;

function writeAppWithSettings(files: Readonly<Record<string, string>>): string {
  return writeApp({ ...files, ".perdure.yaml": "logger: {encoding: console}\n" });
}
