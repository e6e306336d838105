/** `process.upgrade`: the same process goes on as another program. */
import { describe, expect, it } from "vitest";
import { virtualNode } from "../support/virtual.js";

const counter = `
local function main(n, seen)
  local inbox, events = process.inbox(), process.events()
  while true do
    local r = channel.select{ inbox:case_receive(), events:case_receive() }
    if r.channel == events then return { "event", r.value.kind, n } end
    local msg = r.value
    if msg:topic() == "upgrade" then
      process.upgrade(msg:payload():data(), n + 1, msg:from())
      error("upgrade came back")
    elseif msg:topic() == "finish" then
      return { n = n, id = process.id(), trap = process.get_options().trap_links }
    end
    process.set_options{ trap_links = true }
    process.send(msg:from(), "echo", n, msg:payload():data(), process.pid())
  end
end
return { main = main }`;

function node() {
  return virtualNode({
    "app:one": counter,
    "app:two": { text: counter },
    "app:broken": "return { other = function() end }",
    "app:test": "return { main = function() end }",
  });
}

describe("process.upgrade", () => {
  it("keeps the pid and unread messages in order, and takes new arguments", () => {
    const under = node();
    const pid = under.spawn("app:one", [1]);
    const exits = under.exits;
    under.send(pid, "upgrade", "app:two");
    under.send(pid, "finish");
    expect(exits).toMatchObject([
      { entry: "app:two", reason: { kind: "normal", value: { n: 2, id: "app:two", trap: false } } },
    ]);
    expect(exits[0]!.pid.text).toBe(pid.text);
  });

  it("nil goes on as the same entry; messages that wait behind it are not lost", () => {
    const under = node();
    const pid = under.spawn("app:one", [1]);
    void under.client.send(pid, "upgrade", null);
    void under.client.send(pid, "upgrade", null);
    void under.client.send(pid, "finish");
    under.clock.runUntilIdle();
    expect(under.exits).toMatchObject([{ reason: { value: { n: 3, id: "app:one" } } }]);
  });

  it("keeps links, monitors and names: who watches hears of the end of the new program", () => {
    const under = virtualNode({
      "app:one": counter,
      "app:boss": `
        return { main = function()
          local pid = process.with_options({}):with_name("it"):spawn_monitored("app:one", "test:host", 1)
          process.send(pid, "upgrade", nil)
          process.send("it", "finish")
          local e = process.events():receive()
          return { e.from == pid, e.result.value.n, (process.registry.lookup("it")) }
        end }`,
    });
    expect(under.run("app:boss")).toEqual({ ok: true, value: [true, 2] });
  });

  it("events that nobody looked at are told to the new program", () => {
    const under = virtualNode({
      "app:one": counter,
      "app:short": "return { main = function() end }",
      "app:old": `
        return { main = function()
          process.spawn_monitored("app:short", "test:host")
          time = require("time")
          time.sleep("1s")
          process.upgrade("app:one", 5)
        end }`,
    });
    expect(under.run("app:old")).toEqual({ ok: true, value: ["event", "pid.exit", 5] });
  });

  it("to what does not exist or cannot start ends the process", () => {
    for (const [entry, kind, words] of [
      ["app:nothing", "NOT_FOUND", "upgrade: factory not found"],
      ["app:broken", "NOT_FOUND", 'upgrade: method "main" not found in module'],
    ]) {
      const under = node();
      const pid = under.spawn("app:one", [1]);
      under.send(pid, "upgrade", entry!);
      expect(under.exits).toMatchObject([{ reason: { kind: "failed", error: { kind, message: words } } }]);
    }
  });

  it("refuses what is not an id, and arguments that may not leave a process", () => {
    const under = node();
    const pid = under.spawn("app:one", [1]);
    under.send(pid, "upgrade", "nocolon");
    expect(under.exits).toMatchObject([{ reason: { kind: "failed", error: { kind: "INVALID" } } }]);
  });
});
