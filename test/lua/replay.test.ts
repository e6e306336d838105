/** Lua processes replay: random programs in virtual time, every port call compared, cut at every input. */
import { describe, expect, it } from "vitest";
import { LuaRuntime, type ModuleDefinition } from "../../lua/index.js";
import type { Payload } from "../../mailbox/index.js";
import { forSeeds, Random } from "../support/random.js";
import { assertReplays } from "../support/replay.js";
import { Tapes } from "../support/tape.js";
import { luaSource, type VirtualNode, virtualNode } from "../support/virtual.js";

/** A program that does what its argument says: a list of `{ name, ... }`. It prints what it sees, and prints are port calls too. */
const player = `
local time, uuid, funcs = require("time"), require("uuid"), require("funcs")
local logger, lib = require("logger"), require("lib")
local ops = {}

local function play(list)
  for _, op in ipairs(list) do
    local result = ops[op[1]](op[2], op[3])
    if result ~= nil then return result end
  end
end

local function show(what, value, err)
  if err ~= nil then print(what, err:kind(), err:message()) else print(what, tostring(value)) end
end

function ops.send(to, n) show("send", process.send(to, "n", n, { n = n })) end
function ops.job(to, n) show("job", process.send(to, "job", n)) end
function ops.link(to) show("link", process.link(to)) end
function ops.unlink(to) show("unlink", process.unlink(to)) end
function ops.monitor(to) show("monitor", process.monitor(to)) end
function ops.unmonitor(to) show("unmonitor", process.unmonitor(to)) end
function ops.cancel(to) show("cancel", process.cancel(to, "1s", "why")) end
function ops.kill(to) show("kill", process.terminate(to)) end
function ops.call(to, ms) show("call", process.call(to, "ask", ms, { timeout = ms })) end
function ops.trap(on) process.set_options({ trap_links = on }) end
function ops.spawn(how, list) show(how, process[how]("app:player", "test:host", list)) end
function ops.named(name, list) show("named", process.with_options({}):with_name(name):with_message("n", 0):spawn("app:player", "test:host", list)) end
function ops.exec(list) show("exec", process.exec("app:player", "test:host", list)) end
function ops.func(n) show("func", funcs.call("app:double", n)) end
function ops.async(n, cancel)
  local futures, cases = {}, {}
  for i = 1, 3 do
    futures[i] = funcs.async(i == n % 5 and "app:none" or "app:double", i * n)
    cases[i] = futures[i]:response():case_receive()
  end
  if cancel then futures[n % 3 + 1]:cancel() end
  local r = channel.select(cases)
  for i = 1, 3 do
    if r.channel == futures[i]:response() then print("future", i, tostring(r.value), r.ok, futures[i]:is_complete()) end
  end
end
function ops.sleep(ms) time.sleep(ms * time.MILLISECOND) print("slept", time.now():unix_nano(), os.time()) end
function ops.uuid() show("uuid", uuid.v4()) end
function ops.random() print("random", math.random(1, 1000), lib.roll()) end
function ops.address() print(tostring({}), tostring(print), tostring(function() end)) end
function ops.order()
  local t = { 3, 2, 1, b = 1, a = 2, [1.5] = 3, [true] = 4 }
  t.b = nil t.z = 1
  for k, v in pairs(t) do print(k, v) end
end
function ops.work(n) local s = 0 for i = 1, n do s = s + i % 3 end print("work", s) end
function ops.thread(list) coroutine.spawn(function() play(list) end) end
function ops.meet(n)
  local ch, done = channel.new(n % 3), channel.new()
  for i = 1, n do coroutine.spawn(function() ch:send(i) end) end
  coroutine.spawn(function() local s = 0 for i = 1, n do s = s * 10 + ch:receive() end done:send(s) end)
  print("met", (done:receive()))
end
function ops.wait(ms)
  local timer = time.after(ms * time.MILLISECOND)
  local r = channel.select{ process.inbox():case_receive(), process.events():case_receive(), timer:case_receive() }
  if r.channel == timer then return print("timeout")
  elseif r.channel == process.events() then return print("event", r.value.kind, r.value.at, r.value.from) end
  print("got", r.value:topic(), r.value:from(), tostring(r.value:payload()))
  if r.value:topic() == "ask" then show("reply", r.value:reply(r.value:payload():data())) end
end
function ops.jobs(ms)
  local ch, timer = process.listen("job"), time.timer(ms * time.MILLISECOND)
  local r = channel.select{ ch:case_receive(), timer:channel():case_receive() }
  print("job", tostring(r.value), timer:stop(), process.unlisten(ch))
end
function ops.ticks(n)
  local ticker = time.ticker("7ms")
  for _ = 1, n do ticker:channel():receive() end
  ticker:stop()
end
function ops.generator()
  local gen = coroutine.wrap(function() for i = 1, 3 do time.sleep("1ms") coroutine.yield(i) end end)
  print("gen", gen(), gen(), gen())
end
function ops.register(name) show("register", process.registry.register(name)) end
function ops.lookup(name) show("lookup", process.registry.lookup(name)) end
function ops.log() logger:with({ n = 1 }):warn("careful", { at = time.now() }) end
function ops.crash() error("crashed on purpose") end
function ops.stop(how) return how end

return function(list)
  local how = play(list)
  if how == "text" then return nil, "failed with text" end
  if how == "error" then return nil, errors.new{ kind = "Conflict", message = "failed", details = { n = 1 } } end
  return how
end
`;

