/** How a process ends, and what everybody who is bound to it hears; the same in memory and on a journal. Specification, rules 2 to 12. */
import { describe, expect, it } from "vitest";
import { luaHosts, runOn, valueOn } from "../support/lua-hosts.js";

/** Says `go` and waits until it is told how to end. */
const ender = `local time = require("time")
return function()
  local how = process.inbox():receive():topic()
  if how == "return" then return "value" end
  if how == "fail" then return nil, errors.new{ kind = "CONFLICT", message = "failed", retryable = true, details = { n = 1 } } end
  if how == "text" then return false, "said" end
  if how == "raise" then error("raised") end
  if how == "coroutine" then coroutine.spawn(function() error("in a coroutine") end) time.sleep("1s") end
  time.sleep("1h")
end`;

const end =
  'local function finish(pid, how) if how == "terminate" then process.terminate(pid) else process.send(pid, how) end end';
const about = `local function about(e)
  local r = e.result
  local err = r.error
  return { e.kind, r.value or "-", err and err:kind() or "-", err and err:message() or "-", err and tostring(err:retryable()) or "-", err and err:details() or "-" }
end`;

const hows: readonly (readonly [
  how: string,
  value: string,
  kind: string,
  message: string,
  retryable: string,
  details: unknown,
])[] = [
  ["return", "value", "-", "-", "-", "-"],
  ["fail", "-", "CONFLICT", "failed", "true", { n: 1 }],
  ["text", "-", "INTERNAL", "said", "false", "-"],
  ["raise", "-", "INTERNAL", "ender.lua:7: raised", "nil", "-"],
  ["coroutine", "-", "INTERNAL", "ender.lua:8: in a coroutine", "nil", "-"],
  ["terminate", "-", "INTERNAL", "process terminated", "nil", "-"],
];

describe.each(luaHosts)("on %s", (host) => {
  const more = { "app:ender": ender };

  it.each(hows)("a monitor hears of %s", async (how, ...said) => {
    const body = `${end} ${about}
      local pid = process.spawn_monitored("app:ender", HOST)
      finish(pid, "${how}")
      local e = process.events():receive()
      return { e.from == pid, e.error == nil, type(e.at), about(e) }`;
    expect(await valueOn(host, body, more)).toEqual([true, true, "number", ["pid.exit", ...said]]);
  });

  it.each(hows)("a link hears of %s when it is abnormal, and of nothing else", async (how, _value, ...said) => {
    const body = `${end} ${about}
      process.set_options({ trap_links = true })
      local pid = process.spawn_linked("app:ender", HOST)
      finish(pid, "${how}")
      local events = process.events()
      local r = channel.select{ events:case_receive(), time.after("10s"):case_receive() }
      if r.channel ~= events then return "nothing" end
      return { r.value.from == pid, about(r.value) }`;
    expect(await valueOn(host, body, more)).toEqual(
      how === "return" ? "nothing" : [true, ["pid.link.down", "-", ...said]],
    );
  });

  it("a process that does not trap dies with its peer at once: none of its coroutines runs again, no event is told", async () => {
    const victim = `local time = require("time")
      return function(peer)
        process.link(peer)
        local inbox, events = process.inbox(), process.events()
        coroutine.spawn(function() events:receive() print("an event") end)
        coroutine.spawn(function() while true do print("got " .. inbox:receive():topic()) end end)
        process.send(peer, "linked")
        time.sleep("1h")
      end`;
    const peer = `return function(victim)
      local inbox = process.inbox()
      inbox:receive()
      process.send(process.registry.lookup("victim"), "before")
      error("down")
    end`;
    const body = `local peer = process.spawn("app:peer", HOST)
      local victim = process.with_options({}):with_name("victim"):spawn_monitored("app:victim", HOST, peer)
      local e = process.events():receive()
      local sent, gone = process.send(victim, "after")
      return { e.from == victim, e.result.error:kind(), e.result.error:message(), gone:kind() }`;
    const { outcome, prints } = await runOn(host, body, { "app:victim": victim, "app:peer": peer });
    expect(outcome).toEqual({ ok: true, value: [true, "INTERNAL", "linked process failed", "NOT_FOUND"] });
    expect(prints).toEqual(["got before"]);
  });

  it("a crash goes along links through three processes, and stops at one that traps", async () => {
    const link = `local time = require("time")
      return function(depth)
        if depth > 0 then process.spawn_linked("app:link", HOST, depth - 1) end
        if depth == 0 then time.sleep("1s") error("bottom") end
        time.sleep("1h")
      end`;
    const body = `process.set_options({ trap_links = true })
      local top = process.spawn_linked("app:link", HOST, 3)
      local e = process.events():receive()
      return { e.from == top, e.kind, e.result.error:message() }`;
    expect(await valueOn(host, body, { "app:link": link })).toEqual([true, "pid.link.down", "linked process failed"]);
  });

  it("linked children outlive the normal end of their parent", async () => {
    const parent = 'return function() return process.spawn_linked("app:wait", HOST) end';
    const body = `local child = process.exec("app:parent", HOST)
      time.sleep("1s")
      return process.send(child, "still there")`;
    expect(await valueOn(host, body, { "app:parent": parent })).toBe(true);
  });

  it("the child of an exec runs on when its caller ends", async () => {
    const caller = 'return function() process.exec("app:late", HOST) end';
    const late = 'return function() require("time").sleep("5s") print("late") end';
    const body = `local pid = process.spawn("app:caller", HOST)
      time.sleep("1s")
      process.terminate(pid)`;
    expect((await runOn(host, body, { "app:caller": caller, "app:late": late })).prints).toEqual(["late"]);
  });

  it("main's return ends every other coroutine, whatever it waits for or has to do", async () => {
    const body = `coroutine.spawn(function() time.sleep("1s") print("slept") end)
      coroutine.spawn(function() channel.new():receive() print("got") end)
      time.sleep("1ms")
      coroutine.spawn(function() print("ran") end)
      return "done"`;
    expect(await runOn(host, body)).toEqual({ outcome: { ok: true, value: "done" }, prints: [] });
  });

  it("a failure keeps kind, message, retryable and details over exec, call, funcs and EXIT", async () => {
    const body = `local function tell(_, e) return { e:kind(), e:message(), e:retryable(), e:details().n } end
      local pid = process.spawn_monitored("app:fail", HOST, "no")
      local exit = process.events():receive().result.error
      local answerer = process.spawn("app:answer", HOST)
      local _, called = process.call(answerer, "fail")
      return { tell(process.exec("app:fail", HOST, "no")), tell(nil, exit), { called:kind(), called:retryable() } }`;
    const failed = ["NOT_FOUND", "no", false, 1];
    expect(await valueOn(host, body)).toEqual([failed, failed, ["CONFLICT", true]]);
  });
});
