/** `lifecycle.security`: a service's process and whatever it starts act as the actor that the entry names. */
import { describe, expect, it } from "vitest";
import { ServiceRunner } from "../../app/services.js";
import { luaApp, VirtualApp } from "../support/virtual-app.js";

const who = (start: string) => `local security, funcs = require("security"), require("funcs")
return { main = function()
  print(security.actor():id() .. " " .. security.actor():meta().team .. " " .. #security.scope():policies())
  ${start}
end }`;

const service = (security: string) => ({
  text: "",
  yaml: `kind: process.service, process: worker, host: host, lifecycle: {auto_start: true, security: ${security}}`,
});

/** A service has no source. */
function files(security: string) {
  const app = luaApp({
    worker: { text: who('funcs.call("t:job")'), yaml: "kind: process.lua, modules: [security, funcs]" },
    job: { text: who(""), yaml: "kind: function.lua, method: main, modules: [security, funcs]" },
    service: service(security),
  });
  return { ...app, "_index.yaml": app["_index.yaml"]!.replace('source: "file://service.lua", ', "") };
}

async function said(security: string) {
  const app = await VirtualApp.open(files(security));
  const { config, node, clock } = app;
  const entry = config.entries.get("t:service");
  if (entry?.kind !== "process.service") throw new Error("no service");
  const runner = new ServiceRunner(entry, node.system, node.openClient("service"));
  void runner.start();
  clock.runUntilIdle();
  return { prints: app.prints, warnings: app.warnings };
}

describe("a service with an actor", () => {
  it("runs as that actor, and so does what it calls", async () => {
    const { prints, warnings } = await said("{actor: {id: ops, meta: {team: red}}}");
    expect(prints).toEqual(["ops red 0", "ops red 0"]);
    expect(warnings).toEqual([]);
  });

  it("carries the names of its policies, which the load says are not enforced", async () => {
    const { prints, warnings } = await said("{actor: {id: ops, meta: {team: red}}, policies: [a, b], groups: [g]}");
    expect(prints).toEqual(["ops red 2", "ops red 2"]);
    expect(warnings).toEqual([
      't:service: "lifecycle.security.groups" is not enforced: this version evaluates no policy',
      't:service: "lifecycle.security.policies" is not enforced: this version evaluates no policy',
    ]);
  });
});
