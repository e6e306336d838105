/** The module `events` in processes: in memory and on a journal, over the death of a node. */
import { describe, expect, it } from "vitest";
import { EventBus, type Outcome } from "../../../actors/index.js";
import type { Payload } from "../../../mailbox/index.js";
import { FakeDisk } from "../../support/fake-journal.js";
import { JournalNode } from "../../support/journal-node.js";
import { VirtualClock, virtualNode } from "../../support/virtual.js";

const program = (body: string) => `local events, time = require("events"), require("time")
return function(...) ${body} end`;

interface Trial {
  run(): Promise<Outcome>;
  readonly bus: EventBus;
  readonly logs: readonly { readonly message: string }[];
}

const hosts: Readonly<Record<string, (sources: Record<string, string>) => Promise<Trial>>> = {
  memory: (sources) => {
    const node = virtualNode(sources);
    const bus = new EventBus();
    node.system.services.add("events", bus);
    return Promise.resolve({ run: () => Promise.resolve(node.run("app:main")), bus, logs: node.logs });
  },
  journal: async (sources) => {
    const node = new JournalNode(new FakeDisk(), sources);
    const bus = new EventBus();
    node.system.services.add("events", bus);
    await node.start();
    return { run: () => node.exec("app:main"), bus, logs: node.logs };
  },
};

