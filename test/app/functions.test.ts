/** Calls of functions in an application, in virtual time: how long they may take, and how often they are tried. */
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";
import { luaApp, VirtualApp } from "../support/virtual-app.js";

const modules = "modules: [funcs, time, ctx, json]";
const lua = (text: string, more = "") => ({ text, yaml: `kind: function.lua, method: main, ${modules}${more}` });

/** Fails with these errors one after the other, then succeeds; prints when and under which key it was tried. */
const flaky = lua(`local time, ctx, json = require("time"), require("ctx"), require("json")
return { main = function(errs, n)
  print(time.now():format("05.000") .. " " .. ctx.get("idempotency_key"))
  local seen = 0
  local counter = process.registry.lookup("counter")
  seen = process.call(counter, "next")
  local e = errs[seen]
  if e == nil then return seen end
  if e == "raise" then error("raised") end
  if e == "text" then return nil, "text" end
  return nil, errors.new(e)
end }`);

const counter = {
  text: `return { main = function()
    process.registry.register("counter")
    local n = 0
    while true do
      local msg = process.inbox():receive()
      n = n + 1
      msg:reply(n)
    end
  end }`,
  yaml: "kind: process.lua",
};

const main = lua(`local funcs, time = require("funcs"), require("time")
return { main = function(target, options, ...)
  process.spawn("t:counter", "t:host")
  time.sleep("1ms")
  local v, err = funcs.new():with_options(options):call(target, ...)
  if err == nil then return { v } end
  return { err:kind(), err:message(), err:retryable() == nil and "unset" or err:retryable() }
end }`);

const slow = lua('return { main = function(ms) require("time").sleep(ms .. "ms") print("ended") return "late" end }');

async function call(target: string, options: Payload, ...args: Payload[]) {
  const app = await VirtualApp.open(luaApp({ main, flaky, counter, slow }));
  const result = await app.run("t:main", target, options, ...args);
  const tries = app.prints.filter((line) => line !== "ended").map((line) => line.split(" "));
  const at = tries.map(([seconds]) => Math.round(Number(seconds) * 1000) - 1);
  return { result, at, keys: new Set(tries.map(([, key]) => key)), prints: app.prints };
}

const unavailable = { kind: "UNAVAILABLE", message: "away" };

describe("timeout", () => {
  it.each([[50], ["50ms"]])("of %s ends the wait with TIMEOUT; the function runs on", async (timeout) => {
    const { result, prints } = await call("t:slow", { timeout }, 80);
    expect(result).toEqual(["TIMEOUT", "t:slow gave no result within 50 ms", true]);
    expect(prints).toEqual(["ended"]);
  });

  it("that is long enough changes nothing", async () => {
    expect((await call("t:slow", { timeout: "1s" }, 80)).result).toEqual(["late"]);
  });

  it("is for the whole call: no attempt begins that could only come later", async () => {
    const retry = { max_attempts: 0, initial_delay: 40, backoff_factor: 1, jitter: 0 };
    const { result, at } = await call("t:flaky", { timeout: 100, retry }, Array(20).fill(unavailable));
    expect(at).toEqual([0, 40, 80]);
    expect(result).toEqual(["UNAVAILABLE", "away", "unset"]);
  });
});

describe("retry", () => {
  it("is none unless asked for", async () => {
    expect((await call("t:flaky", {}, [unavailable])).at).toEqual([0]);
  });

  it("tries three times by default, after 100 ms and twice that, under one key", async () => {
    const { result, at, keys } = await call("t:flaky", { retry: { jitter: 0 } }, Array(9).fill(unavailable));
    expect(at).toEqual([0, 100, 300]);
    expect(keys.size).toBe(1);
    expect(result).toEqual(["UNAVAILABLE", "away", "unset"]);
  });

  it("gives the result of the attempt that succeeds", async () => {
    const { result, at } = await call("t:flaky", { retry: { jitter: 0 } }, [unavailable, "raise"]);
    expect(at).toEqual([0, 100, 300]);
    expect(result).toEqual([3]);
  });

  it("grows by its factor up to its longest pause", async () => {
    const retry = { max_attempts: 5, initial_delay: "10ms", max_delay: "50ms", backoff_factor: 3, jitter: 0 };
    expect((await call("t:flaky", { retry }, Array(9).fill(unavailable))).at).toEqual([0, 10, 40, 90, 140]);
  });

  it("varies its pauses by its jitter, either way", async () => {
    const retry = { max_attempts: 30, initial_delay: 1000, backoff_factor: 1, jitter: 0.2 };
    const { at } = await call("t:flaky", { retry, timeout: "1h" }, Array(29).fill(unavailable));
    const pauses = at.slice(1).map((when, i) => (when - at[i]! + 60_000) % 60_000);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1200);
    expect(new Set(pauses).size).toBeGreaterThan(5);
  });

  const quick = { initial_delay: 1, backoff_factor: 1, jitter: 0 };
  const tried = async (errs: Payload, retry: Record<string, Payload>) =>
    (await call("t:flaky", { retry: { ...quick, ...retry } }, errs)).at.length;

  it("leaves an error that says so, and one returned as text, as they are", async () => {
    expect(await tried([{ kind: "CONFLICT", message: "no", retryable: false }], {})).toBe(1);
    expect(await tried(["text"], {})).toBe(1);
    expect(await tried([{ kind: "CONFLICT", message: "no", retryable: true }], {})).toBe(2);
    expect(await tried(["raise"], {})).toBe(2);
  });

  it("of retry_kinds tries those kinds alone, in either spelling, whatever the error says", async () => {
    const never = { kind: "NOT_FOUND", message: "no", retryable: false };
    expect(await tried([never], { retry_kinds: ["NotFound"] })).toBe(2);
    expect(await tried([never], { retry_kinds: "NOT_FOUND" })).toBe(2);
    expect(await tried([unavailable], { retry_kinds: ["NotFound"] })).toBe(1);
  });

  it("of skip_kinds never tries those kinds, also when retry_kinds has them", async () => {
    expect(await tried([unavailable], { skip_kinds: ["Unavailable"] })).toBe(1);
    expect(await tried([unavailable], { skip_kinds: ["UNAVAILABLE"], retry_kinds: ["UNAVAILABLE"] })).toBe(1);
    expect(await tried(["raise"], { skip_kinds: ["UNAVAILABLE"] })).toBe(2);
  });

  it("does not try again what cannot be called", async () => {
    const { result, at } = await call("t:absent", { retry: quick });
    expect(result).toEqual(["NOT_FOUND", "no handler registered for target", false]);
    expect(at).toEqual([]);
  });
});

