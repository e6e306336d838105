/** Starting processes from Lua: the spawn family, the spawner, exec. */
import { describe, expect, it } from "vitest";
import { H, problemOf, value } from "../support/lua-children.js";
import { virtualNode } from "../support/virtual.js";

describe("spawn", () => {
  it("gives the pid; arguments become main's parameters", () => {
    expect(
      value(`
      local pid, err = process.spawn_monitored("app:value", ${H}, 1, nil, { "x" })
      local event = process.events():receive()
      return { err == nil, event.from == pid, event.result.value }`),
    ).toEqual([true, true, { "1": 1, "3": ["x"] }]);
  });

  it("a monitored child that ends at once still gives EXIT, after spawn returned", () => {
    expect(
      value(`
      local pid = process.spawn_monitored("app:value", ${H})
      local event = process.events():receive()
      return { event.kind == process.event.EXIT, event.from == pid, type(event.at), event.result.error == nil, event.error == nil }`),
    ).toEqual([true, true, "number", true, true]);
  });

  it("refuses bad usage in the words of the variant", () => {
    for (const name of ["spawn", "spawn_monitored", "spawn_linked", "spawn_linked_monitored"]) {
      expect(problemOf(`process.${name}("app:value")`)).toEqual([
        true,
        "INVALID",
        `${name} requires at least id and host arguments`,
        false,
      ]);
    }
  });

  it("answers what is missing: the entry, the host", () => {
    expect(problemOf(`process.spawn("app:nothing", ${H})`)).toEqual([true, "NOT_FOUND", "factory not found", false]);
    expect(problemOf('process.spawn("app:value", "no:host")')).toEqual([true, "NOT_FOUND", "host not found", false]);
  });

  it("spawned without a relation says nothing when it ends", () => {
    expect(
      value(`
      process.spawn("app:crash", ${H})
      local r = channel.select{ process.events():case_receive(), time.after("1s"):case_receive() }
      return r.channel == process.events()`),
    ).toBe(false);
  });
});

describe("the spawner", () => {
  it("is immutable: every with_* gives a new one", () => {
    expect(
      value(`
      local base = process.with_context({ a = 1 })
      local one, two = base:with_name("one"), base:with_message("hello", 7)
      local p1, p2 = one:spawn("app:wait", ${H}), base:spawn("app:wait", ${H})
      return { base ~= one, process.registry.lookup("one") == p1, p1 ~= p2 }`),
    ).toEqual([true, true, true]);
  });

  it("with_message: startup messages are there first, in order, from the parent", () => {
    const result = value(`
      local pid = process.with_options({}):with_message("a", 1):with_message("b", 2):spawn_monitored("app:inbox", ${H}, 3)
      process.send(pid, "c", 3)
      local seen = process.events():receive().result.value
      for _, m in ipairs(seen) do if m[2] ~= process.pid() then return m end end
      return { seen[1][1], seen[2][1], seen[3][1], seen[2][3] }`);
    expect(result).toEqual(["a", "b", "c", 2]);
  });

  it("with_name on a taken name starts nothing: its pid, and the messages go there", () => {
    expect(
      value(`
      local first = process.with_options({}):with_name("desk"):spawn("app:echo", ${H})
      local second = process.with_options({}):with_name("desk"):with_message("hello", "x"):spawn_monitored("app:crash", ${H})
      local msg = process.inbox():receive()
      local event = process.events():receive()
      return { first == second, msg:topic(), msg:payload()[1]:data(), event.from == first }`),
    ).toEqual([true, "echo", "hello", true]);
  });

  it("raises for bad usage", () => {
    const errors = value(`
      local s = process.with_context({})
      local function err(f, ...) local ok, e = pcall(f, ...) return tostring(e) end
      return {
        err(process.with_context, { [1] = 2 }), err(process.with_options, { [true] = 2 }), err(process.with_context, nil),
        err(s.with_name, s, ""), err(s.with_message, s, "@x"), err(s.spawn, s, "app:value"),
        s:with_context({ [1] = 2 }) ~= nil, err(s.with_options, s, { [1] = 2 }),
      }`);
    expect(errors).toEqual([
      expect.stringMatching(/context keys must be strings, got a number$/),
      expect.stringMatching(/options keys must be strings, got a boolean$/),
      expect.stringMatching(/bad argument #1 to '.*with_context' \(table expected, got nil\)/),
      expect.stringMatching(/with_name: the name cannot be empty$/),
      expect.stringMatching(/with_message: cannot send to @ topics$/),
      expect.stringMatching(/spawn requires at least id and host arguments$/),
      true,
      expect.stringMatching(/options keys must be strings, got a number$/),
    ]);
  });

  it("context is merged and inherited by children of children", () => {
    const node = virtualNode({
      "app:main": `return function()
        return process.with_context({ a = 1, b = 1 }):with_context({ b = 2 }):exec("app:middle", ${H})
      end`,
      "app:middle": `return function() return process.exec("app:leaf", ${H}) end`,
      "app:leaf": 'return function() return (require("ctx").all()) end',
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: { a: 1, b: 2 } });
  });
});

describe("exec", () => {
  it("waits for the result, without an event", () => {
    expect(
      value(`
      local events = process.events()
      local v, err = process.exec("app:value", ${H}, 1, 2)
      return { v, err == nil, channel.select{ events:case_receive(), default = true }.default }`),
    ).toEqual([[1, 2], true, true]);
  });

  it("gives the child's error with kind, message, retryable and details", () => {
    expect(
      value(
        `local v, e = process.exec("app:fail", ${H}, "gone") return { v == nil, e:kind(), e:message(), e:retryable(), e:details().n }`,
      ),
    ).toEqual([true, "NOT_FOUND", "gone", false, 1]);
  });

  const refusals: [string, string][] = [
    ['process.exec("app:value")', "exec requires id and host arguments"],
    [`process.exec("", ${H})`, "process ID required"],
    [`process.exec("value", ${H})`, "invalid process ID format (namespace:name required)"],
    ['process.exec("app:value", "")', "host ID required"],
  ];
  for (const [call, message] of refusals) {
    it(`${call} is INVALID: ${message}`, () => expect(problemOf(call)).toEqual([true, "INVALID", message, false]));
  }

  it("keeps the kind when the child cannot start", () => {
    expect(problemOf(`process.exec("app:nothing", ${H})`)).toEqual([true, "NOT_FOUND", "factory not found", false]);
  });
});
