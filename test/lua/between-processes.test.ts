/** What processes of one runtime share, tables of modules, strings, pids, must carry nothing from one to the other. */
import { describe, expect, it } from "vitest";
import { sliceInstructions } from "../../lua/index.js";
import { allModules, virtualNode } from "../support/virtual.js";
import { evaluate, openWorld, valuesOf } from "./engine-support.js";

describe("what a process has been sent", () => {
  it("is its own: neither the sender nor another receiver changes it, nor it what it reads again", () => {
    const sources = {
      "app:reader": `return function()
        local inbox = process.inbox()
        local payload = inbox:receive():payload()
        local first = payload:data()
        local seen = first.list[1]
        first.list[1], first.mine = "changed", true
        inbox:receive()
        local again = payload:data()
        return { seen, again.list[1], again.mine == nil, again ~= first }
      end`,
      "app:main": `return function()
        local a = process.spawn_monitored("app:reader", "test:host")
        local b = process.spawn_monitored("app:reader", "test:host")
        local value = { list = { "kept" } }
        process.send(a, "value", value)
        process.send(b, "value", value)
        value.list[1] = "changed by the sender"
        process.send(a, "go")
        process.send(b, "go")
        local events = process.events()
        return { events:receive().result.value, events:receive().result.value }
      end`,
    };
    const row = ["kept", "kept", true, true];
    expect(virtualNode(sources).run("app:main")).toEqual({ ok: true, value: [row, row] });
  });

  it("is its own also when a payload goes on as it came", () => {
    const sources = {
      "app:last": `return function()
        local value = process.inbox():receive():payload():data()
        value.n = value.n + 1
        return value.n
      end`,
      "app:main": `return function()
        process.send(process.pid(), "value", { n = 1 })
        local payload = process.inbox():receive():payload()
        local events, seen = process.events(), {}
        for i = 1, 2 do
          process.send(process.spawn_monitored("app:last", "test:host"), "value", payload)
          seen[i] = events:receive().result.value
        end
        return { seen[1], seen[2], payload:data().n }
      end`,
    };
    expect(virtualNode(sources).run("app:main")).toEqual({ ok: true, value: [2, 2, 1] });
  });
});

describe("what processes share", () => {
  it("takes nothing from any of them: modules, their functions' tables, and the metatables of strings and host objects", () => {
    const text = `
      local names = { ${allModules.map((name) => `"${name}"`).join(", ")} }
      return function(mark)
        local leaks = {}
        local function try(name, t)
          if type(t) ~= "table" then return end
          if t.mark ~= nil or pcall(function() t.mark = mark end) or pcall(rawset, t, "mark", mark) then leaks[#leaks + 1] = name end
          if pcall(setmetatable, t, {}) then leaks[#leaks + 1] = "metatable of " .. name end
          for key, inner in pairs(t) do try(name .. "." .. tostring(key), inner) end
        end
        for _, name in ipairs(names) do try(name, require(name)) end
        for _, name in ipairs({ "string", "table", "math", "coroutine", "process", "channel", "errors", "payload" }) do try(name, _G[name]) end
        process.send(process.pid(), "t", 1)
        local inbox = process.inbox()
        local message = inbox:receive()
        for _, value in ipairs({ "", inbox, message, message:payload(), errors.new("x") }) do
          if getmetatable(value) then leaks[#leaks + 1] = "metatable of " .. tostring(value) end
          if pcall(function() value.mark = mark end) then leaks[#leaks + 1] = "field of " .. tostring(value) end
        end
        if seen ~= nil then leaks[#leaks + 1] = "a global" end
        seen = mark
        return #leaks == 0 and "nothing" or leaks
      end`;
    const node = virtualNode({ "app:main": text });
    for (const mark of [1, 2]) expect(node.run("app:main", mark)).toEqual({ ok: true, value: "nothing" });
    expect(node.internalErrors).toEqual([]);
  });

  it("keeps a bounded number of strings, each as it was", () => {
    const world = openWorld();
    const { strings } = (world.engine as unknown as { isolate: { G: { strings: Map<string, unknown> } } }).isolate.G;
    for (let i = 0; i < 10_000; i++) world.engine.ref(`text ${i}`);
    expect(strings.size).toBeGreaterThan(0);
    expect(strings.size).toBeLessThanOrEqual(1024);
    world.engine.ref("x".repeat(65));
    expect(strings.has("x".repeat(65))).toBe(false);
    world.engine.shared.set("text", "text 1");
    expect(valuesOf(world, world.thread("return text == 'text ' .. 1, #text").resume())).toEqual([true, 6]);
    expect(evaluate("return 'text 1'")).toEqual(["text 1"]);
  });
});

describe("a process that reads what it was sent while it slept", () => {
  it("gives others their turns, a slice after a slice, and ends within the limits of an app", () => {
    const sources = {
      "app:ticker": `return function()
        local inbox, ticks = process.inbox(), nil
        while true do
          process.send(process.pid(), "tick")
          local topic = inbox:receive():topic()
          if topic == "begin" then ticks = 0
          elseif topic == "end" then return ticks
          elseif ticks then ticks = ticks + 1 end
        end
      end`,
      "app:main": `return function(count)
        for i = 1, count do process.send(process.pid(), "n", i) end
        require("time").sleep("1ms")
        local ticker = process.spawn_monitored("app:ticker", "test:host")
        local inbox, sum = process.inbox(), 0
        process.send(ticker, "begin")
        for _ = 1, count do sum = sum + inbox:receive():payload():data() end
        process.send(ticker, "end")
        return { sum, process.events():receive().result.value }
      end`,
    };
    const node = virtualNode(sources, { sliceInstructions, maxSlices: 20_000 });
    const outcome = node.run("app:main", 100_000);
    expect(outcome).toMatchObject({ ok: true, value: [5_000_050_000, expect.any(Number)] });
    const [, ticks] = (outcome as { value: unknown }).value as [number, number];
    expect(ticks).toBeGreaterThan(100);
  }, 60_000);
});
