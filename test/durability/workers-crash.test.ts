/** The crash of a worker thread is a noconnection for its processes, and nothing more. */
import { afterEach, describe, expect, it } from "vitest";
import type { ProcessEvent } from "../../actors/index.js";
import type { Payload, Pid } from "../../mailbox/index.js";
import { startSupervisor, whichChildren } from "../../supervision/index.js";
import { threadOf, WorkersNode, type WorkersNodeOptions } from "../support/workers/node.js";

const lua = {
  "t:idle": "return function() process.events():receive() end",
  "t:join": `
    local pg = require("pg")
    return function()
      local group = pg.open("scope")
      assert(group:join("all"))
      assert(process.registry.register("joined"))
      process.inbox():receive()
    end`,
  "t:members": 'local pg = require("pg") return function() return pg.open("scope"):get_members("all") end',
  "t:bound": `
    return function(to, bond)
      process.set_options({trap_links = bond == "trap"})
      if bond == "monitor" then assert(process.monitor(to)) else assert(process.link(to)) end
      print("bound")
      local event = process.events():receive()
      return {event.kind, event.from, event.result.error:kind(), event.result.error:message()}
    end`,
  "t:call": `
    return function(to)
      local answer, err = process.call(to, "question", 1, {timeout = "30s"})
      return {answer == nil, err:kind()}
    end`,
  "t:flood": `
    return function(to)
      local sent = 0
      while true do
        local ok, err = process.send(to, "n", sent)
        if not ok then return {sent, err:kind()} end
        sent = sent + 1
      end
    end`,
  "t:tree": `
    local supervisor = require("supervisor")
    return function(hurt)
      local children = {}
      for i = 1, 4 do children[i] = {id = "c" .. i, process = "t:idle", host = "t:pool"} end
      local sup = assert(supervisor.start_link({strategy = "one_for_one", intensity = 10, period = "60s", children = children}))
      process.registry.register("tree", sup)
      process.inbox():receive()
    end`,
};

type Fields = { readonly kind: string; readonly error?: { readonly kind: string; readonly message: string } };

/** What an event says of the end. */
function endOf(event: ProcessEvent | undefined): Fields {
  if (event?.kind === "exit" && event.reason.kind === "failed") return { kind: "exit", error: event.reason.error };
  return event?.kind === "link_down" ? { kind: "link_down", error: event.error } : { kind: `${event?.kind}` };
}

