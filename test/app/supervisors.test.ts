/** Supervision trees as entries of an app that runs in this process. */
import { afterEach, describe, expect, it } from "vitest";
import type { SystemEvents } from "../../actors/index.js";
import { type Pid, parsePid } from "../../mailbox/index.js";
import { countChildren, whichChildren } from "../../supervision/index.js";
import { TestApp, until } from "../support/app.js";

const apps: TestApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

/** Says when it starts and stops; with `crash` it fails after its first breath. */
const source = `
return function(name, how)
  print("start " .. name)
  if how == "crash" then error("boom") end
  process.events():receive()
  print("stop " .. name)
end
`;

const parts = `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: small, kind: process.host, host: {max_processes: 2}}
  - {name: worker, kind: process.lua, source: "file://worker.lua", modules: [process]}
`;

async function boot(tree: string): Promise<TestApp> {
  const app = await TestApp.boot({ "_index.yaml": parts + tree, "worker.lua": source });
  apps.push(app);
  return app;
}

async function treeOf(app: TestApp): Promise<Pid> {
  const found = await app.client.request({ kind: "lookup", name: "t:tree" });
  return parsePid(String(found.ok ? found.value : ""))!;
}

function prints(app: TestApp): string[] {
  return app.logs.filter(({ record }) => record.print).map(({ record }) => record.message);
}

const child = (id: string, more = ""): string => `{id: ${id}, process: worker, args: [${id}${more}]}`;

describe("a process.supervisor", () => {
  it("is started with its app, in order and under its id, and stopped in reverse order", async () => {
    const app = await boot(`
  - name: tree
    kind: process.supervisor
    host: memory
    children: [${child("a")}, {id: in, children: [${child("x")}, ${child("y")}]}, ${child("b")}]
    lifecycle: {auto_start: true}
`);
    const tree = await treeOf(app);
    expect(await countChildren(app.client, tree)).toEqual({ specs: 3, active: 3, supervisors: 1, workers: 2 });
    expect(await whichChildren(app.client, tree)).toMatchObject([
      { id: "a", status: "running", process: "t:worker" },
      { id: "in", status: "running", type: "supervisor" },
      { id: "b", status: "running" },
    ]);
    await app.stop();
    expect(prints(app)).toEqual(["stop b", "stop y", "stop x", "stop a"]);
  });

  it("fails the boot of its app when a child cannot start, naming tree and child", async () => {
    await expect(
      boot(`
  - {name: tree, kind: process.supervisor, host: small, children: [${child("a")}, ${child("b")}], lifecycle: {auto_start: true}}
`),
    ).rejects.toThrow(
      'process.supervisor t:tree did not start: child "b" did not start: max processes limit exceeded (2 on t:small)',
    );
  });

  it("that gives up is started again as its lifecycle says, and reported when that ends", async () => {
    const events: SystemEvents["restart"][0][] = [];
    const health: string[] = [];
    const app = await boot(`
  - name: tree
    kind: process.supervisor
    host: memory
    intensity: 1
    children: [${child("a")}, ${child("b", ", crash")}]
    lifecycle: {auto_start: true, restart: {initial_delay: 20ms, backoff_factor: 1, jitter: 0, max_attempts: 3}}
`);
    app.running.system.events.on("restart", (event) => events.push(event));
    app.running.system.events.on("health", ({ id, state, detail }) => health.push(`${id} ${state}: ${detail}`));
    await until(() => health.length > 0, 10_000);
    const limit = 'restart limit reached: more than 1 in 5000 ms; the last was of child "b": ';
    expect(health[0]).toContain(`t:tree down: ${limit}`);
    expect(health[0]).toContain("boom, given up after 3 failures");
    // The first restarts may have come before anybody listened.
    expect(events.filter(({ id }) => id === "t:tree").at(-1)).toMatchObject({ attempt: 2, delayMs: 20 });
    expect(events.filter(({ id }) => id === "t:tree/b").at(-1)).toMatchObject({ attempt: 1, delayMs: 0 });
    expect(prints(app).filter((line) => line === "stop a")).not.toHaveLength(0);
  });
});
