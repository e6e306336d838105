/** A whole node on Redis under load while its server is restarted, put back to an older copy, cut off, silent or full. */
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Outcome } from "../../actors/index.js";
import type { Pid } from "../../mailbox/index.js";
import { type AppFiles, agentSource, TestApp, until } from "../support/app.js";
import type { DumpOfReceiver, DumpOfSecond } from "../support/journal-victim-life.js";
import { forwardedWrongly, type Heard, verdict } from "../support/journal-victim-verdict.js";
import { describeRedis, type OwnRedis, startRedis } from "../support/redis.js";

/** Longer than a host waits for a journal that is away; nobody outside may wait longer. */
const patienceMs = 10_000;

async function appOn(url: string, more = ""): Promise<AppFiles> {
  const lua = (name: string) => readFile(new URL(`../support/journal-victim/${name}.lua`, import.meta.url), "utf8");
  return {
    "_index.yaml": `namespace: app
entries:
  - {name: memory, kind: process.host}
  - {name: journal, kind: process.host, journal: {driver: redis, url: "${url}"}}
  - {name: receiver, kind: process.lua, source: file://receiver.lua, modules: [funcs, uuid, workflow]}
  - {name: second, kind: process.lua, source: file://second.lua, modules: [time]}
  - {name: charge, kind: function.lua, source: file://charge.lua, method: main, modules: [ctx, time, uuid]}
  - {name: agent, kind: process.lua, source: file://agent.lua, modules: [channel, process, time]}
${more}`,
    "receiver.lua": await lua("receiver"),
    "second.lua": await lua("second"),
    "charge.lua": await lua("charge"),
    "agent.lua": await agentSource(),
  };
}

/** 20 senders, each with one message on its way; a number is given up when it is not acknowledged. */
class Crowd {
  acknowledged = 0;
  refused = 0;
  /** The longest that anybody waited for an answer. */
  slowestMs = 0;
  readonly refusals = new Set<string>();
  private readonly sent: { readonly all: number; readonly acknowledged: Set<number> }[] = [];
  private readonly loops: Promise<void>[] = [];
  private isOver = false;

  constructor(app: TestApp, receiver: Pid) {
    for (let id = 0; id < 20; id++) this.loops.push(this.run(app, receiver, id));
  }

  private async run(app: TestApp, receiver: Pid, id: number): Promise<void> {
    const client = app.running.node.openClient(`sender ${id}`);
    const mine = { all: 0, acknowledged: new Set<number>() };
    this.sent[id] = mine;
    while (!this.isOver) {
      const number = ++mine.all;
      const begun = performance.now();
      this.note(await client.send(receiver, "numbered", id, number), () => mine.acknowledged.add(number));
      this.slowestMs = Math.max(this.slowestMs, performance.now() - begun);
      // Refusals come at once, and the load must not be a loop of them.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  private note(outcome: Outcome, acknowledged: () => void): void {
    if (outcome.ok) {
      this.acknowledged++;
      acknowledged();
    } else {
      this.refused++;
      this.refusals.add(outcome.error.kind);
    }
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.loops);
  }

  /** So many more messages than now are acknowledged. */
  hears(count: number): Promise<void> {
    const before = this.acknowledged;
    return until(() => this.acknowledged >= before + count);
  }

  /** In order, each once, and nothing that nobody sent; `lost`: numbers may be missing although they were acknowledged. */
  wrongIn({ handled }: DumpOfReceiver, { lost = false } = {}): string[] {
    const rows = handled.map((row) => row.split(" ").map(Number));
    return this.sent.flatMap(({ all, acknowledged }, id) => {
      const numbers = rows.filter(([sender]) => sender === id).map(([, number]) => number!);
      const known = new Set(numbers);
      return [
        ...numbers.flatMap((number, i) =>
          i > 0 && number <= numbers[i - 1]! ? [`${id}: ${number} out of order`] : [],
        ),
        ...numbers.flatMap((number) => (number > all ? [`${id}: ${number} was not sent`] : [])),
        ...(lost ? [] : [...acknowledged].flatMap((number) => (known.has(number) ? [] : [`${id}: ${number} is lost`]))),
      ];
    });
  }
}

interface Node {
  readonly app: TestApp;
  readonly receiver: Pid;
  /** What `health` said of the journal host. */
  readonly health: string[];
}

