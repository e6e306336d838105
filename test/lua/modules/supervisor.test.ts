/** The Lua module `supervisor`, in virtual time. */
import { describe, expect, it } from "vitest";
import { runTree as run } from "../../support/lua-tree.js";

describe("start_link", () => {
  it("answers with the pid once all children have started, on the host of the caller", () => {
    const { outcome } = run(`return function()
      local sup = assert(supervisor.start_link{children = {child("a"), child("b")}})
      local count = supervisor.count_children(sup)
      return {sup:find("test:host") ~= nil, count.specs, count.active, count.supervisors, count.workers}
    end`);
    expect(outcome).toEqual({ ok: true, value: [true, 2, 2, 0, 2] });
  });

  it("names the field that is wrong", () => {
    const { outcome } = run(`return function()
      local pid, err = supervisor.start_link{children = {child("a"), child("b", {shutdown = "soon"})}}
      return {pid == nil, err:kind(), err:message(), err:details().field}
    end`);
    expect(outcome).toEqual({
      ok: true,
      value: [
        true,
        "INVALID",
        'children[2].shutdown must be a duration such as "5s" or "kill" or "infinity"',
        "children[2].shutdown",
      ],
    });
  });

  it("names the child that did not start, and the caller lives on", () => {
    const { outcome } = run(`return function()
      local pid, err = supervisor.start_link{children = {child("a"), child("b", {process = "app:nobody"})}}
      time.sleep("1s")
      return {pid == nil, err:kind(), err:message()}
    end`);
    expect(outcome).toEqual({ ok: true, value: [true, "NOT_FOUND", 'child "b" did not start: factory not found'] });
  });

  it("registers the name, and refuses one that is taken", () => {
    const { outcome } = run(`return function()
      local sup = assert(supervisor.start_link{name = "tree", children = {}})
      local again, err = supervisor.start_link{name = "tree", children = {}}
      return {process.registry.lookup("tree") == sup, again == nil, err:kind(), supervisor.count_children("tree").specs}
    end`);
    expect(outcome).toEqual({ ok: true, value: [true, true, "ALREADY_EXISTS", 0] });
  });

  it("ends with its starter, children first and in reverse order", () => {
    const { prints } = run(`return function()
      assert(supervisor.start_link{children = {child("a"), child("b")}})
      time.sleep("1s")
    end`);
    expect(prints).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  it("takes its starter along when it gives up", () => {
    const { outcome } = run(
      `return function()
        assert(supervisor.start_link{intensity = 1, children = {child("a", {args = {"a", "crash"}})}})
        time.sleep("10s")
      end`,
    );
    expect(outcome).toMatchObject({ ok: false, error: { message: "linked process failed" } });
  });

  it("tells a starter that traps links why it gave up", () => {
    const { outcome } = run(`return function()
      process.set_options{trap_links = true}
      local sup = supervisor.start_link{intensity = 1, children = {child("a", {args = {"a", "crash"}})}}
      local event = process.events():receive()
      local err = event.result.error
      return {event.kind == process.event.LINK_DOWN, event.from == sup, err:kind(), err:details().reason, err:details().child}
    end`);
    expect(outcome).toEqual({ ok: true, value: [true, true, "SHUTDOWN", "reached_max_restart_intensity", "a"] });
  });
});

describe("the six functions", () => {
  it("start, stop, start again and forget a child", () => {
    const { outcome } = run(`return function()
      local sup = assert(supervisor.start_link{children = {}})
      local seen = {}
      local function see(value, err) table.insert(seen, err and err:kind() or value == true or type(value)) end
      see(supervisor.start_child(sup, child("a")))
      see(supervisor.start_child(sup, child("a")))
      see(supervisor.restart_child(sup, "a"))
      see(supervisor.delete_child(sup, "a"))
      see(supervisor.terminate_child(sup, "a"))
      see(supervisor.terminate_child(sup, "a"))
      see(supervisor.start_child(sup, child("a")))
      see(supervisor.restart_child(sup, "a"))
      see(supervisor.terminate_child(sup, "a"))
      see(supervisor.delete_child(sup, "a"))
      see(supervisor.delete_child(sup, "a"))
      see(supervisor.restart_child(sup, "nobody"))
      see(supervisor.terminate_child("nowhere", "a"))
      return seen
    end`);
    expect(outcome).toEqual({
      ok: true,
      value: [
        "string",
        "ALREADY_EXISTS",
        "CONFLICT",
        "CONFLICT",
        true,
        true,
        "ALREADY_EXISTS",
        "string",
        true,
        true,
        "NOT_FOUND",
        "NOT_FOUND",
        "NOT_FOUND",
      ],
    });
  });

  it("show the children in starting order", () => {
    const { outcome } = run(`return function()
      local sup = assert(supervisor.start_link{children = {child("a"), child("b", {restart = "transient"})}})
      supervisor.terminate_child(sup, "a")
      local children = supervisor.which_children(sup)
      local b = children[2]
      return {#children, children[1].id, children[1].pid == nil, children[1].status, b.id, type(b.pid), b.status, b.type, b.restart, b.process}
    end`);
    expect(outcome).toEqual({
      ok: true,
      value: [2, "a", true, "stopped", "b", "string", "running", "worker", "transient", "app:worker"],
    });
  });

  it("add arguments to those of the template of a simple_one_for_one", () => {
    const { outcome, prints } = run(`return function()
      local template = {id = "x", process = "app:worker", args = {"one"}, restart = "temporary"}
      local sup = assert(supervisor.start_link{strategy = "simple_one_for_one", children = {template}})
      local first = assert(supervisor.start_child(sup, {}))
      local second = assert(supervisor.start_child(sup, {"crash"}))
      time.sleep("1ms")
      local left = supervisor.which_children(sup)
      local stopped = supervisor.terminate_child(sup, first)
      local again, err = supervisor.terminate_child(sup, first)
      return {#left, left[1].pid == first, left[1].id == nil, stopped, err:kind(), supervisor.count_children(sup).active}
    end`);
    expect(outcome).toEqual({ ok: true, value: [1, true, true, true, "NOT_FOUND", 0] });
    expect(prints).toEqual(["start one", "start one", "stop one"]);
  });

  it("refuse what is no child, no id and no supervisor", () => {
    const { outcome } = run(`return function()
      local sup = assert(supervisor.start_link{children = {}})
      local seen = {}
      for _, call in ipairs{
        function() return supervisor.start_link(1) end,
        function() return supervisor.start_child(sup, {id = "a"}) end,
        function() return supervisor.start_child(sup, "a") end,
        function() return supervisor.terminate_child(sup) end,
        function() return supervisor.which_children() end,
        function() return supervisor.start_child(sup, {id = "a", process = "app:worker", args = {print}}) end,
      } do
        local value, err = call()
        table.insert(seen, tostring(value) .. " " .. err:kind() .. ": " .. err:message())
      end
      return seen
    end`);
    expect(outcome).toEqual({
      ok: true,
      value: [
        "nil INVALID: start_link takes a table, not a number",
        'nil INVALID: child.process is required: the id of the entry to run, such as "app:worker"',
        "nil INVALID: start_child takes a child or a list of arguments as a table, not a string",
        "nil INVALID: the child's id must be text that is not empty, not nil",
        "nil INVALID: the supervisor's pid or name must be text that is not empty, not nil",
        "nil INVALID: child.args[1] is a function, which cannot leave a process",
      ],
    });
  });
});

describe("a request to a process that is no supervisor", () => {
  it("is refused at once, whatever that process does", () => {
    const { outcome } = run(`return function()
      local sup = assert(supervisor.start_link{children = {child("a")}})
      local before = time.now()
      local value, err = supervisor.count_children(supervisor.which_children(sup)[1].pid)
      return {value == nil, err:kind(), err:message(), time.now():sub(before):nanoseconds()}
    end`);
    const message = "this process answers no calls to @supervisor";
    expect(outcome).toEqual({ ok: true, value: [true, "INVALID", message, 0] });
  });
});
