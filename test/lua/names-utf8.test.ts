/** Names are text: bytes that are no valid UTF-8 are refused, as two of them would be read as the same name. */
import { describe, expect, it } from "vitest";
import { virtualNode } from "../support/virtual.js";

const invalid = (what: string) => `INVALID ${what} is not valid UTF-8`;

function said(body: string) {
  const node = virtualNode({ "app:main": `return function() local me = process.pid() ${body} end` });
  const outcome = node.run("app:main");
  expect(node.internalErrors).toEqual([]);
  return outcome.ok ? outcome.value : outcome.error;
}

const show = `local function show(_, err) return err:kind() .. " " .. err:message() end `;

describe("bytes that are no valid UTF-8", () => {
  it.each([
    ["the topic of a send", `process.send(me, "t\\xff", 1)`, "topic"],
    ["the topic of a call", `process.call(me, "t\\xff", 1)`, "topic"],
    ["the topic of a subscription", `process.listen("t\\xff")`, "topic"],
    ["the topic of a broadcast", `require("pg").open("s"):broadcast("g", "t\\xff", 1)`, "topic"],
    ["a name to register", `process.registry.register("n\\xff")`, "name"],
    ["a name to look up", `process.registry.lookup("n\\xff")`, "name"],
    ["a name to give up", `process.registry.unregister("n\\xff")`, "name"],
    ["a destination", `process.send("n\\xff", "t")`, "destination"],
    ["a callee", `process.call("n\\xff", "t")`, "destination"],
    ["who is to be cancelled", `process.cancel("n\\xff")`, "destination"],
    ["who is to be terminated", `process.terminate("n\\xff")`, "destination"],
    ["a key of the context", `require("ctx").get("k\\xff")`, "key"],
  ])("are refused in %s", (_what, call, named) => {
    expect(said(`${show} return show(${call})`)).toBe(invalid(named));
  });

  it("raise in a spawner, as its other bad arguments do", () => {
    const body = `local spawner, seen = process.with_options({}), {}
      for i, method in ipairs({ "with_name", "with_message" }) do seen[i] = select(2, pcall(spawner[method], spawner, "n\\xff")) end
      return seen`;
    expect(said(body)).toEqual([
      "with_name: the name is not valid UTF-8",
      "with_message: the topic is not valid UTF-8",
    ]);
  });

  it("are named in a key of a context or of options", () => {
    const body = `local seen = {}
      for i, make in ipairs({ "with_context", "with_options" }) do seen[i] = select(2, pcall(process[make], { ["k\\xff"] = 1 })) end
      return seen`;
    expect(said(body)).toEqual(["context keys must be valid UTF-8", "options keys must be valid UTF-8"]);
  });

  it("cannot take the place of another name", () => {
    const body = `assert(process.registry.register("n\\u{FFFD}"))
      return { process.registry.lookup("n\\xff") == nil, process.send("n\\xff", "t") == nil }`;
    expect(said(body)).toEqual([true, true]);
  });

  it("may be in the words of an error, where each is shown as U+FFFD", () => {
    const body = `return { errors.new("m\\xff"):message(), errors.new{message = "m\\xff", kind = "K\\xff"}:message() }`;
    expect(said(body)).toEqual(["m\ufffd", "m\ufffd"]);
  });
});
