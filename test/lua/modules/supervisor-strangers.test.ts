/** Names in a supervision tree that lead to processes of somebody else's, in virtual time. */
import { describe, expect, it } from "vitest";
import { runTree as run } from "../../support/lua-tree.js";

const stranger = `
  local stranger = process.spawn("app:worker", "test:host", "stranger")
  process.registry.register("taken", stranger)
  local before = time.now()
  local function waited() return time.now():sub(before):milliseconds() end`;

describe("a process that is no supervisor", () => {
  it("whose name a nested supervisor has fails its start, and lives on", () => {
    const { outcome, prints } = run(`return function()
      ${stranger}
      local sup, err = supervisor.start_link{children = {{id = "n", name = "taken", children = {child("a")}}}}
      print("after")
      process.send(stranger, "bye")
      return {sup == nil, tostring(err), waited()}
    end`);
    const said = 'child "n" did not start: this process answers no calls to @supervisor';
    expect(outcome).toEqual({ ok: true, value: [true, said, 0] });
    expect(prints).toEqual(["start stranger", "after"]);
  });
});
