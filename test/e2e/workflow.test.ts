/** `perdure run APP ns:name` with a workflow: result, failure and mistakes, as they look from outside. */
import { expect, it } from "vitest";
import { describeTemporal, temporalAddress, temporalIsSkipped, uniqueQueue } from "../support/temporal.js";
import { javascriptFrame, lastJson, perdure, writeApp } from "./command.js";

const queue = uniqueQueue("e2e");
const address = temporalIsSkipped ? "127.0.0.1:1" : temporalAddress();
const registered = "meta: {temporal: {workflow: {worker: worker}}}";
const app = writeApp({
  "_index.yaml": `namespace: t
entries:
  - {name: processes, kind: process.host}
  - {name: client, kind: temporal.client, address: "${address}"}
  - {name: worker, kind: temporal.worker, client: client, task_queue: "${queue}"}
${["main", "crash", "large", "largeresult"]
  .map(
    (name) =>
      `  - {name: ${name}, kind: workflow.lua, source: file://w.lua, method: ${name}, modules: [process], ${registered}}`,
  )
  .join("\n")}
  - {name: stray, kind: workflow.lua, source: file://w.lua, modules: [process]}
  - {name: spawn, kind: function.lua, source: file://f.lua, method: spawn, modules: [process]}
  - {name: largeinput, kind: function.lua, source: file://f.lua, method: largeinput, modules: [process]}
`,
  "w.lua": `local process = require("process")
local M = {}
-- Three times one value of 1 MB: making 3 MB in one piece would be ended by the budget of a workflow.
local function large()
  local s = string.rep("x", 1024 * 1000)
  return { s, s, s }
end
function M.main(a) print("from the workflow", 1790000000 * 1000) return { got = a, double = 2 * a.n } end
function M.crash()
  local t = {}
  return t.a.b
end
function M.large()
  local ok, err = process.send(process.pid(), "t", large())
  if err then return { kind = err:kind(), message = err:message() } end
  return ok
end
function M.largeresult() return large() end
return M
`,
  "f.lua": `local process = require("process")
local function answer(value, err)
  if err then return { kind = err:kind(), message = err:message() } end
  return value
end
local M = {}
function M.spawn(entry, host) return answer(process.spawn(entry, host)) end
function M.largeinput() return answer(process.spawn("t:main", "t:worker", string.rep("x", 3 * 1024 * 1024))) end
return M
`,
});

const tooLarge = expect.stringContaining("larger than 1048576 bytes");

describeTemporal("a workflow that the command runs", () => {
  it("gives its result as the last line of standard output, and its prints before", async () => {
    const { code, stdout } = await perdure(["run", app, "t:main", '{"n":21}']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'from the workflow 1790000000000\n{"got":{"n":21},"double":42}\n',
    });
  });

  it("that fails ends it with 1, the Lua place and traceback, and no JavaScript frame", async () => {
    const { code, stderr } = await perdure(["run", app, "t:crash"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^w\.lua:11: attempt to index a nil value \(field 'a'\)\nstack traceback:\n\s+w\.lua:11: in /m,
    );
    expect(stderr).not.toMatch(javascriptFrame);
    expect(lastJson(stderr)).toMatchObject({ kind: "INTERNAL", message: expect.stringContaining("w.lua:11:") });
  });

  it("and gives 3 MB as its result fails with the size that is allowed", async () => {
    const { code, stderr } = await perdure(["run", app, "t:largeresult"]);
    expect({ code, error: lastJson(stderr) }).toMatchObject({ code: 1, error: { kind: "INVALID", message: tooLarge } });
  });

  it.each([
    ["a message of 3 MB from a workflow", ["t:large"], { kind: "INVALID", message: tooLarge }],
    ["a start with 3 MB", ["t:largeinput"], { kind: "INVALID", message: tooLarge }],
    ["a start of a type that is no entry", ["t:spawn", '"t:nothing"', '"t:worker"'], { kind: "NOT_FOUND" }],
    [
      "a start of a workflow that no worker registers",
      ["t:spawn", '"t:stray"', '"t:worker"'],
      { kind: "INVALID", message: expect.stringContaining("its meta.temporal.workflow names no temporal.worker") },
    ],
    ["a start of a function as a workflow", ["t:spawn", '"t:spawn"', '"t:worker"'], { kind: "INVALID" }],
  ])("%s is an error value, and nothing waits", async (_what, args, error) => {
    const { code, stdout } = await perdure(["run", app, ...args]);
    expect({ code, error: lastJson(stdout) }).toMatchObject({ code: 0, error });
  });
});
