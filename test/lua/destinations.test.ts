/** A registered name instead of a pid, wherever a process can be meant; and what each call answers when there is nobody. */
import { describe, expect, it } from "vitest";
import { H, problemOf, run, value } from "../support/lua-children.js";

const named = (name: string, entry: string) => `process.with_options({}):with_name("${name}"):spawn("${entry}", ${H})`;

describe("a registered name", () => {
  it("is enough to monitor and to terminate", () => {
    const body = `local pid = ${named("it", "app:wait")}
      local ok = process.monitor("it")
      local ended = process.terminate("it")
      local e = process.events():receive()
      return { ok, ended, e.from == pid, e.result.error:message() }`;
    expect(value(body)).toEqual([true, true, true, "process terminated"]);
  });

  it("is enough to link, and to unlink and unmonitor", () => {
    const linked = `${named("it", "app:wait")} process.link("it") process.terminate("it") time.sleep("1s")`;
    expect(run(linked).outcome).toMatchObject({ ok: false, error: { message: "linked process failed" } });
    const undone = `${named("it", "app:wait")}
      process.link("it") process.monitor("it")
      local oks = { process.unlink("it"), process.unmonitor("it") }
      process.terminate("it")
      local r = channel.select{ process.events():case_receive(), time.after("1s"):case_receive() }
      oks[3] = r.channel ~= process.events()
      return oks`;
    expect(value(undone)).toEqual([true, true, true]);
  });

  it("is enough to cancel and to call", () => {
    const cancelled = `local pid = ${named("it", "app:until_cancel")}
      process.monitor(pid)
      process.cancel("it", "please")
      return process.events():receive().result.value[3]`;
    expect(value(cancelled)).toBe("please");
    expect(value(`${named("it", "app:answer")} return process.call("it", "add", { a = 1, b = 2 })`)).toBe(3);
  });

  it("may be one of many that a process has", () => {
    const body = `local r = process.registry
      for i = 1, 3 do r.register("name" .. i) end
      process.send("name1", "a") process.send("name3", "b")
      local inbox = process.inbox()
      return { inbox:receive():topic(), inbox:receive():topic(), r.lookup("name2") == process.pid() }`;
    expect(value(body)).toEqual(["a", "b", true]);
  });

  it("may be given to another process, and is its own then", () => {
    const body = `local pid = process.spawn("app:wait", ${H})
      local ok = process.registry.register("theirs", pid)
      local mine = process.registry.unregister("theirs")
      return { ok, mine, process.registry.lookup("theirs") == pid }`;
    expect(value(body)).toEqual([true, false, true]);
  });

  it.each(["LOCAL", "EVENTUAL", "CONSISTENT", "STRONG"])("has one meaning in scope %s", (scope) => {
    const body = `local r = process.registry
      local ok = r.register("n", nil, r.${scope})
      local found = r.lookup("n") == process.pid()
      return { ok, found, r.unregister("n", r.${scope}), r.lookup("n") == nil }`;
    expect(value(body)).toEqual([true, true, true, true]);
  });

  it("that looks like a pid is none", () => {
    const call = 'process.registry.register("{a@b|c}")';
    expect(problemOf(call)).toEqual([true, "INVALID", "a name cannot look like a pid: '{a@b|c}'", false]);
  });
});

describe("nobody", () => {
  const calls = [
    "send(X, 't')",
    "terminate(X)",
    "cancel(X)",
    "monitor(X)",
    "unmonitor(X)",
    "link(X)",
    "unlink(X)",
    "call(X, 't')",
  ];

  it.each(calls)("by a name no process has: process.%s is NOT_FOUND", (call) => {
    expect(problemOf(`process.${call.replace("X", "'who'")}`)).toEqual([
      true,
      "NOT_FOUND",
      "could not resolve 'who' as PID or registered name",
      false,
    ]);
  });

  const toTheDead = calls.filter((call) => !call.startsWith("un"));
  it.each(toTheDead)("by the pid of a dead process: process.%s is NOT_FOUND", (call) => {
    const body = `local pid = process.spawn_monitored("app:value", ${H})
      process.events():receive()
      local v, e = process.${call.replace("X", "pid")}
      return { v == nil, e:kind(), e:message(), e:retryable() }`;
    expect(value(body)).toEqual([true, "NOT_FOUND", "process not found", false]);
  });

  it("can be unmonitored and unlinked by pid: there is nothing to undo", () => {
    const pid = "'{virtual@test:host|0xfffff}'";
    expect(value(`return { process.unmonitor(${pid}), process.unlink(${pid}) }`)).toEqual([true, true]);
  });

  it("of an unknown host: details say which", () => {
    const body = `local _, e = process.spawn("app:value", "no:host") return { e:kind(), e:message(), e:details().host_id }`;
    expect(value(body)).toEqual(["NOT_FOUND", "host not found", "no:host"]);
  });
});

describe("what has to be a text", () => {
  const raising = [
    "send({}, 't')",
    "terminate(nil)",
    "cancel({})",
    "monitor(true)",
    "link(print)",
    "call(nil, 't')",
    "listen(nil)",
    "spawn(nil, 'test:host')",
    "spawn('app:value', {})",
  ];
  it.each(raising)("raises when it is none: process.%s", (call) => {
    expect(value(`local ok, e = pcall(function() return process.${call} end) return { ok, tostring(e) }`)).toEqual([
      false,
      expect.stringMatching(/string expected/),
    ]);
  });

  it.each(["terminate", "monitor", "unmonitor", "link", "unlink", "cancel"])("is asked for by %s", (name) => {
    expect(problemOf(`process.${name}()`)).toEqual([true, "INVALID", `${name} requires a destination argument`, false]);
  });
});
