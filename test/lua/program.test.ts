/** A Lua entry as a program: entry point, results, errors, coroutines, preemption, budgets. */
import { describe, expect, it } from "vitest";
import { virtualNode } from "../support/virtual.js";
import { failureOf, run } from "./run-lua.js";

describe("the entry point", () => {
  it("is the function that the module returns, whatever method says", () => {
    expect(run({ text: "return function(a, b) return a + b end", method: "other" }, 1, 2)).toEqual({
      ok: true,
      value: 3,
    });
  });

  it("is the method of the table that the module returns", () => {
    expect(run({ text: "local M = {} function M.go(a) return a * 2 end return M", method: "go" }, 4)).toEqual({
      ok: true,
      value: 8,
    });
  });

  it("is NOT_FOUND when the module has no such method, and the process never starts", () => {
    for (const text of ["return {}", "return { main = 1 }", "return 5", ""]) {
      const node = virtualNode({ "app:main": text });
      const outcome = node.run("app:main");
      expect(outcome).toMatchObject({
        ok: false,
        error: { kind: "NOT_FOUND", message: 'method "main" not found in module' },
      });
      expect(node.exits).toEqual([]);
    }
  });

  it("does not start when the chunk fails: the message has file and line", () => {
    const error = failureOf("local x = nil\nreturn x.y");
    expect(error).toMatchObject({ kind: "INTERNAL" });
    expect(error.message).toMatch(/^main\.lua:2: attempt to index a nil value/);
    expect(error.stack).toMatch(/main\.lua:2:/);
  });

  it("does not start when the source does not compile: INVALID with file and line", () => {
    const error = failureOf("local a = 1\nlocal = 2");
    expect(error).toMatchObject({ kind: "INVALID", retryable: false });
    expect(error.message).toMatch(/^main\.lua:2: /);
  });

  it("does not start when the chunk tries to wait", () => {
    const error = failureOf("process.send(process.pid(), 'a') return function() end");
    expect(error.message).toBe("main.lua:1: a module may not wait while it is loaded; do it in the entry point");
  });

  it("does not start when the chunk never ends", () => {
    expect(failureOf("while true do end", { budgetInstructions: 100_000 })).toMatchObject({
      kind: "RESOURCE_EXHAUSTED",
    });
  });

  it("runs with globals of its own: one process does not see what another sets", () => {
    const node = virtualNode({ "app:main": "return function() counter = (counter or 0) + 1 return counter end" });
    expect([node.run("app:main"), node.run("app:main")]).toEqual([
      { ok: true, value: 1 },
      { ok: true, value: 1 },
    ]);
  });
});

describe("what main returns", () => {
  const cases: [string, unknown][] = [
    ["return", null],
    ["return nil", null],
    ["return 5, nil", 5],
    ["return { a = 1 }", { a: 1 }],
    ["return 1, 2", 1],
    ["return 1, true", 1],
    ["return 1, {}", 1],
    ["return 1, nil, 'ignored'", 1],
  ];
  for (const [text, value] of cases) {
    it(`\`${text}\` is a result`, () => expect(run(`return function() ${text} end`)).toEqual({ ok: true, value }));
  }

  it("fails when the second value is a string: INTERNAL, not retryable, the first value is thrown away", () => {
    expect(run("return function() return false, 'no stock' end")).toEqual({
      ok: false,
      error: { kind: "INTERNAL", message: "no stock", retryable: false },
    });
  });

  it("fails when the second value is an error object, which keeps everything", () => {
    const error = failureOf(`return function()
      return nil, errors.new{ kind = errors.NOT_FOUND, message = "no order", retryable = true, details = { id = 7 } }
    end`);
    expect(error).toMatchObject({ kind: "NOT_FOUND", message: "no order", retryable: true, details: { id: 7 } });
  });

  it("fails when the result may not leave the process, naming the path", () => {
    const error = failureOf("return function() return { a = { print } } end");
    expect(error).toMatchObject({
      kind: "INVALID",
      message: "result.a[1] is a function, which cannot leave a process",
    });
  });
});

describe("a raised error", () => {
  it("ends the process with INTERNAL, retryable unset, and a Lua traceback without JavaScript", () => {
    const error = failureOf("local function f() error('boom') end\nreturn function()\n  f()\nend");
    expect(error).toMatchObject({ kind: "INTERNAL", message: "main.lua:1: boom" });
    expect(error.retryable).toBeUndefined();
    expect(error.stack).toMatch(/main\.lua:1: in .*\n.*main\.lua:3: in/);
    expect(error.stack).not.toMatch(/\.js|\.ts|node_modules/);
  });

  it("keeps the kind of an error object, retryable as it says", () => {
    const error = failureOf("return function() error(errors.new{ kind = 'Conflict', message = 'taken' }) end");
    expect(error).toMatchObject({ kind: "CONFLICT", message: "taken" });
    expect(error.retryable).toBeUndefined();
    expect(error.stack).toMatch(/main\.lua:1:/);
  });

  it("is shown as text when it is any other value", () => {
    expect(failureOf("return function() error({}) end").message).toMatch(/table/);
    expect(
      failureOf("return function() error(setmetatable({}, { __tostring = function() return 'T!' end })) end").message,
    ).toBe("T!");
  });

  it("in a spawned coroutine ends the whole process", () => {
    const error = failureOf(`return function()
      coroutine.spawn(function() error("in child") end)
      process.inbox():receive()
    end`);
    expect(error.message).toBe("main.lua:2: in child");
  });
});