describeRedis("a node on Redis", () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(): Promise<OwnRedis> {
    const server = await startRedis();
    ends.push(() => server.remove());
    return server;
  }

  async function boot(url: string, more?: string): Promise<Node> {
    const app = await TestApp.boot(await appOn(url, more));
    ends.push(() => app.stop());
    const health: string[] = [];
    app.running.system.events.on("health", ({ id, state, detail }) => {
      if (id === "app:journal") health.push(`${state}: ${detail}`);
    });
    const { names } = app.running.system;
    const receiver =
      names.lookup("receiver") ??
      (await app.spawn("app:receiver", "app:journal", ["app:journal"], { name: "receiver" }));
    return { app, receiver, health };
  }

  /** When nothing is under way any more. */
  async function dump({ app, receiver }: Node): Promise<[DumpOfReceiver, DumpOfSecond]> {
    const received = (await app.ask(receiver, "dump")) as unknown as DumpOfReceiver & { readonly second: string };
    const look = async () => (await app.ask(received.second, "dump")) as unknown as DumpOfSecond;
    let second = await look();
    await until(async () => {
      second = await look();
      return second.fired.length >= second.armed.length;
    });
    return [received, second];
  }

  function heardBy({ app }: Node): Heard {
    const words = (word: string) =>
      app.logs.flatMap(({ record: { message } }) =>
        message.startsWith(`${word} `) ? [message.slice(word.length + 1)] : [],
      );
    return { handled: words("handled"), executed: words("executed") };
  }

  /** Everything that holds when nothing was lost, here and for the next node. */
  async function expectWhole(node: Node, crowd: Crowd, url: string): Promise<void> {
    const [receiver, second] = await dump(node);
    expect(crowd.wrongIn(receiver)).toEqual([]);
    expect(verdict([], heardBy(node), receiver, second)).toEqual([]);
    expect(crowd.slowestMs).toBeLessThan(patienceMs + 2_000);
    await node.app.stop();
    const next = await boot(url);
    expect((await dump(next))[0].handled).toEqual(receiver.handled);
  }

  it("loses nothing acknowledged when the server is restarted under load", { timeout: 60_000 }, async () => {
    const server = await start();
    const node = await boot(server.url);
    const crowd = new Crowd(node.app, node.receiver);
    for (const end of ["kill", "shutdown", "kill", "kill"] as const) {
      await crowd.hears(150);
      await server[end]();
      await server.start();
    }
    await crowd.hears(150);
    await crowd.stop();
    expect(node.health).toEqual(expect.arrayContaining([expect.stringMatching(/^down: .*disconnected/)]));
    expect(node.health).toEqual(expect.arrayContaining([expect.stringMatching(/^degraded: .*rolled_back/)]));
    expect(node.health.at(-1)).toMatch(/^up/);
    expect([...crowd.refusals]).toEqual(["UNAVAILABLE"]);
    await expectWhole(node, crowd, server.url);
  });

  it("forgets what an older copy of the data lacks, and goes on from there", { timeout: 60_000 }, async () => {
    const server = await start();
    const node = await boot(server.url);
    const { app } = node;
    const crowd = new Crowd(app, node.receiver);
    const agent = (host: string) => app.spawn("app:agent", host, [{ trap: true }]);
    const stays = await agent("app:journal");
    const watcher = await agent("app:memory");
    await crowd.hears(300);
    const copy = server.copy();
    const copiedAt = performance.now();
    const goes = await agent("app:journal");
    await app.ask(watcher, "link", goes.text);
    await app.ask(watcher, "monitor", goes.text);
    await app.ask(stays, "link", goes.text);
    await crowd.hears(300);
    await until(() => performance.now() - copiedAt > 1_000);
    const [before] = await dump(node);
    await server.kill();
    server.restore(copy);
    await server.start();
    await until(() => node.health.some((line) => /rolled_back/.test(line)) && /^up/.test(node.health.at(-1)!));
    await crowd.hears(300);
    await crowd.stop();

    const [receiver, second] = await dump(node);
    expect(crowd.wrongIn(receiver, { lost: true })).toEqual([]);
    expect(forwardedWrongly(receiver, second)).toEqual([]);
    // Some of what was handled is gone, and with it all that followed.
    const same = receiver.handled.findIndex((row, i) => row !== before.handled[i]);
    expect(same).toBeGreaterThan(0);
    expect(same).toBeLessThan(before.handled.length);
    const known = new Set(before.handled.slice(same));
    expect(receiver.handled.filter((row) => known.has(row))).toEqual([]);

    // Who was bound to a process that is no more has been told; who has forgotten the bond has nothing to be told.
    const heard = (await app.ask(watcher, "heard")) as { kind: string; from: string; error: { kind: string } }[];
    expect(heard.map(({ kind, from, error }) => [kind, from, error.kind]).sort()).toEqual([
      ["pid.exit", goes.text, "UNAVAILABLE"],
      ["pid.link.down", goes.text, "UNAVAILABLE"],
    ]);
    expect(await app.ask(stays, "heard")).toEqual([]);

    await app.stop();
    const next = await boot(server.url);
    expect((await dump(next))[0].handled).toEqual(receiver.handled);
  });

  it("keeps the bonds of processes in memory with those that came back older", { timeout: 60_000 }, async () => {
    const server = await start();
    const node = await boot(server.url);
    const { app } = node;
    const agent = (host: string) => app.spawn("app:agent", host, [{ trap: true }]);
    const [older, mourner] = [await agent("app:journal"), await agent("app:journal")];
    const [mortal, watcher] = [await agent("app:memory"), await agent("app:memory")];
    await app.ask(mourner, "link", mortal.text);
    const copy = server.copy();
    // All of this the journal forgets.
    await app.ask(watcher, "link", older.text);
    await app.ask(watcher, "monitor", older.text);
    await app.monitor(mortal);
    await app.tell(mortal, "crash", "as asked");
    await app.hears(mortal);
    await until(async () => ((await app.ask(mourner, "heard")) as unknown[]).length === 1);
    await server.kill();
    server.restore(copy);
    await server.start();
    await until(() => node.health.some((line) => /rolled_back/.test(line)) && /^up/.test(node.health.at(-1)!));

    expect(await app.ask(watcher, "heard")).toEqual([]);
    await app.tell(older, "crash", "as asked");
    await until(async () => ((await app.ask(watcher, "heard")) as unknown[]).length === 2);
    await until(async () => ((await app.ask(mourner, "heard")) as unknown[]).length === 1);
    expect(await app.ask(mourner, "heard")).toEqual([
      expect.objectContaining({ kind: "pid.link.down", from: mortal.text }),
    ]);
  });

  it("numbers its messages above those of a life that its journal has forgotten", { timeout: 60_000 }, async () => {
    const server = await start();
    const folder = mkdtempSync(join(tmpdir(), "perdure-forgotten-"));
    ends.push(async () => rmSync(folder, { recursive: true }));
    const other = `  - {name: other, kind: process.host, journal: {driver: lmdb, path: "${folder}/other.mdb"}}\n`;
    let { app } = await boot(server.url, other);
    const from = await app.spawn("app:agent", "app:journal", [], { name: "from" });
    const to = await app.spawn("app:agent", "app:other", [], { name: "to" });
    const send = (value: number) => app.ask(from, "send", { to: to.text, topic: "n", value });
    await send(1);
    await app.stop();
    const copy = server.copy();
    ({ app } = await boot(server.url, other));
    for (const value of [2, 3, 4, 5]) await send(value);
    await app.stop();
    await server.kill();
    server.restore(copy);
    await server.start();
    ({ app } = await boot(server.url, other));
    for (const value of [6, 7]) await send(value);
    await until(async () => ((await app.ask(to, "numbers")) as number[]).includes(7));
    expect(await app.ask(to, "numbers")).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  const faults: readonly (readonly [
    what: string,
    health: string | undefined,
    fault: (server: OwnRedis) => Promise<unknown>,
  ])[] = [
    ["its scripts are flushed", undefined, ({ client }) => client.script("FLUSH")],
    [
      "its connections are cut",
      "disconnected",
      ({ client }) => client.client("KILL", "TYPE", "normal", "SKIPME", "yes"),
    ],
    ["it sleeps for three seconds", undefined, ({ client }) => client.call("DEBUG", "SLEEP", "3")],
    ["it sleeps for seven seconds", "unresponsive", ({ client }) => client.call("DEBUG", "SLEEP", "7")],
    ["its memory is full for a moment", "out_of_memory", (server) => full(server, 500)],
    ["its memory is full for long", "out_of_memory", (server) => full(server, patienceMs + 2_000)],
  ];

  async function full({ client }: OwnRedis, ms: number): Promise<void> {
    await client.config("SET", "maxmemory", "1");
    await new Promise((resolve) => setTimeout(resolve, ms));
    await client.config("SET", "maxmemory", "0");
  }

  it.each(faults)("goes on when %s", { timeout: 60_000 }, async (_what, health, fault) => {
    const server = await start();
    const node = await boot(server.url);
    const crowd = new Crowd(node.app, node.receiver);
    await crowd.hears(100);
    await fault(server);
    await crowd.hears(100);
    await crowd.stop();
    if (health !== undefined) {
      expect(node.health).toEqual(expect.arrayContaining([expect.stringMatching(new RegExp(`^down: .*${health}`))]));
    }
    expect(node.health.at(-1) ?? "up").toMatch(/^up/);
    expect([...crowd.refusals].filter((kind) => kind !== "UNAVAILABLE")).toEqual([]);
    await expectWhole(node, crowd, server.url);
  });
});