describe("a bad option", () => {
  const wrong: [options: Payload, problem: string][] = [
    [{ timeout: "soon" }, 'timeout must be a duration such as "1m30s" or a number of milliseconds'],
    [{ timeout: -1 }, 'timeout must be a duration such as "1m30s" or a number of milliseconds'],
    [{ timeout: 0 }, "timeout must be above 0"],
    [{ retry: 3 }, "retry must be a table"],
    [
      { retry: { attempts: 3 } },
      "retry.attempts is unknown; the fields are max_attempts, initial_delay, max_delay, backoff_factor, jitter, retry_kinds, skip_kinds",
    ],
    [{ retry: { max_attempts: 1.5 } }, "retry.max_attempts must be a whole number from 0 to 2147483647"],
    [
      { retry: { initial_delay: "x" } },
      'retry.initial_delay must be a duration such as "1m30s" or a number of milliseconds',
    ],
    [{ retry: { initial_delay: 10, max_delay: 5 } }, "retry.max_delay must not be below initial_delay"],
    [{ retry: { backoff_factor: 0.5 } }, "retry.backoff_factor must be 1 or more"],
    [{ retry: { backoff_factor: "2" } }, "retry.backoff_factor must be a number above 0"],
    [{ retry: { jitter: 2 } }, "retry.jitter must be a number from 0 to 1"],
    [{ retry: { retry_kinds: [1] } }, "retry.retry_kinds must be a string or an array of strings"],
  ];
  it.each(wrong)("%j is INVALID", async (options, problem) => {
    const { result, at } = await call("t:flaky", options, []);
    expect(result).toEqual(["INVALID", `invalid options for t:flaky: ${problem}`, false]);
    expect(at).toEqual([]);
  });

  it("of an activity means nothing here", async () => {
    expect((await call("t:flaky", { "activity.start_to_close_timeout": "never" }, [])).result).toEqual([1]);
  });
});

describe("options of an entry", () => {
  const patient = lua(
    'return { main = function(ms) require("time").sleep(ms .. "ms") return "late" end }',
    ", meta: {options: {timeout: 50}}",
  );

  it("lie under those of the call", async () => {
    const app = () => VirtualApp.open(luaApp({ main, counter, patient }));
    expect(await (await app()).run("t:main", "t:patient", {}, 80)).toMatchObject(["TIMEOUT", expect.any(String), true]);
    expect(await (await app()).run("t:main", "t:patient", { timeout: 100 }, 80)).toEqual(["late"]);
  });
});

describe("after a crash of the caller's node", () => {
  const ask = async (options: Record<string, Payload>, agoMs: number) => {
    const app = await VirtualApp.open(luaApp({ quick: lua('return function() print("ran") return "done" end') }));
    const heard: Outcome[] = [];
    const { clock, node } = app;
    node.functions.invoke(
      node.openClient("caller").pid,
      { kind: "invoke", target: "t:quick", args: [], context: {}, options, key: "k" },
      (outcome) => heard.push(outcome),
      { at: clock.now() - agoMs, again: true },
    );
    clock.runUntilIdle();
    const [outcome] = heard;
    return { ran: app.prints.length, said: outcome?.ok ? outcome.value : outcome?.error.message };
  };

  it("a call is made again", async () => {
    expect(await ask({}, 60_000)).toEqual({ ran: 1, said: "done" });
  });

  it("the time since it was asked for counts: one whose time is over is not made", async () => {
    expect(await ask({ timeout: "1m" }, 59_000)).toEqual({ ran: 1, said: "done" });
    expect(await ask({ timeout: "1m" }, 60_000)).toEqual({ ran: 0, said: "t:quick gave no result within 60000 ms" });
  });

  it("the attempt that was lost counts, so a retry of one attempt means at most once", async () => {
    expect(await ask({ retry: { max_attempts: 2 } }, 10)).toEqual({ ran: 1, said: "done" });
    expect(await ask({ retry: { max_attempts: 1 } }, 10)).toEqual({
      ran: 0,
      said: "the node of t:quick was lost while it ran",
    });
  });
});
