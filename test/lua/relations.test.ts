/** Links, monitors and cancel, as Lua sees them. */
import { describe, expect, it } from "vitest";
import { H, problem, problemOf, run, value } from "../support/lua-children.js";

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
    expect(
      value(
        `return { ${problem("process.cancel(process.pid(), {})")}, ${problem("process.cancel(process.pid(), 'soon', 'why')")} }`,
      ),
    ).toEqual([
      [true, "INVALID", "cancel takes a deadline (a duration) or a reason (a string), got a table", false],
      [true, "INVALID", 'cancel: "soon" is not a duration such as "5s"', false],
    ]);
  });

  it("and terminate of nobody are NOT_FOUND", () => {
    for (const call of ["process.cancel('nobody')", "process.terminate('nobody')"]) {
      expect(problemOf(call)).toEqual([
        true,
        "NOT_FOUND",
        "could not resolve 'nobody' as PID or registered name",
        false,
      ]);
    }
    expect(problemOf("process.terminate('{virtual@test:host|0xfffff}')")).toEqual([
      true,
      "NOT_FOUND",
      "process not found",
      false,
    ]);
  });
});
