/** The module `pg` in processes: in memory and on a journal, over the end of members and the death of a node. */
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../actors/index.js";
import { ProcessGroups } from "../../../actors/index.js";
import type { Payload } from "../../../mailbox/index.js";
import { FakeDisk } from "../../support/fake-journal.js";
import { JournalNode } from "../../support/journal-node.js";
import { VirtualClock, virtualNode } from "../../support/virtual.js";

const prelude = `local pg, time = require("pg"), require("time")
local host = process.pid():match("@([^|]+)") or process.pid():match("{([^|]+)")
local function text(event) return event.kind .. " " .. event.path .. " " .. #event.data.PIDs .. " " .. event.data.Group end
`;
const program = (body: string) => `return function(...) ${prelude} ${body} end`;

/** Joins what it is told to join, once or more often, and stays until it is told to end. */
const member = program(`
  local g, names = pg.open("s"), ...
  for _, name in ipairs(names) do assert(g:join(name)) end
  process.send(process.registry.lookup("main"), "joined")
  process.listen("end"):receive()`);

const hosts: Readonly<Record<string, (sources: Record<string, string>) => Promise<() => Promise<Outcome>>>> = {
  memory: (sources) => {
    const node = virtualNode(sources);
    node.system.services.add("pg", new ProcessGroups());
    return Promise.resolve(() => Promise.resolve(node.run("app:main")));
  },
  journal: async (sources) => {
    const node = new JournalNode(new FakeDisk(), sources);
    node.system.services.add("pg", new ProcessGroups());
    await node.start();
    return () => node.exec("app:main");
  },
};

describe.each(Object.keys(hosts))("process groups on a %s host", (host) => {
  const value = async (body: string): Promise<Payload> => {
    const run = await hosts[host]!({ "app:main": program(body), "app:member": member });
    const outcome = await run();
    if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
    return outcome.value;
  };

  it("know who has joined, as soon as join returns, as often as it has", async () => {
    expect(
      await value(`
        local g = pg.open("s")
        local me = process.pid()
        local ok, err = g:join("a")
        local once = #g:get_members("a")
        g:join({"a", "b", "a"})
        local members = g:get_members("a")
        local left = g:leave("a")
        local _, missing = g:leave({"b", "b"})
        return { ok, once, #members, members[1] == me, left, #g:get_local_members("a"), missing:kind(), #g:get_members("b"),
          table.concat(g:which_groups(), " "), #g:get_members("none"), pg.open("s") == g, #pg.open("t"):which_local_groups() }`),
    ).toEqual([true, 1, 3, true, true, 2, "NOT_FOUND", 1, "a b", 0, true, 0]);
  });

  it("lose a member when it ends, before anybody hears of its end", async () => {
    expect(
      await value(`
        process.registry.register("main")
        local g, joined, events = pg.open("s"), process.listen("joined"), process.events()
        local results = {}
        for i = 1, 3 do
          local pid = process.spawn_monitored("app:member", host, {"a", "a"})
          joined:receive()
          table.insert(results, #g:get_members("a"))
          if i == 1 then process.terminate(pid) elseif i == 2 then process.cancel(pid, "1ms") else process.send(pid, "end") end
          events:receive()
          table.insert(results, #g:get_members("a"))
        end
        return results`),
    ).toEqual([2, 0, 2, 0, 2, 0]);
  });

  it("tell a monitor the members and then each change, once", async () => {
    expect(
      await value(`
        process.registry.register("main")
        local g, joined = pg.open("s"), process.listen("joined")
        g:join({"a", "b"})
        local sub, members, err = g:monitor("a")
        local other = process.spawn("app:member", host, {"b", "a", "a"})
        joined:receive()
        g:leave("b")
        g:leave("a")
        process.terminate(other)
        local seen = {}
        for _ = 1, 5 do table.insert(seen, text(sub:channel():receive())) end
        sub:close()
        g:join("a")
        local event, ok = sub:channel():receive()
        return { #members, err == nil, ok, event == nil, table.unpack(seen) }`),
    ).toEqual([
      1,
      true,
      false,
      true,
      "member.joined a 1 a",
      "member.joined a 1 a",
      "member.left a 1 a",
      "member.left a 1 a",
      "member.left a 1 a",
    ]);
  });

  it("tell of all groups of a scope", async () => {
    expect(
      await value(`
        local g = pg.open("s")
        g:join({"a", "b", "b"})
        local sub, snapshot, err = g:events()
        g:join("c")
        g:leave("a")
        pg.open("other"):join("a")
        g:leave("c")
        local ch = sub:channel()
        return { #snapshot.a, #snapshot.b, snapshot.c == nil, err == nil,
          text(ch:receive()), text(ch:receive()), text(ch:receive()) }`),
    ).toEqual([1, 2, true, true, "member.joined c 1 c", "member.left a 1 a", "member.left c 1 c"]);
  });

  it("get a broadcast once each, the sender too, in order", async () => {
    expect(
      await value(`
        process.registry.register("main")
        local g, joined = pg.open("s"), process.listen("joined")
        g:join({"a", "a"})
        process.spawn("app:member", host, {"a"})
        joined:receive()
        local news = process.listen("news")
        local counts = { g:broadcast("a", "news", 1), g:broadcast_local("a", "news", 2), g:broadcast("none", "news", 3) }
        local first, second = news:receive(), news:receive()
        local _, err = g:broadcast("a", "@x")
        return { counts[1], counts[2], counts[3], first, second, err:kind() }`),
    ).toEqual([2, 2, 0, 1, 2, "INVALID"]);
  });

  it("are left by release, which ends what waits, and every later call is INVALID", async () => {
    expect(
      await value(`
        local g = pg.open("s")
        g:join("a")
        local sub = g:monitor("a")
        local done = channel.new(2)
        coroutine.spawn(function() local _, err = g:join("b") done:send(err and err:kind() or "joined") end)
        coroutine.spawn(function() local _, _, err = g:events() done:send(err and err:kind() or "opened") end)
        coroutine.spawn(function() g:release() done:send("released") end)
        local first, second, third = done:receive(), done:receive(), done:receive()
        local event, ok = sub:channel():receive()
        local _, err = g:join("a")
        local _, _, watching = g:monitor("a")
        local again = pg.open("s")
        return { first, second, third, ok, err:kind(), watching:kind(), again ~= g, #again:get_members("a"), #again:which_groups() }`),
    ).toEqual(["released", "INVALID", "INVALID", false, "INVALID", "INVALID", true, 0, 0]);
  });

  it("say what is wrong with a name", async () => {
    expect(
      await value(`
        local _, scope = pg.open("")
        local g = pg.open("s")
        local _, name = g:join(7)
        local _, list = g:join({"a", ""})
        local _, none = g:join({})
        local _, members = g:get_members()
        local sub, known, monitor = g:monitor(nil)
        local _, leave = g:leave({"x"})
        return { scope:message(), name:kind(), list:kind(), none:message(), members:kind(), monitor:kind(), sub == nil and known == nil, leave:message(), #g:which_groups() }`),
    ).toEqual([
      "pg: the scope must be text of 1 to 255 characters",
      "INVALID",
      "INVALID",
      "pg: the list of groups must not be empty",
      "INVALID",
      "INVALID",
      true,
      'group "x" is not joined',
      0,
    ]);
  });
});

