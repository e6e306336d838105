/** Very many children, one of which crashes every millisecond: borne, or the end of the supervisor, as its intensity says. */
import { describe, expect, it } from "vitest";
import type { Program } from "../../actors/index.js";
import { LuaRuntime } from "../../lua/index.js";
import { Probe } from "../support/fakes.js";
import { crash, heapAfterGc, ManyChildren } from "../support/many-children.js";
import { luaSource } from "../support/virtual.js";

function typeScriptChild(): Program {
  return new Probe({
    onMessage: (_message, self) => self.exit(crash),
    onEvent: ({ kind }, self) => {
      if (kind === "cancel") self.exit({ kind: "normal", value: null });
    },
  });
}

const runtime = new LuaRuntime();
const source = luaSource(
  "test:child",
  `local channel, process = require("channel"), require("process")
   return function()
     local events, orders = process.events(), process.listen("crash")
     local result = channel.select({ events:case_receive(), orders:case_receive() })
     if result.channel == orders then error("crash") end
   end`,
);

/** A crash in Lua costs a millisecond or two, so that 10,000 of them are for those who ask. */
const luaCount = Number(process.env.PERDURE_LUA_CHILDREN ?? 2000);

describe.each([
  [10_000, "TypeScript", typeScriptChild],
  [luaCount, "Lua", () => runtime.program(source)],
] as const)("%i children in %s, one of which crashes every millisecond", (count, language, child) => {
  it("all live after as many crashes when 2,000 restarts in a second are borne, and take no more memory", {
    timeout: 300_000,
  }, async () => {
    const many = new ManyChildren(count, child);
    await many.start(2000);
    const before = heapAfterGc();
    const begin = performance.now();
    expect(many.crashEveryMs(count)).toBe(count);
    const tookMs = Math.round(performance.now() - begin);
    expect(new Set(many.ends).size).toBe(count);
    expect(await many.counts()).toEqual({ specs: count, active: count, supervisors: 0, workers: count });
    expect(many.living).toBe(count);
    many.forgetEnds();
    const growth = heapAfterGc() / before - 1;
    console.log(
      `${language}: ${count} crashes in ${tookMs} ms; heap ${Math.round(before / 1e6)} MB, then ${(100 * growth).toFixed(1)} % more`,
    );
    expect(growth).toBeLessThan(0.1);
  });

  it("are stopped in reverse order, within the first second, when 500 are", { timeout: 300_000 }, async () => {
    const many = new ManyChildren(count, child);
    await many.start(500);
    const begin = performance.now();
    const crashes = many.crashEveryMs(count);
    const tookMs = Math.round(performance.now() - begin);
    // The 501st is one too many.
    expect(crashes).toBe(501);
    expect(many.reason).toMatchObject({ kind: "failed", error: { kind: "SHUTDOWN" } });
    const last = many.ends[crashes - 1]!;
    const stops = many.ends.slice(crashes);
    const backwards = Array.from({ length: count }, (_, i) => count - 1 - i).filter((index) => index !== last);
    expect(stops).toEqual([...backwards, "supervisor"]);
    console.log(`${language}: gave up at crash ${crashes} and stopped ${stops.length - 1} children, in ${tookMs} ms`);
  });
});
