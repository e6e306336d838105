/** Futures of processes on a journal: what was open is asked again after a crash, under the same key, and replay sees what was seen. */
import { describe, expect, it } from "vitest";
import { FakeDisk } from "../support/fake-journal.js";
import { JournalNode, type JournalNodeOptions } from "../support/journal-node.js";
import { VirtualClock } from "../support/virtual.js";

const gatherer = `local funcs = require("funcs")
return function(n)
  local open, got = {}, {}
  for i = 1, n do open[i] = funcs.async("app:job", i) end
  local inbox = process.inbox()
  while true do
    local cases = { inbox:case_receive() }
    for i = 1, n do if open[i] then cases[#cases + 1] = open[i]:response():case_receive() end end
    local r = channel.select(cases)
    if r.channel == inbox then
      local msg = r.value
      if msg:topic() == "cancel" then
        local i = msg:payload():data()
        open[i]:cancel()
        open[i] = nil
      elseif msg:topic() == "leave" then process.upgrade("app:next")
      else msg:reply(got) end
    else
      for i = 1, n do
        if open[i] and r.channel == open[i]:response() then
          local failed = type(r.value) == "userdata" and open[i]:error()
          got[#got + 1] = { i, failed and failed:kind() or r.value:data() }
          open[i] = nil
          break
        end
      end
    end
  end
end`;

const next = `return function()
  while true do process.inbox():receive():reply("next") end
end`;

async function world(options: JournalNodeOptions = {}) {
  const disk = new FakeDisk();
  const clock = new VirtualClock();
  const boot = () => new JournalNode(disk, { "app:main": gatherer, "app:next": next }, { clock, ...options }).start();
  return { boot, clock };
}

const value = (given: number | string) => ({ ok: true, value: given }) as const;
const keys = (node: JournalNode) => node.invoked.map(({ args, key }) => [args[0], key]);

describe("futures of a process on a journal", () => {
  it("are asked at once, each under a key of its own, and answered in any order", async () => {
    const { boot } = await world();
    const node = await boot();
    const pid = await node.spawn("app:main", [3]);
    expect(node.invoked.map(({ args }) => args[0])).toEqual([1, 2, 3]);
    expect(new Set(node.invoked.map(({ key }) => key)).size).toBe(3);
    node.invoked[2]!.done(value("c"));
    await node.idle();
    node.invoked[0]!.done({ ok: false, error: { kind: "CONFLICT", message: "no" } });
    expect(await node.call(pid, "show")).toEqual({
      ok: true,
      value: [
        [3, "c"],
        [1, "CONFLICT"],
      ],
    });
  });

  it("that are open at a crash are asked again under the same key; what was seen is not", async () => {
    const { boot } = await world();
    let node = await boot();
    const pid = await node.spawn("app:main", [3]);
    const asked = keys(node);
    node.invoked[1]!.done(value("b"));
    await node.idle();
    node.kill();
    node = await boot();
    expect(keys(node)).toEqual([asked[0], asked[2]]);
    for (const { args, done } of node.invoked) done(value(`again ${String(args[0])}`));
    await node.idle();
    expect(await node.call(pid, "show")).toEqual({
      ok: true,
      value: [
        [2, "b"],
        [1, "again 1"],
        [3, "again 3"],
      ],
    });
  });

  it("tell after a crash when they were asked for first, and that this is not the first time", async () => {
    const { boot, clock } = await world();
    let node = await boot();
    await node.spawn("app:main", [1]);
    const at = clock.now();
    expect(node.invoked[0]!.asked).toEqual({ at, again: false });
    node.kill();
    clock.advance(60_000);
    node = await boot();
    expect(node.invoked[0]!.asked).toEqual({ at, again: true });
  });

  it("that were cancelled are dropped, and not asked again", async () => {
    const { boot } = await world();
    let node = await boot();
    const pid = await node.spawn("app:main", [2]);
    await node.send(pid, "cancel", 1);
    expect(node.invoked.map(({ dropped }) => dropped)).toEqual([true, false]);
    node.kill();
    node = await boot();
    expect(node.invoked.map(({ args }) => args[0])).toEqual([2]);
    node.invoked[0]!.done(value("b"));
    await node.idle();
    expect(await node.call(pid, "show")).toEqual({ ok: true, value: [[2, "b"]] });
  });

  it("are dropped by an upgrade for good", async () => {
    const { boot } = await world();
    let node = await boot();
    const pid = await node.spawn("app:main", [2]);
    await node.send(pid, "leave");
    expect(node.invoked.map(({ dropped }) => dropped)).toEqual([true, true]);
    node.kill();
    node = await boot();
    expect(node.invoked).toEqual([]);
    expect(await node.call(pid, "show")).toEqual({ ok: true, value: "next" });
  });
});

describe("futures of a workflow on a journal", () => {
  const options = { workflows: ["app:main"], activities: { "app:job": {} } };

  it("are activities: tried again until they succeed, and stopped by a cancel", async () => {
    const { boot } = await world(options);
    const node = await boot();
    const pid = await node.spawn("app:main", [2]);
    node.invoked[0]!.done({ ok: false, error: { kind: "UNAVAILABLE", message: "away" } });
    await node.send(pid, "cancel", 2);
    expect(node.invoked[1]!.dropped).toBe(true);
    await node.advance(1000);
    expect(node.invoked.map(({ args }) => args[0])).toEqual([1, 2, 1]);
    node.invoked[2]!.done(value("a"));
    await node.idle();
    expect(await node.call(pid, "show")).toEqual({ ok: true, value: [[1, "a"]] });
  });
});
