/** The `process` module on a memory host: identity, sending, spawning, relations, names, calls. */
import { describe, expect, it } from "vitest";
import type { Payload } from "../../mailbox/index.js";
import { type SourceSpec, virtualNode } from "../support/virtual.js";

/** Entries that the tests start. */
const children: Record<string, SourceSpec> = {
  "app:echo": `return function(...)
    local first = process.inbox():receive()
    process.send(first:from(), "echo", first:topic(), first:payload():data())
    return "echoed"
  end`,
  "app:value": "return function(...) return { ... } end",
  "app:fail": "return function(m) return nil, errors.new{ kind = 'NotFound', message = m or 'missing', retryable = false, details = { n = 1 } } end",
  "app:crash": "return function() error('crashed') end",
  "app:wait": "return function() process.inbox():receive() return 'woken' end",
  "app:until_cancel": `return function()
    local event = process.events():receive()
    return { event.kind, event.from, event.reason or "", event.deadline or 0 }
  end`,
  "app:inbox": `return function(count)
    local inbox, seen = process.inbox(), {}
    for i = 1, count do
      local msg = inbox:receive()
      seen[i] = { msg:topic(), msg:from(), msg:payload():data() }
    end
    return seen
  end`,
  "app:answer": `return function()
    local inbox = process.inbox()
    while true do
      local msg = inbox:receive()
      if msg:topic() == "add" then local d = msg:payload():data() msg:reply(d.a + d.b)
      elseif msg:topic() == "fail" then msg:fail(errors.new{ kind = "Conflict", message = "not now", retryable = true })
      elseif msg:topic() == "text" then msg:fail("plain text")
      elseif msg:topic() == "end" then return "over"
      elseif msg:topic() == "crash" then error("in call") end
    end
  end`,
};

const H = '"test:host"';

function run(body: string, ...args: Payload[]) {
  const node = virtualNode({ ...children, "app:main": `local time = require("time") return function(...) ${body} end` });
  const outcome = node.run("app:main", ...args);
  expect(node.internalErrors).toEqual([]);
  return { node, outcome };
}

function value(body: string, ...args: Payload[]): Payload {
  const { outcome } = run(body, ...args);
  if (!outcome.ok) throw new Error(`${outcome.error.message}\n${outcome.error.stack}`);
  return outcome.value;
}

/** `{ kind, message, retryable }` of the second result of a call. */
const problem = (call: string) => `(function() local v, e = ${call} return { v == nil, e:kind(), e:message(), e:retryable() } end)()`;

function problemOf(call: string): Payload {
  return value(`return ${problem(call)}`);
}

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
    ["to an unknown name", "process.send('nobody', 't')", "NOT_FOUND", "could not resolve 'nobody' as PID or registered name"],
    ["to a dead process", "process.send('{virtual@test:host|0xfffff}', 't')", "NOT_FOUND", "process not found"],
    ["to an unknown host", "process.send('{virtual@no:host|1}', 't')", "NOT_FOUND", "host not found"],
  ];
  for (const [what, call, kind, message] of refusals) {
    it(`${what} answers ${kind}`, () => expect(problemOf(call)).toEqual([true, kind, message, false]));
  }

  it("to a node that is away answers UNAVAILABLE, which is worth a retry", () => {
    expect(problemOf("process.send('{elsewhere@test:host|1}', 't')")).toEqual([true, "UNAVAILABLE", expect.any(String), true]);
  });

  it("raises for arguments of a wrong type", () => {
    expect(value("local _, e = pcall(process.send, nil, 't') local _, f = pcall(process.send, process.pid(), {}) return { e, f }")).toEqual([
      expect.stringMatching(/bad argument #1 to '.*send' \(string expected, got nil\)/),
      expect.stringMatching(/bad argument #2 to '.*send' \(string expected, got table\)/),
    ]);
  });
});

