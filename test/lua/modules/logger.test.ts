/** The module `logger` and the global `print`, up to the lines that a node writes. */
import { describe, expect, it } from "vitest";
import { type NodeLogger, observeSystem } from "../../../app/logs.js";
import { virtualNode } from "../../support/virtual.js";

interface Line {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** What a node writes while the body runs: lines of the log, and lines of print. */
function written(body: string): { lines: Line[]; prints: string[]; pid: string } {
  const node = virtualNode({
    "app:main": `local logger = require("logger")\nreturn function() ${body} return process.pid() end`,
  });
  const lines: Line[] = [];
  const prints: string[] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const log: NodeLogger = {
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    debug: at("debug"),
    flush: () => {},
  };
  observeSystem(node.system, log, (line) => prints.push(line));
  const outcome = node.run("app:main");
  if (!outcome.ok) throw new Error(outcome.error.message);
  return { lines, prints, pid: String(outcome.value) };
}

describe("a line of the log", () => {
  it.each(["debug", "info", "warn", "error"])("of level %s carries pid, entry and location", (level) => {
    const { lines, pid } = written(`\n logger:${level}("text", {order = 7})`);
    const fields = { order: 7, pid, entry: "app:main", location: "app:main:3" };
    expect(lines).toEqual([{ level, message: "text", fields }]);
  });

  it("has fields of `with` and its own, of which the latest counts", () => {
    const { lines } = written('logger:with({a = 1, b = 1}):with({b = 2, c = 2}):info("x", {c = 3})');
    expect(lines[0]!.fields).toMatchObject({ a: 1, b: 2, c: 3 });
  });

  it("leaves a logger as it was when another is made from it", () => {
    const { lines } = written(
      'local l = logger:with({a = 1}) l:with({b = 2}) l:named("n") l:info("x") logger:info("y")',
    );
    expect(lines.map(({ fields }) => Object.keys(fields))).toEqual([
      ["a", "pid", "entry", "location"],
      ["pid", "entry", "location"],
    ]);
  });

  it("has names joined with a dot; an empty one is INVALID", () => {
    const { lines } = written(`logger:named("desk"):named("east"):info("x")
      local none, err = logger:named("") logger:info(tostring(none) .. " " .. err:kind())`);
    expect(lines[0]!.fields).toMatchObject({ logger: "desk.east" });
    expect(lines[1]!.message).toBe("nil INVALID");
  });

  it("ignores keys that are no strings, and shows nested tables, errors and times as data", () => {
    const { lines } =
      written(`logger:info("x", {[1] = "no", [true] = "no", ok = {a = {1, 2}}, err = errors.new("CONFLICT", "taken"),
      at = require("time").unix(0, 0), fn = print})`);
    expect(lines[0]!.fields).toMatchObject({
      ok: { a: [1, 2] },
      err: { $error: { kind: "CONFLICT", message: "taken" } },
      at: { $time: "1970-01-01T00:00:00Z" },
      fn: expect.stringContaining("function"),
    });
    expect(Object.keys(lines[0]!.fields)).not.toContain("1");
    expect(Object.keys(lines[0]!.fields)).not.toContain("true");
  });

  it("cannot pass off a field as the pid or the time of the record", () => {
    const { lines, pid } = written('logger:info("x", {pid = "forged", time = 0, level = 60, msg = "m"})');
    expect(lines[0]!.fields).toMatchObject({ pid, time_: 0, level_: 60, msg_: "m" });
  });

  it("may be without fields, and of any value as text", () => {
    expect(
      written('logger:info("a", nil) logger:info(5) logger:info(nil)').lines.map(({ message }) => message),
    ).toEqual([...["a", "5", "nil"]]);
  });

  it("is asked for with a colon: a dot raises", () => {
    const { prints } = written('local ok, e = pcall(logger.info, "x") print(ok, e)');
    expect(prints[0]).toContain("false bad argument #1");
  });
});

describe("print", () => {
  it("writes one line, its arguments as text and joined with one space", () => {
    const { prints, lines } = written(`print("a", 1, nil, true, 2.5, errors.new("CONFLICT", "taken"))
      print() print("two\\nlines") print(setmetatable({}, {__tostring = function() return "own" end}))`);
    expect(prints).toEqual(["a 1 nil true 2.5 taken", "", "two\nlines", "own"]);
    expect(lines).toEqual([]);
  });

  it("is a record of level info with its location, for whoever observes the node", () => {
    const node = virtualNode({ "app:main": 'return function()\n print("x") end' });
    const records: unknown[] = [];
    node.system.events.on("log", ({ record }) => records.push(record));
    node.run("app:main");
    expect(records).toEqual([{ level: "info", message: "x", fields: {}, print: true, location: "app:main:2" }]);
  });
});
