/** `perdure run` of an app whose processes are on worker threads: what a program sees is the same, and nothing is left behind. */
import { describe, expect, it } from "vitest";
import { perdure, Running, writeApp } from "./command.js";

const app = writeApp({
  "_index.yaml": `version: "1.0"
namespace: t
entries:
  - {name: pool, kind: process.host, host: {workers: 2}}
  - {name: box, kind: store.memory}
  - {name: storage, kind: env.storage.memory}
  - {name: colour, kind: env.variable, variable: COLOUR, storage: storage, default: blue}
  - {name: double, kind: function.lua, source: "file://p.lua", method: double}
  - {name: main, kind: process.lua, source: "file://p.lua", method: main, modules: [process, store, env, events, funcs, time, registry, crypto, logger]}
  - {name: part, kind: process.lua, source: "file://p.lua", method: part, modules: [process, funcs, store]}
  - {name: boss, kind: process.lua, source: "file://p.lua", method: boss, modules: [process]}
  - {name: watcher, kind: process.service, process: boss, host: pool, lifecycle: {auto_start: true}}
`,
  "p.lua": `local M = {}
function M.double(n) return 2 * n end
function M.part(boss, n)
  local funcs, store = require("funcs"), require("store")
  local box = assert(store.get("t:box"))
  local doubled = assert(funcs.call("t:double", n))
  assert(box:set("part" .. n, doubled))
  assert(process.send(boss, "part", doubled))
end
function M.main(count)
  local store, env, events = require("store"), require("env"), require("events")
  local inbox, sum = process.inbox(), 0
  local heard = assert(events.subscribe("done"))
  for n = 1, count do assert(process.spawn("t:part", "t:pool", process.pid(), n)) end
  for _ = 1, count do sum = sum + inbox:receive():payload():data() end
  assert(events.send("done", "all", "/"))
  local box, kept = assert(store.get("t:box")), 0
  for n = 1, count do kept = kept + assert(box:get("part" .. n)) end
  require("time").sleep("10ms")
  local entry = assert(require("registry").get("t:pool"))
  local random = #assert(require("crypto").random.bytes(8))
  require("logger"):warn("all done")
  return {sum, kept, env.get("COLOUR"), heard:channel():receive().kind, entry.kind, random}
end
function M.boss()
  assert(process.registry.register("boss"))
  process.events():receive()
end
return M
`,
});

describe("an app on two worker threads", () => {
  it("runs an entry with all that it asks of the node, and ends", async () => {
    const { code, stdout, stderr } = await perdure(["run", app, "t:main", "20"], { limitMs: 30_000 });
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '[420,420,"blue","all","process.host",8]\n' });
    expect(stderr).toContain("all done");
  });

  it("ends with its threads when it is told to", async () => {
    const running = new Running(["run", app]);
    await running.until("running", () => (running.stderr.includes("running") ? true : undefined));
    running.child.kill("SIGTERM");
    const { code, ms } = await running.ended;
    expect(code, running.stderr).toBe(0);
    expect(ms).toBeLessThan(20_000);
  });
});