describe("a worker thread that crashes", () => {
  let node: WorkersNode;
  let harm: Pid;
  /** With a harmful process on thread 1, and thread 2 at work too. */
  const open = async (options: Partial<WorkersNodeOptions> = {}): Promise<void> => {
    node = await WorkersNode.open({ lua, ...options });
    harm = await node.spawn("t:harm");
    expect(threadOf(harm)).toBe(1);
    await node.spawn("t:idle");
  };
  afterEach(() => node.close());

  /** Start it on that thread. */
  const on = async (thread: number, entry = "t:idle", args: readonly Payload[] = [], how = {}): Promise<Pid> => {
    while (next() !== thread) await node.spawn("t:idle");
    return node.spawn(entry, args, how);
  };
  /** Where the next process starts. */
  const next = (): number => {
    const { threads } = node.team;
    if (threads.length < 2) return Math.max(...threads) + 1;
    const sizes = threads.map((thread) => node.host.pids().filter((pid) => threadOf(pid) === thread).length);
    return threads[sizes.indexOf(Math.min(...sizes))]!;
  };
  const crash = async (how: "exit" | "throw" | "fill" = "exit"): Promise<void> => {
    await node.client.send(harm, how);
    await expect.poll(() => node.team.threads, { timeout: 60_000, interval: 5 }).not.toContain(1);
  };
  const down = { kind: "UNAVAILABLE", message: "worker 1 of t:pool is down" };

  it.each(["exit", "throw"] as const)("is heard of by monitors and links on the main thread (%s)", async (how) => {
    await open();
    const [monitored, linked] = [await on(1), await on(1)];
    node.client.start(
      (self) => self.monitor(monitored),
      () => {},
    );
    node.client.start(
      (self) => self.link(linked),
      () => {},
    );
    await crash(how);
    await expect.poll(() => node.heard(linked).length).toBe(1);
    expect(endOf(node.heard(monitored)[0])).toMatchObject({ kind: "exit", error: down });
    expect(endOf(node.heard(linked)[0])).toMatchObject({ kind: "link_down", error: down });
    expect(node.health).toMatchObject([{ id: "t:pool", state: "degraded" }]);
  });

  it("is heard of by monitors and links on other threads", async () => {
    await open();
    const target = await on(1);
    const watching = await on(2, "t:bound", [target.text, "monitor"], { monitor: true });
    const trapping = await on(2, "t:bound", [target.text, "trap"], { monitor: true });
    const dies = await on(2, "t:bound", [target.text, "link"], { monitor: true });
    await expect.poll(() => node.prints.length).toBe(3);
    await crash();
    await expect.poll(() => [watching, trapping].map((pid) => node.heard(pid).length)).toEqual([1, 1]);
    expect(node.heard(watching)).toMatchObject([
      { reason: { value: ["pid.exit", target.text, down.kind, down.message] } },
    ]);
    expect(node.heard(trapping)).toMatchObject([
      { reason: { value: ["pid.link.down", target.text, down.kind, down.message] } },
    ]);
    await expect.poll(() => node.heard(dies).length).toBe(1);
    expect(endOf(node.heard(dies)[0])).toMatchObject({ error: { message: "linked process failed" } });
  });

  it("leaves no names, no members of groups and no calls without an answer", async () => {
    await open();
    await on(1, "t:join");
    await expect.poll(() => node.system.names.lookup("joined")).toBeDefined();
    const target = await on(1);
    const call = node.client.call(target, "question", 1, 30_000);
    const far = await on(2, "t:call", [target.text], { monitor: true });
    await crash();
    expect(await call).toMatchObject({ ok: false, error: down });
    await expect.poll(() => node.heard(far).length).toBe(1);
    expect(node.heard(far)[0]).toMatchObject({ reason: { value: [true, "UNAVAILABLE"] } });
    expect(node.system.names.lookup("joined")).toBeUndefined();
    expect(await node.run("t:members")).toEqual([]);
    expect(await node.client.send(target, "late")).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
    await expect.poll(() => [node.team.open, node.team.bonds]).toEqual([0, 0]);
  });

  it("is followed by a new one", async () => {
    await open();
    await crash();
    const pids = await Promise.all(Array.from({ length: 8 }, () => node.spawn("t:idle")));
    expect(node.team.threads).toEqual([2, 3]);
    expect(new Set(pids.map(threadOf))).toEqual(new Set([2, 3]));
  });

  it("answers starts that it has not answered", async () => {
    await open();
    const entries = ["t:idle", "t:idle", "t:deadly", ...Array.from({ length: 20 }, () => "t:idle")];
    const started = await Promise.all(entries.map((entry) => node.client.spawn(entry, "t:pool", [])));
    const refused = started.filter((pid) => "kind" in pid);
    expect(refused.length).toBeGreaterThan(5);
    for (const error of refused) expect(error).toMatchObject({ kind: "UNAVAILABLE", retryable: true });
    expect(started.length - refused.length).toBeGreaterThan(5);
  });

  it("loses no message of a flood without a word", async () => {
    await open();
    const target = await on(1);
    const floods = [1, 2, 3].map(() => node.exec("t:flood", target.text));
    await expect.poll(() => node.team.threads.length).toBe(2);
    await crash();
    const outcomes = await Promise.all(floods);
    // One that had its place on the lost thread is lost with it.
    const told = outcomes.filter((outcome) => outcome.ok);
    expect(told.length).toBeGreaterThan(0);
    for (const outcome of told) expect(outcome.value).toMatchObject([expect.any(Number), /^(NOT_FOUND|UNAVAILABLE)$/]);
    for (const outcome of outcomes) if (!outcome.ok) expect(outcome.error.kind).toBe(down.kind);
    expect(node.system.deadLetters.count).toBeGreaterThan(0);
  });

  it("is one whose memory is full, too", async () => {
    await open({ heapMb: 64 });
    const monitored = await on(1);
    node.client.start(
      (self) => self.monitor(monitored),
      () => {},
    );
    await crash("fill");
    await expect.poll(() => node.heard(monitored).length).toBe(1);
    expect(node.health[0]?.detail).toContain("memory");
    await node.spawn("t:idle");
  });

  it("has its children started anew by their supervisor, in TypeScript and in Lua", async () => {
    await open();
    const children = [1, 2, 3, 4].map((n) => ({ id: `c${n}`, process: "t:idle", host: "t:pool" }));
    const sup = await startSupervisor(node.client, "t:pool", { intensity: 10, period: "60s", children });
    if ("kind" in sup) throw new Error(sup.message);
    expect(threadOf(sup)).toBe(0);
    const root = await on(2, "t:tree");
    await expect.poll(() => node.system.names.lookup("tree")).toBeDefined();
    const tree = node.system.names.lookup("tree")!;
    for (const one of [sup, tree]) expect(await threadsOf(one)).toContain(1);
    await crash();
    for (const one of [sup, tree]) {
      await expect.poll(() => threadsOf(one), { timeout: 20_000 }).toHaveLength(4);
      expect(await threadsOf(one)).not.toContain(1);
    }
    expect(node.heard(root)).toEqual([]);
  });

  const threadsOf = async (sup: Pid): Promise<number[]> => {
    const children = await whichChildren(node.client, sup);
    if ("kind" in children) throw new Error(children.message);
    return children.flatMap(({ pid }) => (pid === undefined ? [] : [threadOf(pid)]));
  };

  it("does not keep a node from ending, nor does one that does not come back", async () => {
    await open();
    void node.client.send(harm, "spin");
    const started = Date.now();
    await node.close(100);
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(node.team.threads).toEqual([]);
  });
});
