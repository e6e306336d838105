/** Processes on worker threads: order, names, placement, limits, what is told on the main thread, and what is left when all is done. */
import { afterEach, describe, expect, it } from "vitest";
import { accepted, type Payload, type Pid, parsePid } from "../../mailbox/index.js";
import { threadOf, WorkersNode, type WorkersNodeOptions } from "../support/workers/node.js";

const lua = {
  "t:idle": "return function() process.inbox():receive() end",
  "t:children": `
    return function(count)
      local pids = {}
      for i = 1, count do
        pids[i] = assert(process.spawn("t:idle", "t:pool"))
      end
      return pids
    end`,
  "t:send": `
    return function(to, who, count)
      for i = 1, count do assert(process.send(to, "n", {who, i})) end
    end`,
  "t:collect": `
    return function(count)
      local inbox, last, wrong = process.inbox(), {}, 0
      for _ = 1, count do
        local who, n = table.unpack(inbox:receive():payload():data())
        if n ~= (last[who] or 0) + 1 then wrong = wrong + 1 end
        last[who] = n
      end
      return wrong
    end`,
  "t:echo": `
    return function()
      local inbox = process.inbox()
      while true do
        local message = inbox:receive()
        process.send(message:from(), "pong", message:payload():data())
      end
    end`,
  "t:ping": `
    return function(to, count)
      local inbox = process.inbox()
      for i = 1, count do
        assert(process.send(to, "ping", i))
        assert(inbox:receive():payload():data() == i)
      end
    end`,
  "t:named": `
    return function()
      assert(process.registry.register("first"))
      local inbox = process.inbox()
      inbox:receive()
    end`,
  "t:watch": `
    return function(name, count)
      local events, inbox, stale = process.events(), process.inbox(), 0
      for i = 1, count do
        local spawner = process.with_options({}):with_name(name .. i)
        local pid = assert(spawner:spawn_monitored("t:idle", "t:pool"))
        assert(process.send(pid, "go"))
        assert(events:receive().from == pid)
        if process.registry.lookup(name .. i) then stale = stale + 1 end
        if process.send(pid, "late") then stale = stale + 1 end
      end
      return stale
    end`,
  "t:heavy": `
    return function(to, count, kilobytes)
      local text = string.rep("x", kilobytes * 1024)
      for i = 1, count do assert(process.send(to, "n", {"heavy", i, text})) end
    end`,
  "t:say": 'return function() print("here") process.inbox() return true end',
  "t:full": "return function() process.events():receive() return process.inbox():receive():payload():data() end",
};

