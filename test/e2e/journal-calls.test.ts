/** A durable process that calls another one as a function, on a real node that is killed while both wait. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type AppFiles, ChildNode } from "../support/app.js";

const folder = mkdtempSync(join(tmpdir(), "perdure-calls-"));
const nodes: ChildNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.kill();
  rmSync(folder, { recursive: true, force: true });
});

const files: AppFiles = {
  "_index.yaml": `namespace: t
entries:
  - {name: flows, kind: process.host, journal: {driver: lmdb, path: "${join(folder, "flows.mdb")}"}}
  - {name: outer, kind: process.lua, source: "file://outer.lua", modules: [funcs]}
  - {name: inner, kind: process.lua, source: "file://inner.lua", modules: [ctx, time], meta: {default_host: flows}}
  - {name: service, kind: process.service, process: outer, host: flows, lifecycle: {auto_start: true, requires: [flows]}}
`,
  "outer.lua": `local funcs = require("funcs")
return { main = function()
  local first = funcs.new():with_context({ who = "outer" }):async("t:inner", 3)
  local second = funcs.async("t:inner", 4)
  local a, b = first:response():receive():data(), second:response():receive():data()
  print("sum " .. a.n + b.n .. " " .. a.who .. " " .. b.who)
  process.inbox():receive()
end }`,
  "inner.lua": `local ctx, time = require("ctx"), require("time")
return { main = function(n)
  print("started" .. n .. " " .. process.pid())
  time.sleep("8s")
  return { n = n, who = ctx.get("who") or "nobody" }
end }`,
};

describe("a durable process that is called as a function", () => {
  it("is started once, though the node of caller and callee is killed while it works", async () => {
    const first = await ChildNode.start(files);
    nodes.push(first);
    const pids = await Promise.all([first.printed("started3"), first.printed("started4")]);
    expect(new Set(pids).size).toBe(2);
    await first.kill();
    const second = await ChildNode.start(files);
    nodes.push(second);
    expect(await second.printed("sum")).toBe("7 outer nobody");
    expect(second.said("started3")).toBe(false);
    expect(second.said("started4")).toBe(false);
  }, 60_000);
});
