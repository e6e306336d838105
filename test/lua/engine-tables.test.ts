/** Tables: ours keep the values, the order of `next`, the lengths and the errors of the stock engine's, whatever is done to them. */

import { describe, expect, it } from "vitest";
import { onOurs, onStock } from "./engine-pair.js";

/** Works on one table and writes down all that can be seen of it. Its numbers are chance of its own, so that both engines do the same. (Ours
 * fills constructors from the front, on purpose, so there is none with positions.) */
const PROGRAM = `
local seed = SEED
local function random(n) seed = (seed * 171 + 11213) % 53125 return seed % n + 1 end
local names, log = {}, {}
local function named(name, v) names[v] = name return v end
local function show(v) return names[v] or tostring(v) end
local function add(...) local line = {} for i = 1, select("#", ...) do line[i] = show((select(i, ...))) end log[#log + 1] = table.concat(line, " ") end
local keys = {true, false, 0, -1, 1.5, -2.25, named("T", {}), named("U", {}), named("f", function() end)}
for i = 1, STRINGS do keys[#keys + 1] = "k" .. i end
for i = 1, NUMBERS do keys[#keys + 1] = i end
local function walk(t) local k, v = next(t) while k ~= nil do add("at", k, v) k, v = next(t, k) end end
local made = {
  function() return {} end, function() return {[1] = 1, [2] = 2, [3] = 3} end, function() return {[3] = 3, a = 1, [1] = 1} end,
  function() return {x = 1, [1] = 2, y = 3, [2] = 4} end, function() return {[2] = 1, [1] = 2, [3] = 3} end,
}
local t = made[random(#made)]()
local actions = {
  function(n) t[#t + 1] = n end, function(n) t[#t + 1] = n end, function(n) t[#t + 1] = n end,
  function() t[#t] = nil end, function() add("removed", pcall(table.remove, t)) end,
  function(n) add(pcall(table.insert, t, random(#t + 1), n)) end, function() if #t > 0 then add(table.remove(t, random(#t))) end end,
  function(n) t[keys[random(#keys)]] = n end, function(n) t[keys[random(#keys)]] = n end,
  function() t[keys[random(#keys)]] = nil end, function() t[keys[random(#keys)]] = nil end,
  function() for _ = 1, 5 do local k = keys[random(#keys)] add("next", k, pcall(next, t, k)) end end,
  function(n) for k in pairs(t) do local r = random(4) if r == 1 then t[k] = nil elseif r == 2 then t[k] = n end add("visit", k) end walk(t) end,
  function() for k, v in pairs(t) do t[k] = nil add("gone", k, v) end add(next(t)) end,
  function() walk(t) end, function() add("length", #t) for i, v in ipairs(t) do add(i, v) end end,
  function() t[random(6) / 2] = "half" t[-0.0] = "zero" add(t[0], t[1], t[1.0], t[2]) end,
  function() add(pcall(rawset, t, 0/0, 1)) add(pcall(rawset, t, nil, 1)) add(t[nil], t[0/0]) end,
  function() for i = 1, random(20) do t[i] = i end end, function() for i = #t, 1, -1 do t[i] = nil end end,
  function() if random(4) == 1 then t = made[random(#made)]() end end,
}
for n = 1, STEPS do
  local action = random(#actions)
  actions[action](n)
  if action == random(#actions) then walk(t) end
end
walk(t)
return table.concat(log, "\\n")`;

const SEEDS = Number(process.env.PERDURE_SEEDS ?? 60);

describe("a table", () => {
  it.each([
    ["few keys", 4, 6],
    ["many keys", 20, 30],
    ["mostly numbers", 0, 40],
    ["mostly strings", 30, 2],
  ])("is that of the stock engine in random programs with %s", (_name, strings, numbers) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const source = PROGRAM.replace("SEED", String(seed * 613))
        .replace("STRINGS", String(strings))
        .replace("NUMBERS", String(numbers))
        .replace("STEPS", "150");
      const expected = onStock(source);
      expect(expected).not.toMatch(/^error/);
      expect(onOurs(source), `seed ${seed}`).toBe(expected);
    }
  });

  it("is walked in the order of insertion where it is an array in parts", () => {
    const source = `
      local t, order = {}, {}
      for i = 1, 50 do t[i] = true t["after" .. i] = true if i % 7 == 0 then t[i] = nil t["after" .. i - 1] = nil end end
      for i = 51, 60 do t[#t + 1] = true end
      for k in pairs(t) do order[#order + 1] = tostring(k) end
      return table.concat(order, " ")`;
    expect(onOurs(source)).toBe(onStock(source));
  });

  it.each(
    Object.entries({
      "drained from the front": "for i = 1, 60000 do t[i] = i end while next(t) do t[next(t)] = nil end",
      "drained by name": "for i = 1, 60000 do t['k' .. i] = i end while next(t) do t[next(t)] = nil end",
      "a queue": "local head = 1 for i = 1, 60000 do t[i] = i if i % 3 > 0 then t[head] = nil head = head + 1 end end",
      "asked over and over what comes after a gap":
        "for i = 1, 50000 do t[i] = i end for i = 2, 49999 do t[i] = nil end for _ = 1, 30000 do next(t, 1) end",
      "many names after an array that gets shorter":
        "for i = 1, 2000 do t[i] = i end for i = 1, 60000 do t['k' .. i] = i end for i = 1, 1900 do t[#t] = nil t[#t] = nil t[#t + 1] = i end",
      "many names and a small array with gaps":
        "for i = 1, 60000 do t['k' .. i] = i end for i = 1, 4000 do t[1] = i t[2] = i t[1] = nil t.x = i t[2] = nil t.x = nil end",
      "elements and names in turn, taken from the middle":
        "for i = 1, 60000 do t[i] = i t['k' .. i] = i end for i = 30000, 60000 do t['k' .. i] = nil end for i = 30000, 1, -1 do t['k' .. i] = nil end",
      "an array that is given up again and again":
        "for i = 1, 60000 do t['k' .. i] = i end for _ = 1, 500 do for i = 1, 20 do t[i] = i t['x' .. i] = i end for i = 20, 1, -1 do t[i] = nil t['x' .. i] = nil end end",
    }),
  )("costs no more for being large: %s", (_name, body) => {
    const start = process.cpuUsage();
    expect(onOurs(`local t = {} ${body} return "done"`)).toBe("done");
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(3000);
  });
});
