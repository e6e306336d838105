/** A citizen of a simulated journal world in Lua: what it does, and what must hold of what it has said. */
import type { Heard } from "./journal-chronicle.js";
import { type Facts, fail } from "./journal-laws-facts.js";

/**
 * Folds everything it is told into a number, prints the number at each step, and puts it into all that it says. Asked by `query` it
 * prints the numbers of all its steps. `arg`: seed, fuel, peers; after an upgrade also where it was.
 */
export const luaCitizen = `
local time, funcs, uuid, workflow = require("time"), require("funcs"), require("uuid"), require("workflow")

local function main(arg)
  local self = process.pid()
  local k, d, s, n = arg.k or 0, arg.d or 1, arg.seed % 65537, arg.n or 0
  local fuel, peers, steps = arg.fuel, arg.peers, arg.steps or {}
  workflow.on_continue(function()
    return { k = k, d = d, seed = s, n = n, fuel = fuel, peers = peers, steps = steps }
  end)

  local function rnd(limit)
    s = (s * 75 + 74) % 65537
    return s % limit
  end
  local function note(what)
    for i = 1, #what do d = (d * 31 + what:byte(i)) % 1000003 end
    k = k + 1
    steps[k] = d
    print("STEP " .. k .. " " .. d)
  end
  local function mark()
    n = n + 1
    return { n = n, by = self, k = k, d = tostring(d), lua = true }
  end
  local function heard(value, err)
    if err ~= nil then note(err:kind()) elseif type(value) == "table" then note(tostring(value.d)) else note(tostring(value)) end
  end

  local ops = {
    function(peer) heard(process.send(peer, "lua", mark())) end,
    function(peer) heard(process.send(peer, "lua", mark())) end,
    function(peer) heard(process.call(peer, "lua", mark(), { timeout = (50 + rnd(400)) .. "ms" })) end,
    function() heard(funcs.call("app:job", mark())) end,
    function()
      local a, b = funcs.async("app:job", mark()), funcs.async("app:job", mark())
      if rnd(3) == 0 then b:cancel() end
      local got = channel.select({ a:response():case_receive(), b:response():case_receive() })
      local first = got.channel == a:response() and a or b
      note(first == a and "first" or "second")
      local result, err = first:result()
      heard(result and result:data(), err)
    end,
    function()
      time.sleep(rnd(60) .. "ms")
      note("slept " .. time.now():unix_nano())
    end,
    function()
      local ticker = time.ticker((10 + rnd(20)) .. "ms")
      local ticks = ticker:response()
      for _ = 1, 3 do ticks:receive() end
      ticker:stop()
      note("ticked")
    end,
    function() note(uuid.v4()) end,
    function()
      local x = 0
      for i = 1, rnd(1200) do x = (x * 3 + i) % 1009 end
      note(tostring(x))
    end,
    function() while rnd(9) == 0 do while true do end end end,
    function()
      local arg = { seed = rnd(60000), fuel = 2, peers = { self } }
      local pid, err = process.spawn_monitored(rnd(3) == 0 and "app:lua" or "app:brief", "test:journal", arg)
      heard(pid, err)
    end,
    function() heard(process.exec("app:brief", "test:journal", { seed = rnd(50) })) end,
    function(peer) heard(process.monitor(peer)) end,
    function() process.upgrade(nil, { k = k, d = d, seed = s, n = n, fuel = fuel, peers = peers, steps = steps }) end,
  }
  local function act()
    if fuel <= 0 or #peers == 0 then return end
    fuel = fuel - 1
    ops[1 + rnd(#ops)](peers[1 + rnd(#peers)])
  end

  local inbox, events = process.inbox(), process.events()
  for _ = 1, 2 do act() end
  while true do
    local got = channel.select({ inbox:case_receive(), events:case_receive() })
    if got.channel == events then
      local event = got.value
      note(event.kind .. " " .. tostring(event.from))
      if event.kind == process.event.CANCEL then return k end
      act()
    else
      local msg = got.value
      local topic = msg:topic()
      if topic == "query" then print("STEPS " .. table.concat(steps, " "))
      else
        local value = msg:payload():data()
        note(topic .. " " .. msg:from())
        if type(value) == "table" and value.fuel then fuel = fuel + value.fuel end
        msg:reply(mark())
        if #peers < 6 then peers[#peers + 1] = msg:from() end
        act()
      end
    end
  end
end
return { main = main }`;

/** What a Lua citizen has printed. */
export interface LuaSaid {
  /** Number by step, from the first print to the last. */
  readonly steps: [k: number, d: string][];
  /** All its steps, as it knew them at the end. */
  all?: readonly string[];
}

export function noteLua(said: Map<string, LuaSaid>, pid: string, line: string): void {
  const mine = said.get(pid) ?? { steps: [] };
  said.set(pid, mine);
  const [what, ...rest] = line.split(" ");
  if (what === "STEP") mine.steps.push([Number(rest[0]), rest[1]!]);
  if (what === "STEPS") mine.all = rest.filter((text) => text !== "");
}

/** Each line at most once and in order, and all of it from the one history that its process knows of. */
export function checkLua({ world: { luaSaid } }: Facts): void {
  for (const [pid, { steps, all }] of luaSaid) {
    let last = 0;
    for (const [k, d] of steps) {
      if (k <= last) fail("a line is logged once and in order", `${pid}: step ${k} after ${last}`);
      last = k;
      // It may have gone on, and ended, since it was asked.
      if (all !== undefined && k <= all.length && all[k - 1] !== d)
        fail("a line tells of what was", `${pid}: step ${k}: ${d}, not ${all[k - 1]}`);
    }
  }
}

/** Undefined: nobody knows any more. */
export function luaTruth({ world: { luaSaid } }: Facts, { by, k, d }: Heard): boolean | undefined {
  if (k === 0) return d === "1";
  const all = luaSaid.get(by)?.all;
  return all === undefined || k > all.length ? undefined : all[k - 1] === d;
}