describe("processes on worker threads", () => {
  let node: WorkersNode;
  const open = async (options: Partial<WorkersNodeOptions> = {}): Promise<void> => {
    node = await WorkersNode.open({ lua, ...options });
  };
  afterEach(() => node.close());

  const pair = async (entry: string, ...args: Payload[]): Promise<[Pid, Pid]> => [
    await node.spawn("t:idle"),
    await node.spawn(entry, args),
  ];
  const rest = (): Promise<void> => expect.poll(() => node.host.size, { timeout: 20_000, interval: 10 }).toBe(0);

  it("start no thread before there is a process, and no more than they may", async () => {
    await open();
    expect(node.team.threads).toEqual([]);
    const pids = await Promise.all(Array.from({ length: 10 }, () => node.spawn("t:idle")));
    expect(node.team.threads).toEqual([1, 2]);
    expect(pids.map(threadOf).filter((thread) => thread === 1)).toHaveLength(5);
    expect(node.host.size).toBe(10);
    expect(new Set(node.host.pids().map(({ text }) => text))).toEqual(new Set(pids.map(({ text }) => text)));
  });

  it("have children on all threads", async () => {
    await open();
    const pids = (await node.run("t:children", 40)) as string[];
    const first = pids.map(threadOf).filter((thread) => thread === 1).length;
    expect(first).toBeGreaterThan(15);
    expect(first).toBeLessThan(25);
  });

  it("get what each sender has sent in its order, and all of it", async () => {
    await open();
    const [, collector] = await pair("t:collect", 6 * 2000);
    await node.client.start(
      (self) => self.monitor(collector),
      () => {},
    );
    const senders = Array.from({ length: 6 }, (_, i) => node.exec("t:send", collector.text, i, 2000));
    for (const outcome of await Promise.all(senders)) expect(outcome.ok).toBe(true);
    await expect.poll(() => node.heard(collector).length, { timeout: 20_000 }).toBe(1);
    expect(node.heard(collector)).toMatchObject([{ kind: "exit", reason: { kind: "normal", value: 0 } }]);
  });

  it("wait when what they send is far ahead, and all of it arrives", async () => {
    await open();
    const [, collector] = await pair("t:collect", 300);
    node.client.start(
      (self) => self.monitor(collector),
      () => {},
    );
    await node.run("t:heavy", collector.text, 300, 512);
    await expect.poll(() => node.heard(collector).length, { timeout: 20_000 }).toBe(1);
    expect(node.heard(collector)).toMatchObject([{ reason: { kind: "normal", value: 0 } }]);
  });

  it("leave nothing behind after 100,000 messages, requests and bonds", async () => {
    await open();
    const collector = await node.spawn("t:collect", [60_000]);
    const echo = await node.spawn("t:echo");
    expect(threadOf(collector)).not.toBe(threadOf(echo));
    const done = node.client.start(
      (self) => self.monitor(collector),
      () => {},
    );
    expect(done).toBeDefined();
    await Promise.all([
      ...[1, 2, 3].map((who) => node.run("t:send", collector.text, who, 20_000)),
      node.run("t:ping", echo.text, 10_000),
      node.run("t:ping", echo.text, 10_000),
      node.run("t:watch", "name", 200),
    ]);
    await expect.poll(() => node.heard(collector).length, { timeout: 60_000 }).toBe(1);
    await node.client.terminate(echo);
    await rest();
    await expect.poll(() => [node.team.open, node.team.bonds]).toEqual([0, 0]);
    expect(node.system.names.list()).toEqual([]);
    expect(node.system.deadLetters.list().map(({ reason }) => reason)).toEqual(
      node.system.deadLetters.list().map(() => "process not found"),
    );
  });

  it("hear of an end only when its name is free and nobody can be sent to", async () => {
    await open();
    await node.spawn("t:idle");
    expect(await Promise.all([node.run("t:watch", "a", 100), node.run("t:watch", "b", 100)])).toEqual([0, 0]);
  });

  it("are found by their names, and one name is one process", async () => {
    await open();
    const both = await Promise.all([1, 2].map(() => node.spawn("t:idle", [], { name: "n" })));
    expect(both[0]!.text).toBe(both[1]!.text);
    const named = await node.spawn("t:named");
    await expect.poll(() => node.system.names.lookup("first")?.text).toBe(named.text);
    expect((await node.exec("t:named")).ok).toBe(false);
    await node.client.terminate(named);
    await expect.poll(() => node.system.names.lookup("first")).toBeUndefined();
  });

  it("count together against the limit of their host", async () => {
    await open({ maxProcesses: 3 });
    const pids = await Promise.all([1, 2, 3].map(() => node.spawn("t:idle")));
    expect(await node.client.spawn("t:idle", "t:pool", [])).toMatchObject({ kind: "LIMIT_EXCEEDED" });
    await node.client.send(pids[0]!, "end");
    await expect.poll(() => node.host.size).toBe(2);
    await node.spawn("t:idle");
  });

  it("answer a send to one that has ended, from every thread", async () => {
    await open();
    const [idle, other] = [await node.spawn("t:idle"), await node.spawn("t:idle")];
    for (const pid of [idle, other]) await node.client.terminate(pid);
    await rest();
    for (const pid of [idle, other]) {
      expect(await node.client.send(pid, "late")).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
      for (let i = 0; i < 2; i++) expect((await node.exec("t:send", pid.text, 1, 1)).ok).toBe(false);
    }
    const strange = parsePid(idle.text.replace(/\.\d+}/, ".99}"))!;
    expect(
      node.system.router.route({ from: strange, incarnation: "", to: strange, seq: 0, signal: { kind: "kill" } }),
    ).not.toBe(accepted);
  });

  it("are told of on the main thread, once", async () => {
    await open();
    const seen: string[] = [];
    node.system.events.on("spawn", ({ pid, entry, name }) => seen.push(`spawn ${entry} ${name} ${threadOf(pid)}`));
    node.system.events.on("exit", ({ entry, reason }) => seen.push(`exit ${entry} ${reason.kind}`));
    await node.spawn("t:say", [], { name: "x" });
    await expect.poll(() => seen).toEqual(["spawn t:say x 1", "exit t:say normal"]);
    expect(node.prints).toEqual(["here"]);
  });

  it("refuse what is too much for a bounded mailbox, between threads too", async () => {
    const limit = { size: 2, onFull: "fail", sendTimeoutMs: 1000 } as const;
    await open({ mailboxes: { "t:full": limit } });
    const [, full] = await pair("t:full");
    for (const count of [2, 1]) {
      const outcome = await node.exec("t:send", full.text, 1, count);
      expect(outcome.ok).toBe(count === 2);
    }
    const outcomes = await Promise.all([node.exec("t:send", full.text, 1, 1), node.exec("t:send", full.text, 1, 1)]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ ok: false });
  });
});
