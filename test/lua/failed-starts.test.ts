/** Processes that cannot start: the spawn says why, and nothing else is left of them. */
import { describe, expect, it } from "vitest";
import { luaHosts, valueOn } from "../support/lua-hosts.js";

const broken = {
  "app:syntax": "local = 1",
  "app:raises": 'error(errors.new{ kind = "CONFLICT", message = "at load", retryable = true })',
  "app:method": "return { other = function() end }",
  "app:waits": 'require("time").sleep("1s") return function() end',
};

const reasons: readonly (readonly [entry: string, kind: string, message: RegExp])[] = [
  ["app:syntax", "INVALID", /^syntax\.lua:1: /],
  ["app:raises", "CONFLICT", /^at load$/],
  ["app:method", "NOT_FOUND", /^method "main" not found in module$/],
  ["app:waits", "INTERNAL", /a module may not wait while it is loaded/],
  ["app:nothing", "NOT_FOUND", /^factory not found$/],
];

describe.each(luaHosts)("on %s", (host) => {
  it.each(reasons)("the spawn of %s fails with %s", async (entry, kind, message) => {
    const body = `local out = {}
      for i, how in ipairs({ "spawn", "spawn_monitored", "spawn_linked", "spawn_linked_monitored" }) do
        local pid, err = process[how]("${entry}", HOST)
        out[i] = { pid == nil, err:kind(), err:message() }
      end
      local r = channel.select{ process.events():case_receive(), time.after("1s"):case_receive() }
      return { out, r.channel == process.events() }`;
    const failed = [true, kind, expect.stringMatching(message)];
    expect(await valueOn(host, body, broken)).toEqual([[failed, failed, failed, failed], false]);
  });

  it("its name is free again, and its startup messages are nobody's", async () => {
    const body = `local spawner = process.with_options({}):with_name("desk"):with_message("hello")
      local _, err = spawner:spawn("app:method", HOST)
      local free = process.registry.lookup("desk") == nil
      local pid = process.with_options({}):with_name("desk"):spawn("app:wait", HOST)
      return { err:kind(), free, process.registry.lookup("desk") == pid }`;
    expect(await valueOn(host, body, broken)).toEqual(["NOT_FOUND", true, true]);
  });

  it("exec gives the same reason, from process and from a spawner", async () => {
    const body = `local function tell(v, e) return { v == nil, e:kind() } end
      local s = process.with_context({ a = 1 })
      return { tell(process.exec("app:method", HOST)), tell(s:exec("app:method", HOST)), tell(s:exec("app:method")), tell(s:exec("method", HOST)) }`;
    expect(await valueOn(host, body, broken)).toEqual([
      [true, "NOT_FOUND"],
      [true, "NOT_FOUND"],
      [true, "INVALID"],
      [true, "INVALID"],
    ]);
  });
});
