import { describe, expect, it } from "vitest";
import type { HostFunction, LuaFunction, Pushable } from "../../lua/fengari.js";
import { evaluate, openWorld, valuesOf, type WorldOptions } from "./engine-support.js";

const wait: HostFunction<string> = (call) => call.wait(call.refs().map((ref) => call.engine.value(ref)));

/** Resume a chunk until it ends, answering each wait with what `answer` makes of the request. */
function converse(source: string, answer: (request: unknown[]) => Pushable[], options: WorldOptions = {}) {
  const world = openWorld({ ...options, functions: { wait, ...options.functions } });
  const thread = world.thread(source);
  const requests: unknown[] = [];
  let outcome = thread.resume();
  while (outcome.kind === "wait" || outcome.kind === "preempted") {
    if (outcome.kind === "wait") requests.push(outcome.request);
    outcome = outcome.kind === "wait" ? thread.resume(answer(outcome.request as unknown[])) : thread.resume();
  }
  return { requests, values: valuesOf(world, outcome) };
}

const double = (request: unknown[]): Pushable[] => request.map((value) => (value as number) * 2);

describe("waiting", () => {
  it("passes a request out and its results in", () => {
    expect(converse("local a, b = wait(1, 2) return a, b, wait()", double)).toEqual({
      requests: [[1, 2], []],
      values: [2, 4],
    });
  });

  it.each([
    ["a coroutine", "local co = coroutine.wrap(function(x) return wait(x) end) return co(5)"],
    [
      "nested coroutines",
      "local w = coroutine.wrap return w(function() return w(function() return w(wait)(5) end)() end)()",
    ],
    [
      "resume",
      "local ok, v = coroutine.resume(coroutine.create(function(x) return wait(x) end), 5) assert(ok) return v",
    ],
    [
      "pcall in a coroutine in pcall",
      "local ok, v = pcall(function() local co = coroutine.wrap(function() local ok, v = pcall(wait, 5) return v end) return co() end) return v",
    ],
    ["a metamethod", "local t = setmetatable({}, {__index = function(_, k) return wait(5) end}) return t.x"],
    [
      "an arithmetic metamethod",
      "local t = setmetatable({}, {__add = function(_, n) return (wait(n)) end}) return t + 5",
    ],
    [
      "a comparison",
      "local m = {__lt = function() return wait(5) == 10 end} return setmetatable({}, m) < setmetatable({}, m) and 10",
    ],
    ["a for iterator", "for v in function(_, c) if not c then return wait(5) end end do return v end"],
    ["xpcall", "local ok, v = xpcall(wait, print, 5) return v"],
  ])("reaches the host from %s", (_name, source) => {
    const options: WorldOptions = { functions: { print: () => undefined } };
    expect(converse(source, double, options)).toEqual({ requests: [[5]], values: [10] });
    for (const sliceInstructions of [1, 3, 10]) {
      expect(converse(source, double, { ...options, limits: { sliceInstructions } }).values).toEqual([10]);
    }
  });

  it("keeps ordinary yields between coroutines apart from waits", () => {
    const source = `
      local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(wait(i)) end return "end" end)
      local log = {}
      for v in gen do log[#log + 1] = tostring(v) if v == "end" then break end end
      return table.concat(log, " ")`;
    expect(converse(source, double)).toEqual({ requests: [[1], [2], [3]], values: ["2 4 6 end"] });
  });

  it("raises an error at the waiting call, where it can be caught", () => {
    const world = openWorld({ functions: { wait } });
    const thread = world.thread("return coroutine.wrap(function() return pcall(wait) end)()");
    thread.resume();
    expect(valuesOf(world, thread.resumeWithError("timeout"))).toEqual([false, "timeout"]);
  });

  it("is refused where Lua cannot yield", () => {
    const world = openWorld({ functions: { wait } });
    const source =
      "local ok, e = pcall(table.sort, {2, 1}, wait) local ok2, e2 = pcall(string.gsub, 'x', 'x', coroutine.wrap(wait)) return e, e2";
    const refused = expect.stringMatching(/attempt to yield across a C-call boundary/);
    expect(valuesOf(world, world.thread(source).resume())).toEqual([refused, refused]);
  });

  it("marks a waiting coroutine as not resumable by another", () => {
    const world = openWorld({ functions: { wait } });
    const compiled = world.engine.compile(
      "local co co = coroutine.create(wait) function look() return coroutine.status(co), coroutine.resume(co) end return coroutine.resume(co)",
      "t.lua",
    );
    if (compiled.kind === "error") throw new Error(compiled.message);
    const environment = world.engine.environment({ owner: "p", seed: 1 });
    const first = world.engine.thread(world.engine.instantiate(compiled, environment), environment);
    expect(first.resume().kind).toBe("wait");
    const second = world.engine.thread(environment.globals.get("look") as LuaFunction, environment);
    expect(valuesOf(world, second.resume())).toEqual(["normal", false, "cannot resume non-suspended coroutine"]);
    expect(valuesOf(world, first.resume(["x"]))).toEqual([true, "x"]);
  });

  it("continues in JavaScript when the host function asks for it", () => {
    const world = openWorld({
      functions: {
        ask: (call) => call.wait("question", (next) => next.push("answer", next.get(1), next.count)),
        twice: (call) => {
          const fn = call.checkFunction(1);
          return call.callThen(fn, [1], (next) => next.engine && next.callThen(fn, [next.get(1)]));
        },
        now: (call) => call.push(...call.callNow(call.checkFunction(1), [20, 22])),
        wait,
      },
    });
    const asked = world.thread("return ask()");
    expect(asked.resume()).toEqual({ kind: "wait", request: "question" });
    expect(valuesOf(world, asked.resume(["x", "y"]))).toEqual(["answer", "x", 2]);
    const called = world.thread("return twice(function(x) return wait(x) end)");
    expect(called.resume()).toMatchObject({ kind: "wait", request: [1] });
    expect(called.resume([5])).toMatchObject({ kind: "wait", request: [5] });
    expect(valuesOf(world, called.resume([7]))).toEqual([7]);
    expect(valuesOf(world, world.thread("return now(function(a, b) return a + b end)").resume())).toEqual([42]);
  });
});