describe.each(Object.keys(hosts))("events on a %s host", (host) => {
  const value = async (body: string, others: Readonly<Record<string, string>> = {}): Promise<Payload> => {
    const outcome = await (await hosts[host]!({ "app:main": program(body), ...others })).run();
    if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
    return outcome.value;
  };

  it("reach the sender itself, in order, with their data", async () => {
    expect(
      await value(`
        local sub = events.subscribe("orders.*")
        local sent = events.send("orders.eu", "created", "/1", { n = 1 })
        events.send("orders.eu", "paid", "/1")
        events.send("users", "created", "/ann")
        local a, b = sub:channel():receive(), sub:channel():receive()
        return { sent, a.system, a.kind, a.path, a.data.n, b.kind, b.data == nil, sub:dropped() }`),
    ).toEqual([true, "orders.eu", "created", "/1", 1, "paid", true, 0]);
  });

  it("are filtered by kind", async () => {
    expect(
      await value(`
        local sub = events.subscribe("**", "user.*")
        events.send("a", "order.new", "/") events.send("a.b", "user.new", "/2")
        return sub:channel():receive().path`),
    ).toBe("/2");
  });

  it("come from other processes, each sender's in order", async () => {
    const sender = program(`
      local name = ...
      for i = 1, 5 do events.send("news", name, tostring(i)) end`);
    expect(
      await value(
        `
        local sub = events.subscribe("news")
        local host = process.pid():match("@([^|]+)") or process.pid():match("{([^|]+)")
        process.spawn("app:sender", host, "a") process.spawn("app:sender", host, "b")
        local order = { a = "", b = "" }
        for _ = 1, 10 do
          local event = sub:channel():receive()
          order[event.kind] = order[event.kind] .. event.path
        end
        return order`,
        { "app:sender": sender },
      ),
    ).toEqual({ a: "12345", b: "12345" });
  });

  it("can be selected over several subscriptions, whose channels are always the same", async () => {
    expect(
      await value(`
        local one, two = events.subscribe("one"), events.subscribe("two")
        events.send("two", "k", "/")
        local r = channel.select{ one:channel():case_receive(), two:channel():case_receive() }
        return { r.channel == two:channel(), r.value.system, one:channel() == one:channel() }`),
    ).toEqual([true, "two", true]);
  });

  it("stop with close, which may be repeated; what had arrived can still be received", async () => {
    expect(
      await value(`
        local sub = events.subscribe("a")
        events.send("a", "k", "/1")
        local first, second = sub:close(), sub:close()
        events.send("a", "k", "/2")
        local event, ok = sub:channel():receive()
        local none, over = sub:channel():receive()
        return { first, second, event.path, ok, none == nil, over }`),
    ).toEqual([true, true, "/1", true, true, false]);
  });

  it("wake a receiver with nil and false when another coroutine closes", async () => {
    expect(
      await value(`
        local sub = events.subscribe("a")
        coroutine.spawn(function() time.sleep("1s") sub:close() end)
        local event, ok = sub:channel():receive()
        return { event == nil, ok }`),
    ).toEqual([true, false]);
  });

  it("past 64 that nobody takes are dropped, counted, and logged once", async () => {
    const trial = await hosts[host]!({
      "app:main": program(`
        local sub = events.subscribe("a")
        for i = 1, 70 do events.send("a", "k", tostring(i)) end
        local ch, last = sub:channel()
        for _ = 1, 64 do last = ch:receive().path end
        events.send("a", "k", "again")
        return { last, sub:dropped(), ch:receive().path }`),
    });
    expect(await trial.run()).toEqual({ ok: true, value: ["64", 6, "again"] });
    expect(trial.logs.map(({ message }) => message)).toEqual([
      'a subscription to the events of "a" is full; events are dropped',
    ]);
  });

  it.each([
    ['events.send("", "k", "/")', "event system must be text that is not empty"],
    ['events.send("s", nil, "/")', "event kind must be text that is not empty"],
    ['events.send("s", "k")', "event path must be text that is not empty"],
    ['events.send("s", "k", "/", print)', "argument 4: value is a function, which cannot leave a process"],
    ["events.subscribe()", "event system must be text that is not empty"],
    ['events.subscribe("a..b")', 'event system must not have an empty segment: write it as "a.b"'],
    ['events.subscribe("a", "")', "event kind must be text that is not empty"],
    ['events.subscribe("a", 5)', "event kind must be text that is not empty"],
  ])("%s is INVALID", async (expression, message) => {
    expect(await value(`local v, e = ${expression} return { v == nil, e:kind(), e:message(), e:retryable() }`)).toEqual(
      [...[true, "INVALID", message, false]],
    );
  });

  it("end when the process goes on as another program", async () => {
    const trial = await hosts[host]!({
      "app:main": program(`
        events.subscribe("a")
        events.subscribe("b")
        process.upgrade("app:next")`),
      "app:next": program(`
        local sub = events.subscribe("c")
        events.send("a", "k", "/1") events.send("c", "k", "/2")
        time.sleep("1s")
        return { sub:channel():receive().path, sub:dropped() }`),
    });
    expect(await trial.run()).toEqual({ ok: true, value: ["/2", 0] });
    expect((trial.bus as unknown as { subscribers: Set<unknown> }).subscribers.size).toBe(0);
  });

  it("end with the process", async () => {
    const trial = await hosts[host]!({ "app:main": program(`events.subscribe("**") return 1`) });
    await trial.run();
    expect((trial.bus as unknown as { subscribers: Set<unknown> }).subscribers.size).toBe(0);
  });
});

describe("a subscription of a process on a journal", () => {
  it("goes on after the death of its node, without what happened meanwhile", async () => {
    const disk = new FakeDisk();
    const options = { clock: new VirtualClock() };
    const sources = {
      "app:main": program(`
        local sub = events.subscribe("news")
        local heard, inbox = "", process.inbox()
        while true do
          local r = channel.select{ sub:channel():case_receive(), inbox:case_receive() }
          if r.channel == inbox then r.value:reply(heard) else heard = heard .. r.value.path end
        end`),
    };
    const start = async () => {
      const next = new JournalNode(disk, sources, options);
      const bus = new EventBus();
      next.system.services.add("events", bus);
      await next.start();
      const tell = (path: string) => bus.ask(next.client.pid, "send", { system: "news", kind: "k", path });
      return { next, tell };
    };
    const before = await start();
    const pid = await before.next.spawn("app:main");
    before.tell("a");
    expect(await before.next.call(pid, "get")).toEqual({ ok: true, value: "a" });
    before.next.kill();
    const after = await start();
    after.tell("b");
    expect(await after.next.call(pid, "get")).toEqual({ ok: true, value: "ab" });
  });
});
