/** Bounded mailboxes between processes of one journal, over crashes of their node, in virtual time. */
import { describe, expect, it } from "vitest";
import type { FullPolicy, MailboxLimit, Payload, Pid } from "../../mailbox/index.js";
import { FakeDisk } from "../support/fake-journal.js";
import { JournalNode } from "../support/journal-node.js";
import { Random } from "../support/random.js";
import { VirtualClock } from "../support/virtual.js";

const sources = {
  "app:reader": `return { main = function(pause)
    local time = require("time")
    local numbers, got = process.listen("n"), {}
    local asks = process.listen("get", {message = true})
    coroutine.spawn(function() while true do asks:receive():reply(got) end end)
    while true do
      local v = numbers:receive()
      table.insert(got, v)
      time.sleep(pause)
    end
  end }`,
  "app:writer": `return { main = function(to, name, count)
    local time = require("time")
    local answers = {}
    for i = 1, count do
      repeat
        local ok, err = process.send(to, "n", {name, i})
        table.insert(answers, ok and "ok" or err:kind())
        if err then time.sleep("7ms") end
      until ok
    end
    local inbox = process.inbox()
    while true do inbox:receive():reply(answers) end
  end }`,
  "app:full": `return { main = function(to, count)
    local answers = {}
    for i = 1, count do
      local ok, err = process.send(to, "n", i)
      table.insert(answers, ok and "ok" or err:kind())
    end
    local value, err = process.call(to, "get", 1, {timeout = "60s"})
    table.insert(answers, err and err:kind() or "called")
    local inbox = process.inbox()
    while true do inbox:receive():reply(answers) end
  end }`,
  "app:mutual": `return { main = function(first, count)
    local time = require("time")
    local to = first or process.listen("to"):receive()
    time.sleep("10ms")
    local answers = {}
    for i = 1, count do
      local ok, err = process.send(to, "n", i)
      table.insert(answers, ok and "ok" or err:kind())
    end
    print(table.concat(answers, " "))
    time.sleep("1h")
  end }`,
  "app:self": `return { main = function(count)
    local inbox, answers = process.inbox(), {}
    for i = 1, count do
      local ok, err = process.send(process.pid(), "n", i)
      table.insert(answers, ok and "ok" or err:kind())
    end
    print(table.concat(answers, " "))
    inbox:receive()
    local ok = process.send(process.pid(), "n", 9)
    print(tostring(ok))
    inbox:receive()
  end }`,
};

const limit = (onFull: FullPolicy, size = 3, sendTimeoutMs = 60_000): MailboxLimit => ({ size, onFull, sendTimeoutMs });

class World {
  readonly disk = new FakeDisk();
  readonly clock = new VirtualClock();
  private readonly mailboxes: Readonly<Record<string, MailboxLimit>>;
  node!: JournalNode;

  constructor(mailboxes: Readonly<Record<string, MailboxLimit>>) {
    this.mailboxes = mailboxes;
  }

  async boot(): Promise<JournalNode> {
    const { clock, mailboxes } = this;
    this.node = new JournalNode(this.disk, sources, { clock, mailboxes });
    return this.node.start();
  }

  /** Let it run for a while, with crashes in between. */
  async live(random: Random, crashes: number): Promise<void> {
    for (let i = 0; i < crashes; i++) {
      await this.node.advance(random.below(60));
      // In the middle of things: what is under way is not waited for.
      for (let steps = random.below(6); steps > 0; steps--) {
        await new Promise((resolve) => setImmediate(resolve));
        this.clock.runNow();
      }
      this.node.kill();
      await this.boot();
    }
    await this.node.advance(5_000);
  }

  async list(pid: Pid): Promise<Payload[]> {
    const outcome = await this.node.call(pid, "get");
    if (!outcome.ok) throw new Error(outcome.error.message);
    return outcome.value as Payload[];
  }
}

const from = (all: readonly Payload[], name: string): number[] =>
  all.filter((pair) => (pair as Payload[])[0] === name).map((pair) => (pair as number[])[1]!);
const counted = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe("a bounded mailbox among processes of one journal", () => {
  it.each(["block", "fail"] as const)("loses, repeats and reorders nothing over crashes (%s)", async (onFull) => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed);
      const world = new World({ "app:reader": limit(onFull) });
      await world.boot();
      const reader = await world.node.spawn("app:reader", ["9ms"]);
      const writers = ["a", "b", "c"];
      for (const name of writers) await world.node.spawn("app:writer", [reader.text, name, 12]);
      await world.live(random, 1 + random.below(6));
      const all = await world.list(reader);
      for (const name of writers) expect(from(all, name), `seed ${seed}`).toEqual(counted(12));
      expect(world.node.health, `seed ${seed}`).toEqual([]);
    }
  });

  it("drops the oldest in the same way when it is replayed (drop_old)", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed);
      const world = new World({ "app:reader": limit("drop_old") });
      await world.boot();
      const reader = await world.node.spawn("app:reader", ["9ms"]);
      await world.node.spawn("app:writer", [reader.text, "a", 30]);
      await world.live(random, 1 + random.below(4));
      const got = from(await world.list(reader), "a");
      expect(got.slice(-3), `seed ${seed}`).toEqual([28, 29, 30]);
      expect(got, `seed ${seed}`).toEqual([...new Set(got)].sort((a, b) => a - b));
      expect(world.node.health, `seed ${seed}`).toEqual([]);
    }
  });

  it.each<[FullPolicy, string[]]>([
    ["fail", ["ok", "ok", "ok", "LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "LIMIT_EXCEEDED"]],
    ["drop_new", ["ok", "ok", "ok", "ok", "ok", "ok", "LIMIT_EXCEEDED"]],
    ["dead_letter", ["ok", "ok", "ok", "ok", "ok", "ok", "LIMIT_EXCEEDED"]],
  ])("answers its sender at once, and again the same after a crash (%s)", async (onFull, answers) => {
    const world = new World({ "app:reader": limit(onFull) });
    await world.boot();
    const reader = await world.node.spawn("app:reader", ["1h"]);
    const writer = await world.node.spawn("app:full", [reader.text, 6]);
    expect(await world.node.call(writer, "get")).toEqual({ ok: true, value: answers });
    const letters = world.node.system.router.deadLetters.list().map(({ envelope }) => envelope.signal);
    expect(letters).toMatchObject(
      onFull === "dead_letter" ? [{ payloads: [4] }, { payloads: [5] }, { payloads: [6] }, { call: {} }] : [],
    );
    world.node.kill();
    await world.boot();
    expect(await world.node.call(writer, "get")).toEqual({ ok: true, value: answers });
    expect(world.node.health).toEqual([]);
  });

  it("ends the wait of two full processes that wait for each other (block)", async () => {
    const world = new World({ "app:mutual": limit("block", 2, 1_000) });
    await world.boot();
    const one = await world.node.spawn("app:mutual", [null, 3]);
    const two = await world.node.spawn("app:mutual", [one.text, 3]);
    await world.node.send(one, "to", two.text);
    await world.node.advance(10_000);
    expect(world.node.prints.sort()).toEqual(["ok ok UNAVAILABLE", "ok ok UNAVAILABLE"]);
    expect(world.node.health).toEqual([]);
  });

  it("never has a process wait for itself (block)", async () => {
    const world = new World({ "app:self": limit("block", 2) });
    await world.boot();
    await world.node.spawn("app:self", [3]);
    expect(world.node.prints).toEqual(["ok ok LIMIT_EXCEEDED", "true"]);
  });
});