describe("a thread", () => {
  it("knows its owner, has a traceback while it waits and can be closed", () => {
    const world = openWorld({ functions: { wait, owner: (call) => call.push(call.owner) } });
    expect(valuesOf(world, world.thread("return owner()", "me").resume())).toEqual(["me"]);
    const thread = world.thread("local function deep()\n  wait()\nend\ndeep()");
    thread.resume();
    expect(thread.traceback()).toBe(
      "stack traceback:\n\t[C]: in function 'wait'\n\ttest.lua:2: in local 'deep'\n\ttest.lua:4: in main chunk",
    );
    thread.close();
    thread.close();
    expect(thread.status).toBe("closed");
    expect(() => thread.resume()).toThrow("it is closed");
  });

  it("is nil for coroutine.running on the main coroutine only", () => {
    const source =
      "local inner = coroutine.wrap(function() return type(coroutine.running()), coroutine.isyieldable() end) return coroutine.running(), coroutine.isyieldable(), inner()";
    expect(evaluate(source)).toEqual([undefined, false, "thread", true]);
    expect(evaluate("return pcall(coroutine.yield)")).toEqual([
      false,
      expect.stringMatching(/attempt to yield from outside a coroutine/),
    ]);
  });

  it("starts in well under 30 microseconds with its environment", () => {
    const { engine } = openWorld();
    const compiled = engine.compile("local function f(x) return x end return f", "t.lua");
    if (compiled.kind === "error") throw new Error(compiled.message);
    const start = (n: number) => {
      const before = performance.now();
      for (let i = 0; i < n; i++) {
        const environment = engine.environment({ owner: "p", seed: i });
        engine.thread(engine.instantiate(compiled, environment), environment);
      }
      return ((performance.now() - before) * 1000) / n;
    };
    start(2000);
    const best = Math.min(start(2000), start(2000), start(2000));
    expect(best).toBeLessThan(30);
  });
});