describe("spawn", () => {
  it("gives the pid; arguments become main's parameters", () => {
    expect(
      value(`
      local pid, err = process.spawn_monitored("app:value", ${H}, 1, nil, { "x" })
      local event = process.events():receive()
      return { err == nil, event.from == pid, event.result.value }`),
    ).toEqual([true, true, { "1": 1, "3": ["x"] }]);
  });

  it("a monitored child that ends at once still gives EXIT, after spawn returned", () => {
    expect(
      value(`
      local pid = process.spawn_monitored("app:value", ${H})
      local event = process.events():receive()
      return { event.kind == process.event.EXIT, event.from == pid, type(event.at), event.result.error == nil, event.error == nil }`),
    ).toEqual([true, true, "number", true, true]);
  });

  it("refuses bad usage in the words of the variant", () => {
    for (const name of ["spawn", "spawn_monitored", "spawn_linked", "spawn_linked_monitored"]) {
      expect(problemOf(`process.${name}("app:value")`)).toEqual([true, "INVALID", `${name} requires at least id and host arguments`, false]);
    }
  });

  it("answers what is missing: the entry, the host", () => {
    expect(problemOf(`process.spawn("app:nothing", ${H})`)).toEqual([true, "NOT_FOUND", "factory not found", false]);
    expect(problemOf('process.spawn("app:value", "no:host")')).toEqual([true, "NOT_FOUND", "host not found", false]);
  });

  it("spawned without a relation says nothing when it ends", () => {
    expect(
      value(`
      process.spawn("app:crash", ${H})
      local r = channel.select{ process.events():case_receive(), time.after("1s"):case_receive() }
      return r.channel == process.events()`),
    ).toBe(false);
  });
});