describe("process groups over the death of a node", () => {
  const sources = {
    "app:member": program(`
      local g, names = pg.open("s"), ...
      for _, name in ipairs(names) do assert(g:join(name)) end
      local leave = process.listen("leave")
      while true do g:leave(leave:receive()) end`),
    "app:watcher": program(`
      local g = pg.open("s")
      local sub, members = g:monitor("a")
      print("members " .. #members)
      while true do print(text(sub:channel():receive())) end`),
  };

  it("have their members of a journal again, as often as they had joined, and monitors go on", async () => {
    const disk = new FakeDisk();
    const clock = new VirtualClock();
    const boot = async (): Promise<{ node: JournalNode; groups: ProcessGroups }> => {
      const node = new JournalNode(disk, sources, { clock });
      const groups = new ProcessGroups();
      node.system.services.add("pg", groups);
      await node.start();
      return { node, groups };
    };
    const members = (groups: ProcessGroups, group: string): Payload => {
      const outcome = groups.ask(first, "members", { scope: "s", group });
      return outcome.ok ? outcome.value : outcome.error.message;
    };
    let { node, groups } = await boot();
    await node.spawn("app:watcher");
    const first = await node.spawn("app:member", [["a", "a", "b"]]);
    const second = await node.spawn("app:member", [["a"]]);
    await node.send(first, "leave", "a");
    await node.spawn("app:member", [["a"]], {}, "test:memory");
    await node.idle();
    expect(node.prints).toEqual([
      "members 0",
      ...Array(3).fill("member.joined a 1 a"),
      "member.left a 1 a",
      "member.joined a 1 a",
    ]);
    node.kill();
    ({ node, groups } = await boot());
    await node.idle();
    expect([members(groups, "a"), members(groups, "b")]).toEqual([[first.text, second.text], [first.text]]);
    await node.send(second, "leave", "a");
    await node.idle();
    // The one in memory is no more; whatever was told on the way there, one is left now of those that were told of.
    const counts = [...node.prints].map(
      (line) => (line.startsWith("member.joined") ? 1 : -1) * Number(line.split(" ")[2]),
    );
    expect(3 + counts.reduce((sum, n) => sum + n, 0)).toBe(1);
    expect(node.health).toEqual([]);
  });
});

describe("process groups outside of Lua", () => {
  it("are there for a client: it joins, asks and watches", async () => {
    const node = virtualNode({ "app:idle": "return function() process.inbox():receive() end" });
    node.system.services.add("pg", new ProcessGroups());
    const heard: Payload[] = [];
    const refused: string[] = [];
    const { client } = node;
    const args = { scope: "s", group: "g" };
    const stop = client.hold(
      { service: "pg", operation: "monitor", args },
      (news) => heard.push(news),
      () => {},
    );
    const leave = client.hold(
      { service: "pg", operation: "join", args },
      () => {},
      (error) => refused.push(error.kind),
    );
    client.hold(
      { service: "pg", operation: "join", args: { scope: "s" } },
      () => {},
      (error) => refused.push(error.kind),
    );
    node.clock.runUntilIdle();
    const asked = client.request({ kind: "ask", service: "pg", operation: "members", args });
    node.clock.runUntilIdle();
    expect(await asked).toEqual({ ok: true, value: [client.pid.text] });
    leave();
    node.clock.runUntilIdle();
    stop();
    expect(heard).toEqual([
      { groups: [["g", []]] },
      { kind: "member.joined", group: "g", pids: [client.pid.text] },
      { kind: "member.left", group: "g", pids: [client.pid.text] },
    ]);
    expect(refused).toEqual(["INVALID"]);
  });
});
