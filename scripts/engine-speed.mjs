// Compares the patched Lua engine with the stock one: `node scripts/engine-speed.mjs [rounds] [engine folder ...]`.
// Each round runs every workload on each engine in turn, in a process of its own; printed are medians of user CPU time.

import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(import.meta.url);
const root = join(script, "../..");
const STOCK = join(root, "node_modules/fengari/src");
const PATCHED = join(root, "dist/fengari");

/** Operations of one measurement, and a chunk that answers a function of their number. */
const LUA = {
  "yield pairs in Lua": [
    10_000,
    `local co = create(function() while true do yield(1) end end)
     return function(n) for i = 1, n do resume(co) end end`,
  ],
  "yields in a pcall": [
    3_000,
    `local co = create(function() pcall(function() while true do yield(1) end end) end)
     return function(n) for i = 1, n do resume(co) end end`,
  ],
  "host function calls": [100_000, "return function(n) for i = 1, n do host(i) end end"],
  "fib, per call": [
    242_785,
    "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return function() fib(25) end",
  ],
  "string keys, read and write": [
    100_000,
    `local t = {count = 0, name = "x", other = 1}
     return function(n) for i = 1, n do t.count = t.count + t.other end end`,
  ],
  "string keys, new tables": [
    30_000,
    "return function(n) for i = 1, n do local t = {from = i, kind = 'message'} t.body = t.from t.at = i end end",
  ],
  "integer keys, append": [50_000, "return function(n) local t = {} for i = 1, n do t[i] = i end end"],
  "integer keys, read": [
    100_000,
    `local t = {} for i = 1, 1000 do t[i] = i end
     return function(n) local s = 0 for j = 1, n / 1000 do for i = 1, 1000 do s = s + t[i] end end end`,
  ],
  "length and append": [30_000, "return function(n) local t = {} for i = 1, n do t[#t + 1] = i end end"],
  pairs: [
    30_000,
    `local t = {} for i = 1, 100 do t["k" .. i] = i end
     return function(n) for j = 1, n / 100 do for k, v in pairs(t) do end end end`,
  ],
  concatenation: [
    30_000,
    "return function(n) local s = '' for i = 1, n do s = 'item ' .. i .. ', ' .. (i % 7) end end",
  ],
  "table.concat and format": [
    20_000,
    `return function(n) for j = 1, n / 100 do local t = {} for i = 1, 100 do t[i] = string.format('%s=%d', 'key', i) end
     table.concat(t, ',') end end`,
  ],
  closures: [50_000, "return function(n) for i = 1, n do local f = function() i = i + 1 return i end f() end end"],
  "method calls": [
    50_000,
    `local Account = {} Account.__index = Account
     function Account.deposit(self, v) self.balance = self.balance + v return self.balance end
     local a = setmetatable({balance = 0}, Account)
     return function(n) for i = 1, n do a:deposit(1) end end`,
  ],
  varargs: [
    50_000,
    "local function f(...) return select('#', ...), ... end return function(n) for i = 1, n do local a, b = f(i, 2, 3) end end",
  ],
  pcall: [50_000, "local f = function() end return function(n) for i = 1, n do pcall(f) end end"],
};

const RESUME = "resume pairs from the host";
const RESUMES = 30_000;

function coroutines(lua) {
  const resume = (L) => {
    const thread = lua.lua_tothread(L, 1);
    const status = lua.lua_resume(thread, L, 0);
    if (status > 1) throw new Error("a coroutine failed");
    lua.lua_settop(thread, 0);
    return 0;
  };
  const create = (L) => {
    const thread = lua.lua_newthread(L);
    lua.lua_pushvalue(L, 1);
    lua.lua_xmove(L, thread, 1);
    return 1;
  };
  return { create, resume, yield: (L) => lua.lua_yield(L, lua.lua_gettop(L)) };
}

