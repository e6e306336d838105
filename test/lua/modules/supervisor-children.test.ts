/** Children of supervisors that were started from Lua, in virtual time. */
import { describe, expect, it } from "vitest";
import { runTree as run } from "../../support/lua-tree.js";

describe("children", () => {
  it("that fail by a returned error are started again, also transient ones", () => {
    const { outcome } = run(`return function()
      local sup = assert(supervisor.start_link{children = {child("a", {restart = "transient"})}})
      local function pid() return supervisor.which_children(sup)[1].pid end
      local before = pid()
      process.send(before, "fail")
      time.sleep("1ms")
      local after = pid()
      process.send(after, "fine")
      time.sleep("1ms")
      return {after ~= nil and after ~= before, supervisor.which_children(sup)[1].status}
    end`);
    expect(outcome).toEqual({ ok: true, value: [true, "stopped"] });
  });

  it("get the context of the starter, and their own over it", () => {
    const { outcome } = run(
      `local ctx = require("ctx")
      return function()
        local spawner = process.with_context{who = "ann", what = "tree"}
        return spawner:exec("app:inner", "test:host")
      end`,
      {
        "app:inner": `local supervisor = require("supervisor")
          return function()
            assert(supervisor.start_link{children = {
              {id = "a", process = "app:teller", args = {process.pid()}, context = {what = "leaf"}, restart = "temporary"},
            }})
            return process.listen("told"):receive()
          end`,
        "app:teller": `local ctx = require("ctx")
          return function(to) process.send(to, "told", {ctx.get("who"), ctx.get("what")}) end`,
      },
    );
    expect(outcome).toEqual({ ok: true, value: ["ann", "leaf"] });
  });

  it("act as the actor of the starter, also with a context of their own", () => {
    const { outcome } = run(
      `local security = require("security")
      return function()
        return process.with_context({}):with_actor(security.new_actor("ann")):exec("app:inner", "test:host")
      end`,
      {
        "app:inner": `local supervisor = require("supervisor")
          return function()
            assert(supervisor.start_link{children = {
              {id = "a", process = "app:teller", args = {process.pid()}, context = {x = 1}, restart = "temporary"},
            }})
            return process.listen("told"):receive()
          end`,
        "app:teller": `local security = require("security")
          return function(to) process.send(to, "told", security.actor():id()) end`,
      },
    );
    expect(outcome).toEqual({ ok: true, value: "ann" });
  });

  it("that are supervisors start with their own children, and end with them", () => {
    const { outcome, prints } = run(`return function()
      local inner = {id = "inner", strategy = "one_for_all", children = {child("x"), child("y")}}
      local sup = assert(supervisor.start_link{children = {child("a"), inner}})
      local shown = supervisor.which_children(sup)[2]
      local counted = supervisor.count_children(shown.pid).active
      supervisor.terminate_child(sup, "inner")
      return {shown.type, shown.process == supervisor.PROCESS, counted, supervisor.count_children(sup).supervisors}
    end`);
    expect(outcome).toEqual({ ok: true, value: ["supervisor", true, 2, 1] });
    expect(prints).toEqual(["start a", "start x", "start y", "stop y", "stop x", "stop a"]);
  });
});