describe("the spawner", () => {
  it("is immutable: every with_* gives a new one", () => {
    expect(
      value(`
      local base = process.with_context({ a = 1 })
      local one, two = base:with_name("one"), base:with_message("hello", 7)
      local p1, p2 = one:spawn("app:wait", ${H}), base:spawn("app:wait", ${H})
      return { base ~= one, process.registry.lookup("one") == p1, p1 ~= p2 }`),
    ).toEqual([true, true, true]);
  });

  it("with_message: startup messages are there first, in order, from the parent", () => {
    const result = value(`
      local pid = process.with_options({}):with_message("a", 1):with_message("b", 2):spawn_monitored("app:inbox", ${H}, 3)
      process.send(pid, "c", 3)
      local seen = process.events():receive().result.value
      for _, m in ipairs(seen) do if m[2] ~= process.pid() then return m end end
      return { seen[1][1], seen[2][1], seen[3][1], seen[2][3] }`);
    expect(result).toEqual(["a", "b", "c", 2]);
  });

  it("with_name on a taken name starts nothing: its pid, and the messages go there", () => {
    expect(
      value(`
      local first = process.with_options({}):with_name("desk"):spawn("app:echo", ${H})
      local second = process.with_options({}):with_name("desk"):with_message("hello", "x"):spawn_monitored("app:crash", ${H})
      local msg = process.inbox():receive()
      local event = process.events():receive()
      return { first == second, msg:topic(), msg:payload()[1]:data(), event.from == first }`),
    ).toEqual([true, "echo", "hello", true]);
  });

  it("raises for bad usage", () => {
    const errors = value(`
      local s = process.with_context({})
      local function err(f, ...) local ok, e = pcall(f, ...) return tostring(e) end
      return {
        err(process.with_context, { [1] = 2 }), err(process.with_options, { [true] = 2 }), err(process.with_context, nil),
        err(s.with_name, s, ""), err(s.with_message, s, "@x"), err(s.spawn, s, "app:value"),
        s:with_context({ [1] = 2 }) ~= nil, err(s.with_options, s, { [1] = 2 }),
      }`);
    expect(errors).toEqual([
      expect.stringMatching(/context keys must be strings, got a number$/),
      expect.stringMatching(/options keys must be strings, got a boolean$/),
      expect.stringMatching(/bad argument #1 to '.*with_context' \(table expected, got nil\)/),
      expect.stringMatching(/with_name: the name cannot be empty$/),
      expect.stringMatching(/with_message: cannot send to @ topics$/),
      expect.stringMatching(/spawn requires at least id and host arguments$/),
      true,
      expect.stringMatching(/options keys must be strings, got a number$/),
    ]);
  });

  it("context is merged and inherited by children of children", () => {
    const node = virtualNode({
      "app:main": `return function()
        return process.with_context({ a = 1, b = 1 }):with_context({ b = 2 }):exec("app:middle", ${H})
      end`,
      "app:middle": `return function() return process.exec("app:leaf", ${H}) end`,
      "app:leaf": 'return function() return (require("ctx").all()) end',
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: { a: 1, b: 2 } });
  });
});

describe("exec", () => {
  it("waits for the result, without an event", () => {
    expect(
      value(`
      local events = process.events()
      local v, err = process.exec("app:value", ${H}, 1, 2)
      return { v, err == nil, channel.select{ events:case_receive(), default = true }.default }`),
    ).toEqual([[1, 2], true, true]);
  });

  it("gives the child's error with kind, message, retryable and details", () => {
    expect(
      value(`local v, e = process.exec("app:fail", ${H}, "gone") return { v == nil, e:kind(), e:message(), e:retryable(), e:details().n }`),
    ).toEqual([true, "NOT_FOUND", "gone", false, 1]);
  });

  const refusals: [string, string][] = [
    ['process.exec("app:value")', "exec requires id and host arguments"],
    [`process.exec("", ${H})`, "process ID required"],
    [`process.exec("value", ${H})`, "invalid process ID format (namespace:name required)"],
    ['process.exec("app:value", "")', "host ID required"],
  ];
  for (const [call, message] of refusals) {
    it(`${call} is INVALID: ${message}`, () => expect(problemOf(call)).toEqual([true, "INVALID", message, false]));
  }

  it("keeps the kind when the child cannot start", () => {
    expect(problemOf(`process.exec("app:nothing", ${H})`)).toEqual([true, "NOT_FOUND", "factory not found", false]);
  });
});

describe("monitors and links", () => {
  it("monitor gives EXIT with the error of an abnormal end", () => {
    expect(
      value(`
      local pid = process.spawn("app:wait", ${H})
      local ok = process.monitor(pid)
      process.terminate(pid)
      local e = process.events():receive()
      return { ok, e.kind, e.from == pid, e.result.error:kind(), e.result.error:message(), e.result.error:retryable() == nil }`),
    ).toEqual([true, "pid.exit", true, "INTERNAL", "process terminated", true]);
  });

  it("monitor twice is ALREADY_EXISTS; of a dead process NOT_FOUND", () => {
    expect(
      value(`
      local pid = process.spawn("app:wait", ${H})
      process.monitor(pid)
      return { ${problem("process.monitor(pid)")}, ${problem("process.monitor('{virtual@test:host|0xfffff}')")} }`),
    ).toEqual([
      [true, "ALREADY_EXISTS", "already monitoring pid", false],
      [true, "NOT_FOUND", "process not found", false],
    ]);
  });

  it("unmonitor and unlink always succeed, and nothing comes after them", () => {
    expect(
      value(`
      local a, b = process.spawn_monitored("app:wait", ${H}), process.spawn_linked("app:wait", ${H})
      local oks = { process.unmonitor(a), process.unlink(b), process.unmonitor(b), process.unlink(a) }
      process.terminate(a) process.terminate(b)
      local r = channel.select{ process.events():case_receive(), time.after("1s"):case_receive() }
      oks[5] = r.channel ~= process.events()
      return oks`),
    ).toEqual([true, true, true, true, true]);
  });

  it("a linked process dies with its peer", () => {
    const { outcome } = run(`
      local pid = process.spawn_linked("app:wait", ${H})
      process.terminate(pid)
      process.inbox():receive()`);
    expect(outcome).toMatchObject({ ok: false, error: { kind: "INTERNAL", message: "linked process failed" } });
  });

  it("a linked process that traps hears LINK_DOWN, and nothing of a normal end", () => {
    expect(
      value(`
      local ok, err = process.set_options({ trap_links = true })
      process.spawn_linked("app:value", ${H})
      local pid = process.spawn_linked("app:crash", ${H})
      local e = process.events():receive()
      return { ok, err == nil, process.get_options().trap_links, e.kind == process.event.LINK_DOWN, e.from == pid, e.result.error:message() }`),
    ).toEqual([true, true, true, true, true, "crash.lua:1: crashed"]);
  });

  it("both monitored and linked hears both, EXIT first", () => {
    expect(
      value(`
      process.set_options({ trap_links = true })
      process.spawn_linked_monitored("app:crash", ${H})
      local events = process.events()
      return { events:receive().kind, events:receive().kind }`),
    ).toEqual(["pid.exit", "pid.link.down"]);
  });

  it("events that came before events() was asked for are there", () => {
    expect(
      value(`
      local pid = process.spawn_monitored("app:value", ${H}, "v")
      time.sleep("1s")
      return process.events():receive().result.value`),
    ).toEqual(["v"]);
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

describe("cancel", () => {
  it("is an event with the canceller, and interrupts nothing", () => {
    expect(
      value(`
      local pid = process.spawn_monitored("app:until_cancel", ${H})
      process.cancel(pid)
      local e = process.events():receive().result.value
      return { e[1], e[2] == process.pid(), e[3], e[4] }`),
    ).toEqual(["pid.cancel", true, "", 0]);
  });

  it("takes a deadline, a reason, or both", () => {
    const at = Date.UTC(2026, 0, 1) / 1000;
    expect(
      value(`
      local function cancelled(...)
        local pid = process.spawn_monitored("app:until_cancel", ${H})
        process.cancel(pid, ...)
        local e = process.events():receive().result.value
        return { e[3], e[4] }
      end
      return { cancelled("5s"), cancelled("no longer needed"), cancelled("1m", "why"), cancelled(2 * time.SECOND), cancelled(nil, "why") }`),
    ).toEqual([
      ["", at + 5],
      ["no longer needed", 0],
      ["why", at + 60],
      ["", at + 2],
      ["why", 0],
    ]);
  });

  it("with a deadline ends a process that does not listen", () => {
    expect(
      value(`
      local pid = process.spawn_monitored("app:wait", ${H})
      local start = time.now()
      process.cancel(pid, "5s")
      local e = process.events():receive()
      return { e.result.error:message(), time.now():sub(start):seconds() }`),
    ).toEqual(["process terminated", 5]);
  });

  it("refuses other arguments", () => {
    expect(value(`return { ${problem("process.cancel(process.pid(), {})")}, ${problem("process.cancel(process.pid(), 'soon', 'why')")} }`)).toEqual([
      [true, "INVALID", "cancel takes a deadline (a duration) or a reason (a string), got a table", false],
      [true, "INVALID", 'cancel: "soon" is not a duration such as "5s"', false],
    ]);
  });

  it("and terminate of nobody are NOT_FOUND", () => {
    for (const call of ["process.cancel('nobody')", "process.terminate('nobody')"]) {
      expect(problemOf(call)).toEqual([true, "NOT_FOUND", "could not resolve 'nobody' as PID or registered name", false]);
    }
    expect(problemOf("process.terminate('{virtual@test:host|0xfffff}')")).toEqual([true, "NOT_FOUND", "process not found", false]);
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
    const node = virtualNode({ "app:main": "return function() local m = process.inbox():receive() return { m:from(), m:topic(), tostring(m) } end" });
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

describe("process.call", () => {
  it("gives what msg:reply gives", () => {
    expect(value(`local pid = process.spawn("app:answer", ${H}) return { process.call(pid, "add", { a = 2, b = 3 }) }`)).toEqual([5]);
  });

  it("gives the error of msg:fail, and of a callee that ends instead", () => {
    expect(
      value(`
      local pid = process.spawn("app:answer", ${H})
      local a = ${problem('process.call(pid, "fail")')}
      local b = ${problem('process.call(pid, "text")')}
      local c = ${problem('process.call(pid, "end")')}
      local d = ${problem('process.call(pid, "add")')}
      local e = ${problem(`process.call(process.spawn("app:answer", ${H}), "crash")`)}
      return { a, b, c[2], d[2], { e[2], e[3] } }`),
    ).toEqual([
      [true, "CONFLICT", "not now", true],
      [true, "INTERNAL", "plain text", false],
      "NOT_FOUND",
      "NOT_FOUND",
      ["INTERNAL", "answer.lua:9: in call"],
    ]);
  });

  it("times out after its timeout", () => {
    expect(
      value(`
      local pid, start = process.spawn("app:answer", ${H}), time.now()
      local a = ${problem('process.call(pid, "never", nil, { timeout = "2s" })')}
      local b = ${problem('process.call(pid, "never", nil, { timeout = 500 })')}
      return { a[2], b[2], time.now():sub(start):milliseconds() }`),
    ).toEqual(["TIMEOUT", "TIMEOUT", 2500]);
  });

  it("refuses a timeout that is none, and a bad topic", () => {
    const bad = 'process.call(process.pid(), "t", nil, { timeout = "soon" })';
    expect(problemOf(bad)).toEqual([true, "INVALID", expect.stringMatching(/^call: option timeout must be a duration above zero/), false]);
    expect(problemOf('process.call(process.pid(), "@t")')).toEqual([true, "INVALID", "cannot send to @ topics", false]);
  });

  it("a cycle of calls is CONFLICT and names the pids", () => {
    const node = virtualNode({
      "app:main": `return function()
        local pid = process.spawn("app:back", ${H})
        coroutine.spawn(function() process.inbox():receive() end)
        return process.call(pid, "start")
      end`,
      "app:back": `return function()
        local msg = process.inbox():receive()
        local v, err = process.call(msg:from(), "again")
        msg:reply({ err:kind(), err:message() })
      end`,
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: ["CONFLICT", expect.stringMatching(/^calls form a cycle: \{.*\} -> \{.*\} -> \{.*\}$/)] });
  });

  it("reply to a plain message, or a second time, is INVALID", () => {
    const node = virtualNode({
      "app:main": `return function()
        local pid = process.spawn("app:twice", ${H})
        process.send(pid, "plain")
        process.call(pid, "called")
        return process.inbox():receive():payload():data()
      end`,
      "app:twice": `return function()
        local inbox = process.inbox()
        local plain = inbox:receive()
        local _, e1 = plain:reply(1)
        local msg = inbox:receive()
        local first = msg:reply(1)
        local _, e2 = msg:reply(2)
        process.send(plain:from(), "result", { e1:kind(), e1:message(), first, e2:kind(), e2:message() })
      end`,
    });
    expect(node.run("app:main")).toEqual({
      ok: true,
      value: [
        "INVALID",
        "nobody waits for an answer to message plain: it was sent, not called",
        true,
        "INVALID",
        "nobody waits for an answer to message called: it has been answered, or the caller has gone",
      ],
    });
  });
});

describe("funcs", () => {
  const problemOfFunction = (call: string) => problemOf(call.replace("funcs", 'require("funcs")'));

  it("call gives the result, or the error with everything", () => {
    expect(value('local v, err = require("funcs").call("app:value", 1, 2) return { v, err == nil }')).toEqual([[1, 2], true]);
    expect(problemOfFunction('funcs.call("app:fail", "no")')).toEqual([true, "NOT_FOUND", "no", false]);
  });

  it("an executor merges context and replaces options; each step gives a new one", () => {
    const node = virtualNode({
      "app:main": `local funcs = require("funcs")
      return function()
        local base = funcs.new():with_context({ a = 1 })
        local more = base:with_context({ b = 2 }):with_options({ timeout = 5 })
        return { more:call("app:ctx"), base:call("app:ctx"), base ~= more }
      end`,
      "app:ctx": 'return function() return (require("ctx").all()) end',
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: [{ a: 1, b: 2 }, { a: 1 }, true] });
  });

  const refusals: [string, string][] = [
    ["funcs.call('')", "function ID required"],
    ["funcs.call()", "function ID required"],
    ["funcs.call('name')", "namespace required in function ID"],
    ["funcs.call(':name')", "namespace required in function ID"],
    ["funcs.call('ns:')", "name required in function ID"],
  ];
  for (const [call, message] of refusals) {
    it(`${call} is INVALID: ${message}`, () => expect(problemOfFunction(call)).toEqual([true, "INVALID", message, false]));
  }
});

describe("workflow, outside of one", () => {
  it("info is nil, exec is INVALID", () => {
    expect(value('local w = require("workflow") local a, b = w.info() return { a == nil, b == nil }')).toEqual([true, true]);
    expect(problemOf('require("workflow").exec("app:value")')).toEqual([
      true,
      "INVALID",
      "workflow.exec outside workflow context not yet supported",
      false,
    ]);
  });
});
