/** A journal host whose machine loses its power: what was not synced is gone, and nobody outside has been told of it. */
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../actors/index.js";
import type { Pid } from "../../mailbox/index.js";
import { FakeDisk } from "../support/fake-journal.js";
import { JournalNode, type JournalNodeOptions } from "../support/journal-node.js";
import { Random } from "../support/random.js";

const sources = {
  // Notes each number with an id drawn at random; tells the second process, a function, a process in memory and whoever reads its prints.
  "app:first": `return { main = function(second, memory)
    local funcs, uuid, seen = require("funcs"), require("uuid"), {}
    local inbox = process.inbox()
    while true do
      local msg = inbox:receive()
      local n = msg:payload():data()
      if msg:topic() == "n" then
        table.insert(seen, n .. " " .. uuid.v4())
        process.send(second, "row", seen[#seen])
        if memory then process.send(memory, "row", seen[#seen]) end
        print(seen[#seen])
        funcs.call("app:job", seen[#seen])
      elseif msg:topic() == "seen" then msg:reply(seen) end
    end
  end }`,
  "app:second": `return { main = function()
    local seen, inbox = {}, process.inbox()
    while true do
      local msg = inbox:receive()
      if msg:topic() == "seen" then msg:reply(seen) else table.insert(seen, msg:payload():data()) end
    end
  end }`,
  "app:sleeper": `return { main = function()
    require("time").sleep("1h")
    print("slept")
  end }`,
};

const workers = (node: JournalNode): JournalNode => {
  node.functions.set("app:job", () => ({ ok: true, value: true }));
  return node;
};

async function boot(disk: FakeDisk, options: JournalNodeOptions = {}): Promise<JournalNode> {
  return workers(new JournalNode(disk, sources, options)).start();
}

/** Let everything happen that needs a sync, several times over. */
async function settle(node: JournalNode, disk: FakeDisk): Promise<void> {
  for (let i = 0; i < 6; i++) {
    await node.idle();
    disk.sync();
  }
  await node.idle();
}

/** What was answered, as soon as it is. */
function answer(begin: (done: (outcome: Outcome) => void) => void): { outcome: Outcome | undefined } {
  const seen: { outcome: Outcome | undefined } = { outcome: undefined };
  begin((outcome) => {
    seen.outcome = outcome;
  });
  return seen;
}

const sends = (node: JournalNode, to: Pid, topic: string, n: number) =>
  answer((done) => node.client.start((self) => self.send(to, topic, [n]), done));

async function spawned(node: JournalNode, disk: FakeDisk, entry: string, args: readonly string[] = []): Promise<Pid> {
  const starting = node.spawn(entry, args);
  await settle(node, disk);
  return starting;
}

async function seen(node: JournalNode, disk: FakeDisk, pid: Pid): Promise<string[]> {
  const asked = node.call(pid, "seen");
  await settle(node, disk);
  const outcome = await asked;
  if (!outcome.ok) throw new Error(outcome.error.message);
  return Array.isArray(outcome.value) ? outcome.value.map(String) : [];
}

describe("before the sync", () => {
  it("nobody outside of the journal is told anything: no answer, print, call, message, spawn or end", async () => {
    const disk = new FakeDisk({ sync: "manual" });
    const node = await boot(disk);
    const memory = await node.spawn("app:second", [], {}, "test:memory");
    const second = await spawned(node, disk, "app:second");
    const first = await spawned(node, disk, "app:first", [second.text, memory.text]);
    const told = () => ({
      prints: node.prints.length,
      invoked: node.invoked.length,
      exits: node.exits.length,
    });
    const before = told();
    const [sent, started] = [
      sends(node, first, "n", 1),
      answer((done) => node.client.start((self) => self.spawn("app:sleeper", "test:journal", [], {}), done)),
    ];
    const killed = answer((done) => void node.client.terminate(second).then(done));
    await node.idle();
    await node.advance(1_000);
    expect(disk.unsynced).toBeGreaterThan(0);
    expect([sent.outcome, started.outcome, killed.outcome, told()]).toEqual([undefined, undefined, undefined, before]);
    expect(await node.call(memory, "seen")).toEqual({ ok: true, value: [] });
    await settle(node, disk);
    expect([sent.outcome?.ok, started.outcome?.ok, killed.outcome?.ok]).toEqual([true, true, true]);
    expect(told()).toEqual({ prints: 1, invoked: 1, exits: 1 });
    expect(await node.call(memory, "seen")).toEqual({ ok: true, value: node.prints });
  });
});