describe("coroutine.spawn", () => {
  it("appends to the run queue; the caller goes on first", () => {
    const node = virtualNode({
      "app:main": `return function()
        local done = channel.new()
        for i = 1, 3 do coroutine.spawn(function() print("child " .. i) if i == 3 then done:send(true) end end) end
        print("main")
        done:receive()
      end`,
    });
    node.run("app:main");
    expect(node.prints).toEqual(["main", "child 1", "child 2", "child 3"]);
  });

  it("children die silently when main returns", () => {
    const node = virtualNode({
      "app:main": `return function()
        coroutine.spawn(function() process.inbox():receive() print("never") end)
        return "done"
      end`,
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: "done" });
    expect(node.prints).toEqual([]);
  });

  it("gives no arguments, and refuses what is not a function", () => {
    expect(failureOf("return function() coroutine.spawn(5) end").message).toMatch(
      /bad argument #1 to 'spawn' \(function expected, got number\)/,
    );
  });

  it("blocking calls work inside coroutines that the program makes itself", () => {
    const text = `return function()
      local co = coroutine.wrap(function()
        local ok = process.send(process.pid(), "hello", 42)
        local msg = process.inbox():receive()
        coroutine.yield(msg:payload():data())
        return ok
      end)
      local first = co()
      return { first, co() }
    end`;
    expect(run(text)).toEqual({ ok: true, value: [42, true] });
  });

  it("blocking calls raise where Lua cannot yield, and nothing is lost by it", () => {
    const text = `return function()
      local inbox = process.inbox()
      local ok, err = pcall(table.sort, { 3, 2, 1 }, function(a, b) inbox:receive() return a < b end)
      process.send(process.pid(), "hello", "kept")
      return { ok, tostring(err):find("yield") ~= nil, inbox:receive():payload():data() }
    end`;
    expect(run(text)).toEqual({ ok: true, value: [false, true, "kept"] });
  });
});

describe("a process with nothing to wait for", () => {
  it("waits quietly on a channel that nobody feeds, and says so once in the log", () => {
    const node = virtualNode({ "app:main": "return function() channel.new():receive() end" });
    expect(node.tryRun("app:main")).toBeUndefined();
    expect(node.logs).toMatchObject([
      { level: "debug", message: "every coroutine waits on a channel that nobody else can feed" },
    ]);
  });

  it("is a deadlock error when a coroutine waits for what was dropped", () => {
    const node = virtualNode(
      { "app:main": { text: "return function() require('hang')() end", modules: ["hang"] } },
      {
        modules: [
          {
            name: "hang",
            build: ({ engine }) => engine.fn("hang", (call) => call.owner.suspend(call, () => {})),
          },
        ],
      },
    );
    const outcome = node.run("app:main");
    expect(outcome).toMatchObject({
      ok: false,
      error: { kind: "INTERNAL", message: "all coroutines blocked with no pending operations" },
    });
  });
});

describe("instructions", () => {
  const spin = "return function() local n = 0 for i = 1, 200000 do n = n + i % 7 end return n end";

  it("are sliced: other processes run while one computes", () => {
    const node = virtualNode(
      {
        "app:long": "return function() for i = 1, 200000 do end print('long') end",
        "app:short": "return function() print('short') end",
      },
      { sliceInstructions: 1000, maxSlices: 10_000 },
    );
    node.begin("app:long");
    node.begin("app:short");
    node.clock.runUntilIdle();
    expect(node.prints).toEqual(["short", "long"]);
  });

  it("give the same result however they are sliced", () => {
    const results = [undefined, 1, 50, 1000].map((sliceInstructions) => {
      const limits = sliceInstructions === undefined ? {} : { sliceInstructions };
      return virtualNode({ "app:main": spin }, { ...limits, maxSlices: 10_000_000 }).run("app:main");
    });
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
  });

  it("a pre-empted coroutine goes on before the others: slicing does not reorder", () => {
    const text = `return function()
      local done = channel.new(3)
      for i = 1, 3 do
        coroutine.spawn(function() for _ = 1, 500 do end print(i) done:send(i) end)
      end
      for _ = 1, 3 do done:receive() end
    end`;
    const node = virtualNode({ "app:main": text }, { sliceInstructions: 100 });
    node.run("app:main");
    expect(node.prints).toEqual(["1", "2", "3"]);
  });

  it("past the budget of a turn end the process with RESOURCE_EXHAUSTED, also under pcall", () => {
    const text = "return function() pcall(function() while true do pcall(error) end end) end";
    expect(failureOf(text, { sliceInstructions: 1000, budgetInstructions: 20_000 })).toMatchObject({
      kind: "RESOURCE_EXHAUSTED",
      message: "instruction budget of 20000 exceeded",
    });
  });

  it("count anew when the process has waited", () => {
    const text = `return function()
      local inbox = process.inbox()
      for i = 1, 50 do for _ = 1, 1000 do end process.send(process.pid(), "tick") inbox:receive() end
      return "fine"
    end`;
    const node = virtualNode({ "app:main": text }, { sliceInstructions: 1000, budgetInstructions: 20_000 });
    expect(node.run("app:main")).toEqual({ ok: true, value: "fine" });
  });

  it("are limited by the host's slices when there is no budget", () => {
    const error = failureOf("return function() while true do end end", { sliceInstructions: 1000, maxSlices: 5 });
    expect(error).toMatchObject({ kind: "RESOURCE_EXHAUSTED" });
    expect(error.stack).toMatch(/in function <main\.lua:1>/);
  });
});
