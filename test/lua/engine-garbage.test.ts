/** What a thread no longer uses can be collected, though the slots of its stack stay: nothing that was popped is kept. */

import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { HostFunction, LuaTable } from "../../lua/fengari.js";
import { openWorld } from "./engine-support.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

interface RawState {
  readonly stack: readonly unknown[];
  readonly framed: number;
}
type Raw = Record<string, (...values: unknown[]) => unknown>;
const load = createRequire(import.meta.url);
load("#fengari/index.js");
const lua = load("#fengari/lua.js") as Raw;
const lauxlib = load("#fengari/lauxlib.js") as Raw;

/** Stack of a coroutine in raw Lua after each of `resumes` resumes. */
function stacks(source: string, resumes: number): { readonly length: number; readonly framed: number }[] {
  const L = lauxlib.luaL_newstate!() as RawState;
  lua.lua_pushcfunction!(L, (state: unknown) => lua.lua_yield!(state, 0));
  lua.lua_setglobal!(L, Buffer.from("yield"));
  const bytes = Buffer.from(source);
  if (lauxlib.luaL_loadbuffer!(L, bytes, bytes.length, bytes) !== 0) throw new Error("the source cannot be compiled");
  const thread = lua.lua_newthread!(L) as RawState;
  lua.lua_insert!(L, -2);
  lua.lua_xmove!(L, thread, 1);
  return Array.from({ length: resumes }, () => {
    lua.lua_resume!(thread, null, 0);
    return { length: thread.stack.length, framed: thread.framed };
  });
}

/** Each makes values with `make(name)` and waits; only what is named `kept` may still be reached then. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "locals of a function that has returned":
    "local function f() local a, b = make('a'), make('b') return 1 end f() wait()",
  "temporaries of a deep recursion": `
    local function f(n) local a, b, c, d = make('t') if n > 0 then f(n - 1) end return c, d end
    f(30) wait()`,
  "arguments and results of host functions":
    "local n = #{make('a'), make('b')} same(make('c')) same((same(make('d'), 1, 2))) wait()",
  "results that nobody wanted":
    "local function f() return make('a'), make('b'), make('c') end f() local n = select('#', f()) wait()",
  "variable arguments":
    "local function f(...) local t = {...} return select('#', ...) end local n = f(make('a'), make('b'), make('c')) wait()",
  "what an error unwinds": `
    local function f(n) local a, b, c = make('a') if n == 0 then error('x') end return f(n - 1) + 1 end
    pcall(f, 20) pcall(f, 0) wait()`,
  "tail calls":
    "local function f(n, x) if n > 0 then return f(n - 1, make('x')) end return n end f(10, make('a')) wait()",
  "a coroutine that has ended": `
    local function f() local co = coroutine.create(function(a) local b = make('b') coroutine.yield(b) error(b) end)
    for i = 1, 3 do coroutine.resume(co, make('a')) end end f() wait()`,
  "values passed to a coroutine that waits": `
    local co = coroutine.wrap(function() while true do coroutine.yield() end end)
    local function f(...) for i = 1, 3 do co(make('a'), make('b')) end end f() wait()`,
  "closed upvalues":
    "local function f() local x = make('x') local g = function() x = nil return x end return g end f()() f() wait()",
  "keys and values of tables": `
    local t = {} for i = 1, 20 do t[i] = make('v') t[make('k')] = make('w') t['s' .. i] = make('s') end
    for i = 20, 1, -1 do t[i] = nil t['s' .. i] = nil end local k = next(t) while k do t[k] = nil k = next(t) end
    k = nil t.last = 1 wait(t)`,
  "what is still in use stays":
    "local kept = make('kept') local t = {make('kept')} local f = function() return kept, t end wait()",
};

describe("a value that Lua has dropped", () => {
  it.each(Object.entries(PROGRAMS))("%s", async (_name, source) => {
    const made: { readonly name: string; readonly table: WeakRef<object> }[] = [];
    const make: HostFunction<string> = (call) => {
      const value: LuaTable = call.engine.table();
      made.push({ name: call.checkString(1), table: new WeakRef(value) });
      call.push(value);
    };
    const same: HostFunction<string> = (call) => call.push(...call.refs());
    const wait: HostFunction<string> = (call) => call.wait("wait");
    const world = openWorld({ functions: { make, same, wait } });
    const thread = world.thread(source);
    expect(thread.resume()).toEqual({ kind: "wait", request: "wait" });
    // What a WeakRef was made of or asked for stays until the current job has ended.
    await new Promise((done) => setImmediate(done));
    collect();
    const reached = made.filter(({ table }) => table.deref() !== undefined).map(({ name }) => name);
    expect(reached).toEqual(made.filter(({ name }) => name === "kept").map(({ name }) => name));
    expect(thread.status).toBe("suspended");
  });
});

describe("the stack of a thread", () => {
  it("is small again once a deep recursion is over", () => {
    const source = `local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end
      yield() f(5000) yield() f(5000) yield()`;
    const [before, ...after] = stacks(source, 3);
    expect(before!.length).toBeLessThan(60);
    for (const { length, framed } of after) {
      expect(length).toBeLessThan(100);
      expect(framed).toBeLessThan(100);
    }
  });

  it("does not grow with the number of times that its thread is pre-empted", () => {
    const world = openWorld({ limits: { sliceInstructions: 3 } });
    const thread = world.thread("local function f() end for i = 1, 20000 do f() end return 1");
    const { stack } = (thread as unknown as { L: RawState }).L;
    let outcome = thread.resume();
    while (outcome.kind === "preempted") outcome = thread.resume();
    expect(outcome.kind).toBe("done");
    expect(stack.length).toBeLessThan(60);
  });
});
