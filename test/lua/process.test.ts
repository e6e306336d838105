/** The `process` module on a memory host: identity, sending, receiving, names. */
import { describe, expect, it } from "vitest";
import { H, problem, problemOf, value } from "../support/lua-children.js";
import { virtualNode } from "../support/virtual.js";

describe("identity", () => {
  it("pid is stable and has the text form, id is the running entry", () => {
    expect(value("return { process.pid(), process.pid() == process.pid(), process.id() }")).toEqual([
      expect.stringMatching(/^\{virtual@test:host\|0x0000\d\}$/),
      true,
      "app:main",
    ]);
  });
});

describe("send", () => {
  it("to itself goes to its own mailbox, with all payloads and the sender", () => {
    expect(
      value(`
      local ok, err = process.send(process.pid(), "t", 1, nil, { a = 2 })
      local msg = process.inbox():receive()
      local p = msg:payload()
      return { ok, err == nil, msg:topic(), msg:from() == process.pid(), p[1]:data(), p[2]:data() == nil, p[3]:data(), #p }`),
    ).toEqual([true, true, "t", true, 1, true, { a: 2 }, 3]);
  });

  it("without payload arrives with a wrapper that holds nil", () => {
    expect(
      value(`
      process.send(process.pid(), "t")
      local p = process.inbox():receive():payload()
      return { p ~= nil, p:data() == nil }`),
    ).toEqual([true, true]);
  });

  it("keeps the order of one sender", () => {
    expect(
      value(`
      local pid = process.spawn_monitored("app:inbox", ${H}, 20)
      for i = 1, 20 do process.send(pid, "n", i) end
      local seen = process.events():receive().result.value
      for i = 1, 20 do if seen[i][3] ~= i then return false end end
      return true`),
    ).toBe(true);
  });

  it("reaches a registered name", () => {
    expect(
      value(`
      process.registry.register("me")
      return { process.send("me", "hello", 5), (process.inbox():receive():payload():data()) }`),
    ).toEqual([true, 5]);
  });

  const refusals: [string, string, string, string][] = [
    ["with one argument", "process.send('x')", "INVALID", "send requires at least destination and topic arguments"],
    ["to an @ topic", "process.send(process.pid(), '@pid/inbox')", "INVALID", "cannot send to @ topics"],
    ["with an empty topic", "process.send(process.pid(), '')", "INVALID", "topic cannot be empty"],
    [
      "to an unknown name",
      "process.send('nobody', 't')",
      "NOT_FOUND",
      "could not resolve 'nobody' as PID or registered name",
    ],
    ["to a dead process", "process.send('{virtual@test:host|0xfffff}', 't')", "NOT_FOUND", "process not found"],
    ["to an unknown host", "process.send('{virtual@no:host|1}', 't')", "NOT_FOUND", "host not found"],
  ];
  for (const [what, call, kind, message] of refusals) {
    it(`${what} answers ${kind}`, () => expect(problemOf(call)).toEqual([true, kind, message, false]));
  }

  it("to a node that is away answers UNAVAILABLE, which is worth a retry", () => {
    expect(problemOf("process.send('{elsewhere@test:host|1}', 't')")).toEqual([
      true,
      "UNAVAILABLE",
      expect.any(String),
      true,
    ]);
  });

  it("raises for arguments of a wrong type", () => {
    expect(
      value(
        "local _, e = pcall(process.send, nil, 't') local _, f = pcall(process.send, process.pid(), {}) return { e, f }",
      ),
    ).toEqual([
      expect.stringMatching(/bad argument #1 to '.*send' \(string expected, got nil\)/),
      expect.stringMatching(/bad argument #2 to '.*send' \(string expected, got table\)/),
    ]);
  });
});

describe("options", () => {
  it("set_options applies what is valid and refuses the rest with false", () => {
    expect(
      value(`
      local a, e1 = process.set_options("x")
      local b, e2 = process.set_options({ trap_links = 1 })
      local c, e3 = process.set_options({ trap_links = true, color = "red" })
      return { a, e1:message(), b, e2:message(), c, e3:message(), e3:kind(), process.get_options() }`),
    ).toEqual([
      false,
      "options parameter must be a table",
      false,
      "trap_links must be a boolean",
      false,
      "option color is not supported",
      "INVALID",
      { trap_links: true },
    ]);
  });
});

describe("inbox and topics", () => {
  it("a message waits until somebody listens: topic first, else the inbox", () => {
    expect(
      value(`
      local me = process.pid()
      process.send(me, "jobs", 1) process.send(me, "other", 2) process.send(me, "jobs", 3)
      local jobs = process.listen("jobs")
      local inbox = process.inbox()
      process.send(me, "jobs", 4)
      return { (jobs:receive()), (jobs:receive()), (jobs:receive()), inbox:receive():topic() }`),
    ).toEqual([1, 3, 4, "other"]);
  });

  it("listen gives bare payloads: nil for none, an array for several", () => {
    expect(
      value(`
      local me, ch = process.pid(), process.listen("t")
      process.send(me, "t") process.send(me, "t", "one") process.send(me, "t", 1, 2)
      local none, ok = ch:receive()
      return { none == nil, ok, (ch:receive()), (ch:receive()) }`),
    ).toEqual([true, true, "one", [1, 2]]);
  });

  it("listen with message = true switches an existing channel to Message objects, and never back", () => {
    expect(
      value(`
      local me, ch = process.pid(), process.listen("t")
      process.send(me, "t", 1) process.send(me, "t", 2)
      local same = process.listen("t", { message = true }) == ch
      process.listen("t")
      return { same, ch:receive():payload():data(), tostring(ch:receive()) }`),
    ).toEqual([true, 1, expect.stringMatching(/^message t from \{virtual@test:host\|/)]);
  });

  it("listen refuses empty and @ topics", () => {
    expect(problemOf("process.listen('')")).toEqual([true, "INVALID", "topic cannot be empty", false]);
    expect(problemOf("process.listen('@x')")).toEqual([true, "INVALID", "cannot listen to @ topics", false]);
  });

  it("unlisten closes the channel, wakes receivers, and what nobody took falls to the inbox in order", () => {
    expect(
      value(`
      local me, ch, inbox = process.pid(), process.listen("t"), process.inbox()
      local woken = channel.new(1)
      coroutine.spawn(function() local other = process.listen("u") local v, ok = other:receive() woken:send(ok) end)
      process.send(me, "t", 1) process.send(me, "x", 2) process.send(me, "t", 3)
      local ok = process.unlisten(ch)
      process.unlisten(process.listen("u"))
      local again, err = process.unlisten(ch)
      process.send(me, "t", 4)
      local v, open = ch:receive()
      local seen = {}
      for i = 1, 4 do seen[i] = inbox:receive():payload():data() end
      return { ok, again, err:kind(), v == nil, open, seen, (woken:receive()) }`),
    ).toEqual([true, false, "INVALID", true, false, [1, 2, 3, 4], false]);
  });

  it("a message from outside has no sender", () => {
    const node = virtualNode({
      "app:main":
        "return function() local m = process.inbox():receive() return { m:from(), m:topic(), tostring(m) } end",
    });
    const running = node.begin("app:main");
    node.clock.runUntilIdle();
    const to = node.host.pids()[1]!;
    const signal = { kind: "message", topic: "signal", payloads: [] } as const;
    const from = { node: "", host: "", id: "", text: "" };
    node.host.deliver({ from, incarnation: "", to, seq: 0, signal });
    node.clock.runUntilIdle();
    expect(running.outcome).toEqual({ ok: true, value: ["", "signal", "message signal"] });
  });
});

describe("the registry", () => {
  it("registers, looks up and unregisters, once per owner", () => {
    expect(
      value(`
      local r, me = process.registry, process.pid()
      local other = process.spawn("app:wait", ${H})
      return { r.register("a"), r.register("a"), r.register("b", me, r.LOCAL), r.lookup("a") == me, ${problem('r.register("a", other)')},
        r.unregister("a"), r.unregister("a"), ${problem('r.lookup("a")')}, { r.LOCAL, r.EVENTUAL, r.CONSISTENT, r.STRONG } }`),
    ).toEqual([
      true,
      true,
      true,
      true,
      [true, "ALREADY_EXISTS", "name already registered", false],
      true,
      false,
      [true, "NOT_FOUND", "name not registered", false],
      [0, 1, 2, 3],
    ]);
  });

  it("names vanish with their process, before anybody hears of its end", () => {
    expect(
      value(`
      local pid = process.with_options({}):with_name("gone"):spawn_monitored("app:wait", ${H})
      local before = process.registry.lookup("gone") == pid
      process.send("gone", "wake")
      process.events():receive()
      return { before, ${problem('process.registry.lookup("gone")')}[2] }`),
    ).toEqual([true, "NOT_FOUND"]);
  });

  it("refuses what is no pid, no name, no scope", () => {
    const r = "process.registry";
    expect(problemOf(`${r}.register("a", 5)`)).toEqual([true, "INVALID", "pid must be a string", false]);
    expect(problemOf(`${r}.register("a", "x")`)).toEqual([true, "INVALID", "invalid pid 'x'", false]);
    expect(problemOf(`${r}.register("")`)).toEqual([true, "INVALID", "name cannot be empty", false]);
    expect(problemOf(`${r}.register("a", nil, 9)`)).toEqual([true, "INVALID", "unknown scope 9", false]);
  });
});
