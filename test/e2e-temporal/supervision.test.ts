/** A workflow as a child of a supervision tree in memory: it outlives its node, and the next one adopts it. */
import { afterEach, expect, it } from "vitest";
import type { Payload } from "../../mailbox/index.js";
import { startSupervisor, terminateChild, whichChildren } from "../../supervision/index.js";
import { type AppFiles, pidOf, TestApp, temporalEntries } from "../support/app.js";
import { describeTemporal, uniqueQueue } from "../support/temporal.js";

const apps: TestApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

const counter = `
return function()
  local adds, events = process.listen("add", {message = true}), process.events()
  local n = 0
  while true do
    local got = channel.select{adds:case_receive(), events:case_receive()}
    if got.channel == events then return n end
    n = n + 1
    got.value:reply(n)
  end
end
`;

function files(queue: string): AppFiles {
  const yaml = `${temporalEntries(queue)}
  - {name: counter, kind: workflow.lua, source: "file://counter.lua", modules: [channel, process], meta: {temporal: {workflow: {worker: worker}}}}
  - name: tree
    kind: process.supervisor
    host: memory
    children:
      - {id: counter, process: counter, host: worker, name: "${queue}", restart: transient}
    lifecycle: {auto_start: true}
`;
  return { "_index.yaml": yaml, "counter.lua": counter };
}

async function boot(app: AppFiles): Promise<TestApp> {
  const running = await TestApp.boot(app);
  apps.push(running);
  return running;
}

async function treeOf(app: TestApp) {
  const found = await app.client.request({ kind: "lookup", name: "t:tree" });
  return pidOf(String(found.ok ? found.value : ""));
}

async function counterOf(app: TestApp): Promise<{ status: string; pid: string }> {
  const children = await whichChildren(app.client, await treeOf(app));
  return (children as unknown as { status: string; pid: string }[])[0]!;
}

describeTemporal("a workflow", () => {
  it("below a supervisor in memory is adopted by the next node with its state, and stopped by hand", async () => {
    const app = files(uniqueQueue("tree"));
    const first = await boot(app);
    const before = await counterOf(first);
    expect(before.status).toBe("running");
    const seen: Payload[] = [await first.ask(before.pid, "add"), await first.ask(before.pid, "add")];
    await first.stop();
    const second = await boot(app);
    expect(await counterOf(second)).toEqual(before);
    seen.push(await second.ask(before.pid, "add"));
    expect(seen).toEqual([1, 2, 3]);
    expect(await terminateChild(second.client, await treeOf(second), "counter")).toBe(true);
    expect(await counterOf(second)).toMatchObject({ status: "stopped" });
  }, 120_000);

  it("cannot be a supervisor itself", async () => {
    const app = await boot(files(uniqueQueue("tree")));
    expect(await startSupervisor(app.client, "t:worker", { children: [] })).toMatchObject({
      kind: "INVALID",
      message: "a supervisor cannot run on t:worker, a Temporal worker",
    });
  });
});
