/** Mistakes in an app, a program or the surroundings: one clear message each, the right exit code, within 15 s, no server needed. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { javascriptFrame, lastJson, perdure, writeApp } from "./command.js";

function entries(...lines: readonly string[]): string {
  return `namespace: t\nentries:\n${lines.map((line) => `  - ${line}\n`).join("")}`;
}

const good = '{name: f, kind: function.lua, source: "return { f = function() return 1 end }", method: f}';
const host = "{name: processes, kind: process.host}";

describe("a mistake in the configuration ends with 2 and its place", () => {
  it.each([
    [
      "YAML that cannot be read",
      "namespace: t\nentries:\n  - {name: a, kind: process.host\n  - {name: b}\n",
      /_index\.yaml:4:3: YAML/,
    ],
    [
      "a reference to an entry that does not exist",
      entries(
        host,
        "{name: p, kind: process.lua, source: 'return {}'}",
        "{name: s, kind: process.service, process: pp, host: processes}",
      ),
      /_index\.yaml:5:\d+: t:s: "process" names t:pp, which does not exist.*did you mean "t:p"/,
    ],
    [
      "a reference to a host that does not exist",
      entries(
        host,
        "{name: p, kind: process.lua, source: 'return {}'}",
        "{name: s, kind: process.service, process: p, host: process}",
      ),
      /_index\.yaml:5:\d+: t:s: "host" names t:process, which does not exist.*did you mean "t:processes"/,
    ],
    [
      "an unknown kind",
      entries("{name: p, kind: process.lau, source: x}"),
      /_index\.yaml:3:\d+: .*unknown kind "process\.lau".*process\.lua/,
    ],
    [
      "a function without its method",
      entries("{name: f, kind: function.lua, source: 'return {}'}"),
      /_index\.yaml:3:5: t:f: missing "method"/,
    ],
    [
      "a source file that does not exist",
      entries("{name: f, kind: function.lua, source: 'file://no.lua', method: f}"),
      /_index\.yaml:3:\d+: .*no\.lua/,
    ],
  ])("%s", async (_what, yaml, message) => {
    const { code, stdout, stderr } = await perdure(["run", writeApp({ "_index.yaml": yaml }), "t:f"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  it("a Lua syntax error", async () => {
    const files = {
      "_index.yaml": entries("{name: f, kind: function.lua, source: file://f.lua, method: f}"),
      "f.lua": "local x = 1\nlocal y = = 2\nreturn {}\n",
    };
    const { code, stderr } = await perdure(["run", writeApp(files), "t:f"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^f\.lua:2: unexpected symbol near '='\n$/);
  });

  it("a directory that does not exist, or holds no app", async () => {
    const missing = await perdure(["run", join(writeApp({}), "nowhere"), "t:f"]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/nowhere: no such directory/);
    const empty = await perdure(["run", writeApp({ "readme.txt": "" }), "t:f"]);
    expect(empty.code).toBe(2);
    expect(empty.stderr).toMatch(/_index\.yaml/);
  });
});

describe("a mistake of a program", () => {
  const app = writeApp({
    "_index.yaml": entries(
      host,
      "{name: worker, kind: process.lua, source: file://f.lua, modules: [process]}",
      ...["spawn", "send", "large", "largeresult", "gone"].map(
        (method) =>
          `{name: ${method}, kind: function.lua, source: file://f.lua, method: ${method}, modules: [process]}`,
      ),
      "{name: nomethod, kind: function.lua, source: file://f.lua, method: nomethod, modules: [process]}",
      "{name: flow, kind: workflow.lua, source: file://f.lua, modules: [process]}",
    ),
    "f.lua": `local process = require("process")
local function answer(value, err)
  if err then return { kind = err:kind(), message = err:message(), retryable = err:retryable() } end
  return value
end
local M = {}
function M.main() return 1 end
function M.spawn(entry, host) return answer(process.spawn(entry, host)) end
function M.send(topic) return answer(process.send(process.pid(), topic, 1)) end
function M.large() return answer(process.send(process.pid(), "t", string.rep("x", 3 * 1024 * 1024))) end
function M.largeresult() return string.rep("x", 3 * 1024 * 1024) end
return M
`,
  });
  const answer = async (...args: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await perdure(["run", app, ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return lastJson(stdout);
  };

  it.each([
    ["an unknown host", ["t:spawn", '"t:worker"', '"t:nowhere"'], { kind: "NOT_FOUND", message: "host not found" }],
    [
      "an entry that is no host",
      ["t:spawn", '"t:worker"', '"t:flow"'],
      { kind: "INTERNAL", message: "t:flow is a workflow.lua, not a process host", retryable: false },
    ],
    [
      "an unknown entry",
      ["t:spawn", '"t:nothing"', '"t:processes"'],
      { kind: "NOT_FOUND", message: "factory not found" },
    ],
    ["a function spawned as a process", ["t:spawn", '"t:send"', '"t:processes"'], { kind: "NOT_FOUND" }],
    [
      "a workflow on a host in memory",
      ["t:spawn", '"t:flow"', '"t:processes"'],
      { kind: "INVALID", message: expect.stringContaining("needs a durable host") },
    ],
    ["a reserved topic", ["t:send", '"@exit"'], { kind: "INVALID", message: "cannot send to @ topics" }],
    [
      "a message of 3 MB",
      ["t:large"],
      { kind: "INVALID", message: expect.stringContaining("larger than 1048576 bytes") },
    ],
  ])("%s is an error value for it", async (_what, args, error) => {
    expect(await answer(...args)).toMatchObject(error);
  });

  it.each([
    [
      "a result of 3 MB",
      "t:largeresult",
      { kind: "INVALID", message: expect.stringContaining("larger than 1048576 bytes") },
    ],
    [
      "a method that is not there",
      "t:nomethod",
      { kind: "NOT_FOUND", message: 'method "nomethod" not found in module' },
    ],
  ])("%s ends the command with 1", async (_what, entry, error) => {
    const { code, stdout, stderr } = await perdure(["run", app, entry]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(lastJson(stderr)).toMatchObject(error);
    expect(stderr).not.toMatch(javascriptFrame);
  });

  it("a workflow that no worker registers has no place to run", async () => {
    const { code, stderr } = await perdure(["run", app, "t:flow"]);
    expect(code).toBe(2);
    expect(stderr).toContain("t:flow");
  });
});

describe("surroundings that are not as they should be", () => {
  it("a Temporal server that does not answer is named, with exit code 1", async () => {
    const client = '{name: client, kind: temporal.client, address: "127.0.0.1:1"}';
    const app = writeApp({
      "_index.yaml": entries(client, "{name: w, kind: temporal.worker, client: client, task_queue: q}", good),
    });
    const called = await perdure(["run", app, "t:f"]);
    expect(called.code).toBe(1);
    expect(lastJson(called.stderr)).toMatchObject({
      kind: "UNAVAILABLE",
      message: expect.stringMatching(/_index\.yaml:3:\d+: .*cannot reach Temporal at 127\.0\.0\.1:1/),
      retryable: true,
    });
    const served = await perdure(["run", app]);
    expect(served.code).toBe(1);
    expect(served.stderr).toMatch(/^\S+_index\.yaml:3:\d+: .*cannot reach Temporal at 127\.0\.0\.1:1/m);
    expect(served.stderr).not.toMatch(javascriptFrame);
  });

  it("a port that is in use is named, with exit code 1", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const app = writeApp({ "_index.yaml": entries(`{name: server, kind: http.service, addr: "127.0.0.1:${port}"}`) });
    const { code, stderr } = await perdure(["run", app]);
    other.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`_index\\.yaml:3:\\d+: .*cannot listen on 127\\.0\\.0\\.1:${port}: .*in use`));
    expect(stderr).not.toMatch(javascriptFrame);
  });
});