describe("a power failure", () => {
  it("loses nothing acknowledged, repeats nothing that was told, and leaves processes that agree", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const disk = new FakeDisk({ sync: "manual" });
      let node = await boot(disk);
      const second = await spawned(node, disk, "app:second");
      const first = await spawned(node, disk, "app:first", [second.text]);
      await spawned(node, disk, "app:sleeper");
      const acknowledged: number[] = [];
      const prints: string[] = [];
      const calls: string[] = [];
      for (let number = 1; number <= 12; ) {
        const open = new Map<number, { outcome: Outcome | undefined }>();
        for (let count = 1 + random.below(4); count > 0; count--) {
          open.set(number, sends(node, first, "n", number));
          number++;
          for (let steps = random.below(3); steps > 0; steps--) {
            await node.idle();
            if (random.chance(0.5)) disk.sync();
          }
        }
        await node.idle();
        for (const [n, { outcome }] of open) if (outcome?.ok) acknowledged.push(n);
        prints.push(...node.prints);
        calls.push(...node.invoked.map(({ key, args }) => `${key} ${String(args[0])}`));
        // Of what was not synced none, some or all is on the disk.
        node.kill(random.pick([0, 0, 1, 2, Number.POSITIVE_INFINITY]));
        node = await boot(disk, { clock: node.clock });
      }
      await settle(node, disk);
      prints.push(...node.prints);
      calls.push(...node.invoked.map(({ key, args }) => `${key} ${String(args[0])}`));
      const rows = await seen(node, disk, first);
      expect(await seen(node, disk, second), `seed ${seed}`).toEqual(rows);
      const numbers = rows.map((row) => Number(row.split(" ")[0]));
      expect(numbers, `seed ${seed}`).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      expect(numbers, `seed ${seed}`).toEqual(expect.arrayContaining(acknowledged));
      // Told once, and only what is in the journal; a call may be made again, under its key.
      expect(new Set(prints).size).toBe(prints.length);
      expect(rows, `seed ${seed}`).toEqual(expect.arrayContaining(prints));
      expect(new Set(calls).size, `seed ${seed}`).toBe(new Set(calls.map((call) => call.split(" ")[0])).size);
      const before = node.prints.length;
      await node.advance(3_600_000);
      await settle(node, disk);
      expect(node.prints.slice(before), `seed ${seed}`).toEqual(["slept"]);
    }
  });
});

describe("a journal that was put back", () => {
  it("is read again until it can be, and what went back has the bonds that others hold with it", async () => {
    const disk = new FakeDisk();
    const node = await boot(disk);
    const [second, memory] = [await node.spawn("app:second"), await node.spawn("app:second", [], {}, "test:memory")];
    const first = await node.spawn("app:first", [second.text]);
    await node.send(first, "n", 1);
    const copy = disk.copy();
    await node.send(first, "n", 2);
    const late = await node.spawn("app:first", [second.text]);
    const ends: string[] = [];
    node.client.onEvent((event) => ends.push(`${event.kind} ${event.from.id}`));
    for (const pid of [first, late])
      node.client.start(
        (self) => self.monitor(pid),
        () => undefined,
      );
    await node.idle();
    disk.plan("during claim", "fail");
    disk.restore(copy);
    await node.idle();
    expect(node.health.at(-1)).toMatch(/^down journal test:journal: disconnected/);
    expect(await node.send(first, "n", 3)).toMatchObject({ ok: false, error: { kind: "UNAVAILABLE" } });
    expect(await node.send(memory, "n", 3)).toEqual({ ok: true, value: null });
    disk.heal();
    await node.advance(2_000);
    expect(node.health.at(-1)).toMatch(/^up/);
    expect(ends).toEqual([`exit ${late.id}`]);
    const rows = await seen(node, disk, first);
    expect([rows.length, await seen(node, disk, second)]).toEqual([1, rows]);
    void node.client.terminate(first);
    await node.idle();
    expect(ends).toEqual([`exit ${late.id}`, `exit ${first.id}`]);
  });
});
