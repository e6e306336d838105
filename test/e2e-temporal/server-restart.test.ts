/** The Temporal server is killed and started again with its database: workflows, and journal and memory processes bound to them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Payload, Pid } from "../../mailbox/index.js";
import { type AppFiles, agentSource, TestApp, until } from "../support/app.js";
import { describeTemporal, uniqueQueue } from "../support/temporal.js";
import { type OwnTemporalServer, startTemporalServer } from "../support/temporal-server.js";

const modules = "[channel, process, time]";

/** The agent in memory, on a journal and as a workflow. */
async function files(address: string, journal: string): Promise<AppFiles> {
  const yaml = `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: durable, kind: process.host, journal: {driver: lmdb, path: "${journal}", name: kept}}
  - {name: client, kind: temporal.client, address: "${address}"}
  - {name: worker, kind: temporal.worker, client: client, task_queue: "${uniqueQueue("restart")}"}
  - {name: agent, kind: process.lua, source: "file://agent.lua", modules: ${modules}}
  - {name: flow, kind: workflow.lua, source: "file://agent.lua", modules: ${modules}, meta: {temporal: {workflow: {worker: worker}}}}
`;
  return { "_index.yaml": yaml, "agent.lua": await agentSource() };
}

interface Heard {
  readonly kind: string;
  readonly from: string;
}

describeTemporal("a restart of the Temporal server", () => {
  const folder = mkdtempSync(join(tmpdir(), "perdure-restart-"));
  let server: OwnTemporalServer;
  let app: TestApp;
  const health: string[] = [];

  beforeAll(async () => {
    server = await startTemporalServer({ database: join(folder, "temporal.db") });
    app = await TestApp.boot(await files(server.address, join(folder, "kept.mdb")));
    // A workflow that fails is a warning of the worker, and no news of the server.
    app.running.system.events.on("health", ({ id, state }) => {
      if (state !== "degraded") health.push(`${id} ${state}`);
    });
  });
  afterAll(async () => {
    await app?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const kinds = async (watcher: Pid, from: Pid): Promise<string[]> => {
    const heard = (await app.ask(watcher, "heard")) as unknown as Heard[];
    return heard.filter((event) => event.from === from.text).map(({ kind }) => kind);
  };
  const flow = (arg: Payload = {}, options = {}): Promise<Pid> => app.spawn("t:flow", "t:worker", [arg], { options });

  it("loses nothing acknowledged, and whoever is bound hears of ends that happened meanwhile, once", async () => {
    const [busy, dies, expires, inMemory, onJournal] = await Promise.all([
      flow({ trap: true }),
      flow(),
      flow({}, { "temporal.workflow.execution_timeout": "4s" }),
      app.spawn("t:agent", "t:memory", [{ trap: true }]),
      app.spawn("t:agent", "t:durable", [{ trap: true }]),
    ]);
    const mortal = await app.spawn("t:agent", "t:memory");
    const watchers = [inMemory, onJournal];
    for (const watcher of watchers) {
      for (const pid of [busy, dies, expires]) await app.ask(watcher, "link", pid.text);
      for (const pid of [dies, expires]) await app.ask(watcher, "monitor", pid.text);
    }
    await app.ask(busy, "monitor", mortal.text);
    for (let n = 1; n <= 20; n++) expect(await app.tell(busy, "n", n)).toEqual({ ok: true, value: null });
    // Acknowledged, and perhaps not handled before the kill.
    expect(await app.tell(dies, "crash", "on purpose")).toEqual({ ok: true, value: null });
    await server.kill();
    const waiting = app.tell(busy, "n", 21);
    await app.tell(mortal, "crash", "while the server is away");
    const whileAway = app.ask(onJournal, "send", { to: busy.text, topic: "n", value: 22 });
    whileAway.catch(() => undefined);
    await server.start();
    const answers = await Promise.all([
      waiting.then(({ ok }) => ok),
      whileAway.then(
        () => true,
        () => false,
      ),
    ]);
    const numbers = (await app.ask(busy, "numbers")) as number[];
    expect(numbers.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    for (const [index, number] of [21, 22].entries()) {
      const times = numbers.filter((one) => one === number).length;
      expect(times).toBeLessThanOrEqual(1);
      if (answers[index]) expect(times).toBe(1);
    }
    for (const watcher of watchers) {
      for (const pid of [dies, expires]) {
        await until(async () => (await kinds(watcher, pid)).length === 2);
        expect((await kinds(watcher, pid)).sort()).toEqual(["pid.exit", "pid.link.down"]);
      }
    }
    await until(async () => (await kinds(busy, mortal)).length === 1);
    expect(await kinds(busy, mortal)).toEqual(["pid.exit"]);
    // Bonds still hold.
    await app.tell(busy, "crash", "at the end");
    for (const watcher of watchers) {
      await until(async () => (await kinds(watcher, busy)).length === 1);
      expect(await kinds(watcher, busy)).toEqual(["pid.link.down"]);
      for (const pid of [dies, expires]) expect(await kinds(watcher, pid)).toHaveLength(2);
    }
    expect(health).toEqual(["t:client down", "t:client up"]);
  }, 60_000);
});