const lib = luaSource("app:lib", {
  kind: "library.lua",
  text: "return { roll = function() return math.random(6) end }",
  modules: [],
});

const names = ["ann", "bob", "cid"];

class Script {
  private readonly random: Random;
  private budget: number;

  constructor(random: Random, budget: number) {
    this.random = random;
    this.budget = budget;
  }

  list(length: number): Payload[] {
    const list: Payload[] = [];
    while (list.length < length && this.budget-- > 0) list.push(this.op());
    return list;
  }

  private op(): Payload {
    const { random } = this;
    const to = random.pick([...names, "nobody"]);
    const n = 1 + random.below(20);
    const child = () => this.list(1 + random.below(4));
    const dice = random.below(40);
    if (dice < 5) return ["send", to, n];
    if (dice < 12) return ["wait", n * 5];
    if (dice < 14) return ["sleep", n];
    if (dice < 15) return ["jobs", n];
    if (dice < 16) return ["job", to, n];
    if (dice < 19) {
      return [random.pick(["spawn", "spawn_linked", "spawn_monitored", "spawn_linked_monitored"])].flatMap((how) => [
        "spawn",
        how,
        child(),
      ]);
    }
    if (dice < 20) return ["named", random.pick(names), child()];
    if (dice < 21) return ["exec", child()];
    if (dice < 22) return random.chance(0.5) ? ["func", n] : ["async", n, random.chance(0.3)];
    if (dice < 24) return [random.pick(["link", "monitor"]), to];
    if (dice < 25) return [random.pick(["unlink", "unmonitor", "cancel"]), to];
    if (dice < 26) return ["call", to, n * 3];
    if (dice < 27) return ["thread", child()];
    if (dice < 28) return ["trap", random.chance(0.7)];
    if (dice < 29) return [random.pick(["kill", "register", "lookup"]), to];
    if (dice < 30) return ["crash"];
    if (dice < 31) return ["stop", random.pick(["done", "text", "error"])];
    if (dice < 33) return ["work", 100 * n];
    if (dice < 34) return ["meet", 1 + random.below(5)];
    return [random.pick(["uuid", "random", "address", "order", "generator", "log", "ticks"]), 1 + random.below(3)];
  }
}

function play(seed: number, sliceInstructions: number | undefined): { node: VirtualNode; tapes: Tapes } {
  const random = new Random(seed);
  const tapes = new Tapes();
  const node = virtualNode(
    { "app:player": { text: player, imports: { lib } }, "app:double": "return function(n) return n * 2 end" },
    {
      seed,
      record: tapes.record,
      ...(sliceInstructions === undefined ? {} : { sliceInstructions }),
      maxSlices: 100_000,
    },
  );
  for (const name of names) {
    const list = new Script(random, 30).list(12);
    node.client.start(
      (self) => self.spawn("app:player", "test:host", [list], { name }),
      () => {},
    );
  }
  node.clock.advance(60_000);
  for (const pid of node.host.pids()) if (pid.text !== node.client.pid.text) void node.client.terminate(pid);
  node.clock.advance(1000);
  expect(node.internalErrors).toEqual([]);
  return { node, tapes };
}

describe("a Lua process", () => {
  it("replays every port call, cut at every input, on another runtime", () => {
    let runs = 0;
    let inputs = 0;
    const runtime = new LuaRuntime();
    forSeeds(130, (seed) => {
      const { node, tapes } = play(seed, [undefined, 100, 1000][seed % 3]);
      for (const recording of tapes.recordings(node, runtime)) {
        assertReplays(recording);
        runs++;
        inputs += recording.turns.length;
      }
    });
    expect(runs).toBeGreaterThan(1000);
    expect(inputs).toBeGreaterThan(5000);
  });

  it("does the same in the same world, whatever the slices", () => {
    forSeeds(20, (seed) => {
      const [a, b] = [play(seed, undefined), play(seed, undefined)];
      expect(a.node.prints).toEqual(b.node.prints);
    });
  });

  it("that looks at something else than its inputs is caught", () => {
    const tapes = new Tapes();
    let calls = 0;
    const leak: ModuleDefinition = {
      name: "leak",
      build: ({ engine }) => engine.fn("leak", (call) => call.push(++calls)),
    };
    const node = virtualNode(
      { "app:player": { text: "local leak = require('leak') return function() print(leak()) end", modules: ["leak"] } },
      { record: tapes.record, modules: [leak] },
    );
    node.run("app:player");
    const recordings = tapes.recordings(node, new LuaRuntime({ modules: [leak] }));
    expect(recordings).toHaveLength(1);
    expect(() => assertReplays(recordings[0]!)).toThrow(/gave other port calls/);
  });
});
