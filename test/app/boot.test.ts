/** The way up and the way down of a whole app. */
import { describe, expect, it } from "vitest";
import { BootError } from "../../app/index.js";
import { TestApp } from "../support/app.js";

const service = (name: string, more = "") =>
  `  - {name: ${name}, kind: process.service, process: child, host: memory, input: ["${name}"],
     lifecycle: {auto_start: true, stop_timeout: 300ms${more}}}`;

const head = `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: child, kind: process.lua, source: "file://child.lua", method: main, modules: [process]}
`;

const lua = `local function main(name)
  print("up " .. name)
  if name == "bad" then error("cannot start") end
  local events = process.events()
  while true do
    local event = events:receive()
    if event.kind == process.event.CANCEL and name ~= "deaf1" and name ~= "deaf2" and name ~= "deaf3" then
      print("down " .. name)
      return
    end
  end
end
return {main = main}
`;

const said = (app: TestApp): string[] =>
  app.logs.filter(({ record }) => record.print).map(({ record }) => record.message);

describe("an app", () => {
  it("stops its services in the reverse order of their start", async () => {
    const yaml = [head, service("a"), service("b", ", requires: [a]"), service("c", ", requires: [b]")].join("\n");
    const app = await TestApp.boot({ "_index.yaml": yaml, "child.lua": lua });
    await Promise.all([app.stop(), app.stop()]);
    expect(said(app)).toEqual(["down c", "down b", "down a"]);
    expect(app.running.node.system.router.host("t:memory")).toBeUndefined();
  });

  it("waits once for all services that do not listen", async () => {
    const yaml = [head, ...["deaf1", "deaf2", "deaf3"].map((name) => service(name))].join("\n");
    const app = await TestApp.boot({ "_index.yaml": yaml, "child.lua": lua });
    const started = performance.now();
    await app.stop();
    expect(performance.now() - started).toBeLessThan(800);
  });

  it("stops the rest when one part cannot stop, and reports that", async () => {
    const yaml = [head, service("a"), service("b", ", requires: [a]")].join("\n");
    const app = await TestApp.boot({ "_index.yaml": yaml, "child.lua": lua });
    const health: string[] = [];
    app.running.system.events.on("health", ({ id, detail }) => health.push(`${id} ${detail}`));
    const part = app.running.parts.get("t:b")!;
    Object.assign(part, { stop: () => Promise.reject(new Error("stuck")) });
    await app.stop();
    expect(health).toEqual(["t:b did not stop: stuck"]);
    expect(said(app)).toContain("down a");
  });

  it("that cannot start for lack of a host port names the entry", async () => {
    const yaml = `${head}  - {name: one, kind: http.service, addr: "127.0.0.1:0"}
  - {name: two, kind: http.service, addr: "256.0.0.1:0"}
`;
    await expect(TestApp.boot({ "_index.yaml": yaml, "child.lua": lua })).rejects.toThrow(BootError);
  });
});
