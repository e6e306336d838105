/** Lua programs that start supervision trees, in virtual time: a worker that says what it does, and a helper that describes one. */
import { expect } from "vitest";
import { type SourceSpec, virtualNode } from "./virtual.js";

/** A worker that says what it does, and ends as a message tells it. */
const worker = `
  local inbox, events = process.inbox(), process.events()
  return function(name, how)
    print("start " .. name)
    if how == "crash" then error("boom") end
    while true do
      local got = channel.select{inbox:case_receive(), events:case_receive()}
      if got.channel == events then
        print("stop " .. name)
        return
      end
      if got.value:topic() == "crash" then error("boom") end
      if got.value:topic() == "fail" then return nil, "no" end
      return got.value:topic()
    end
  end`;

/** Run the body of `app:main`, in which `child(id, more)` describes a worker with that id. */
export function runTree(main: string, more: Readonly<Record<string, SourceSpec>> = {}) {
  const source = `
    local supervisor = require("supervisor")
    local time = require("time")
    local function child(id, more)
      local c = {id = id, process = "app:worker", args = {id}}
      for k, v in pairs(more or {}) do c[k] = v end
      return c
    end
    ${main}`;
  const node = virtualNode({ "app:main": source, "app:worker": worker, ...more });
  const outcome = node.run("app:main");
  expect(node.internalErrors).toEqual([]);
  return { outcome, prints: node.prints, node };
}