function open(folder) {
  const load = createRequire(join(folder, "lua.js"));
  const lua = load("./lua.js");
  const { luaL_newstate, luaL_requiref, luaL_loadbuffer } = load("./lauxlib.js");
  const { to_luastring } = load("./defs.js");
  const L = luaL_newstate();
  const libraries = { _G: load("./lbaselib.js").luaopen_base, string: load("./lstrlib.js").luaopen_string };
  Object.assign(libraries, { table: load("./ltablib.js").luaopen_table });
  for (const [name, opener] of Object.entries(libraries)) luaL_requiref(L, to_luastring(name), opener, 1);
  lua.lua_settop(L, 0);
  const host = (state) => {
    lua.lua_pushnumber(state, lua.lua_tonumber(state, 1) + 1);
    return 1;
  };
  for (const [name, body] of Object.entries({ ...coroutines(lua), host })) {
    lua.lua_pushcfunction(L, body);
    lua.lua_setglobal(L, to_luastring(name));
  }
  const push = (text) => {
    const bytes = to_luastring(text);
    if (luaL_loadbuffer(L, bytes, bytes.length, bytes) !== 0) throw new Error(lua.lua_tojsstring(L, -1));
  };
  return { lua, L, push };
}

/** Calls `body` until it has used so much user CPU time; returns the microseconds of one call. */
function run(body, microseconds) {
  const start = process.cpuUsage();
  for (let calls = 1; ; calls++) {
    body();
    const { user } = process.cpuUsage(start);
    if (user >= microseconds) return user / calls;
  }
}

/** Nanoseconds of user CPU time per operation, once the compiler, whose time counts as well, is done. */
function measure(count, body) {
  run(body, 500_000);
  return (run(body, 200_000) * 1000) / count;
}

function runAll(folder, only) {
  const results = {};
  for (const [name, [count, source]] of Object.entries(LUA)) {
    if (!name.includes(only)) continue;
    const { lua, L, push } = open(folder);
    push(source);
    lua.lua_call(L, 0, 1);
    results[name] = measure(count, () => {
      lua.lua_pushvalue(L, 1);
      lua.lua_pushinteger(L, count);
      if (lua.lua_pcall(L, 1, 0, 0) !== 0) throw new Error(lua.lua_tojsstring(L, -1));
    });
  }
  if (RESUME.includes(only)) results[RESUME] = resumePairs(folder);
  return results;
}

function resumePairs(folder) {
  const { lua, L, push } = open(folder);
  const thread = lua.lua_newthread(L);
  push("local a = 0 while true do a = yield(a) end");
  lua.lua_xmove(L, thread, 1);
  lua.lua_resume(thread, null, 0);
  return measure(RESUMES, () => {
    for (let i = 0; i < RESUMES; i++) {
      lua.lua_settop(thread, 0);
      lua.lua_pushnumber(thread, i);
      lua.lua_resume(thread, null, 1);
    }
  });
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

function compare(rounds, folders, only) {
  const all = folders.map(() => new Map());
  for (let round = 0; round < rounds; round++) {
    for (const [index, folder] of folders.entries()) {
      const results = JSON.parse(execFileSync(process.execPath, [script, "--run", folder, only], { encoding: "utf8" }));
      for (const [name, ns] of Object.entries(results)) all[index].set(name, [...(all[index].get(name) ?? []), ns]);
    }
  }
  for (const name of all[0].keys()) {
    const times = all.map((results) => median(results.get(name)));
    const cells = times.map((ns) => `${ns.toFixed(0)} ns`.padStart(10)).join("");
    console.log(`${name.padEnd(30)}${cells}${(times[0] / times.at(-1)).toFixed(1).padStart(8)}x`);
  }
}

if (process.argv[2] === "--run") console.log(JSON.stringify(runAll(process.argv[3], process.argv[4] ?? "")));
else {
  const [rounds = "5", ...folders] = process.argv.slice(2);
  compare(
    Number(rounds),
    folders.length > 0 ? folders.map((folder) => resolve(folder)) : [STOCK, PATCHED],
    process.env.ONLY ?? "",
  );
}
