/** The time part of `os`, compared with that of PUC-Rio's Lua where it runs in the zone UTC. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { osModule } from "../../../lua/modules/os.js";
import { describeLua, luaProgram } from "../../support/lua.js";
import { Random } from "../../support/random.js";
import { FakeProcess } from "./fake-process.js";

/** 2024-05-06T07:08:09.250Z, a Monday. */
const start = Date.UTC(2024, 4, 6, 7, 8, 9, 250);
const open = () => new FakeProcess({ modules: [osModule], now: start });

describe("os", () => {
  it.each([
    ["os.time()", [1714979289]],
    ["os.date()", ["Mon May  6 07:08:09 2024"]],
    ['os.date("!%Y-%m-%d %X %Z")', ["2024-05-06 07:08:09 UTC"]],
    ['os.date("%z %Z")', ["+0000 UTC"]],
    ["os.platform", ["wippy"]],
    ["os.difftime(7, 2)", [5]],
    ["os.clock() + (elapse(1500) or 0) + os.clock()", [1.5]],
  ])("%s", (expression, expected) => expect(open().eval(expression)).toEqual(expected));

  it("stands still while a process runs: each call gives the time of its input", () => {
    expect(open().run("local a = os.time() for _ = 1, 1e5 do end return os.time() - a, os.clock()")).toEqual([0, 0]);
  });

  it("has nothing that reaches the machine", () => {
    const names =
      "for _, k in ipairs{'execute', 'exit', 'remove', 'rename', 'tmpname', 'getenv', 'setlocale'} do n = n + (os[k] and 1 or 0) end";
    expect(open().run(`local n = 0 ${names} return n`)).toEqual([0]);
  });

  it.each([
    ["os.time({year = 2024, month = 1})", "field 'day' missing in date table"],
    ["os.time({year = 2024, month = 1.5, day = 1})", "field 'month' is not an integer"],
    ["os.time({year = 1e300, month = 1, day = 1})", "time is out of range"],
    ["os.time(5)", "table expected, got number"],
    ['os.date("%Ez")', "invalid conversion specifier '%Ez'"],
    ['os.date("a%")', "invalid conversion specifier '%'"],
  ])("%s raises", (expression, message) => {
    const [ok, text] = open().run(`local ok, e = pcall(function() return ${expression} end) return ok, e`);
    expect([ok, text]).toEqual([false, expect.stringContaining(message)]);
  });
});

describeLua("os, beside PUC-Rio's Lua", () => {
  /** What it prints, line by line. */
  function theirs(script: string): string[] {
    const env = { ...process.env, TZ: "UTC", LC_ALL: "C" };
    const result = spawnSync(luaProgram(), ["-"], { input: script, env, encoding: "utf8" });
    if (result.status !== 0) throw new Error(result.stderr);
    return result.stdout.trimEnd().split("\n");
  }
  const random = new Random(7);
  const moments = Array.from({ length: 300 }, () => random.below(4_000_000_000) - 500_000_000);

  it("formats with every conversion", () => {
    const formats = [..."aAbBcCdDeFgGhHIjmMpRrSTuUVwWxXyYzZ"].map((letter) => `%${letter}`);
    const format = [...formats, "%Ec %EC %Ex %EX %Ey %EY %Od %Oe %OH %OI %Om %OM %OS %Ou %OU %OV %Ow %OW %Oy %%"].join(
      "|",
    );
    const script = moments.map((at) => `print(os.date("${format}", ${at}))`).join("\n");
    const fake = open();
    expect(moments.map((at) => fake.eval(`os.date("${format}", ${at})`)[0])).toEqual(theirs(script));
  });

  it("normalises the fields of a date", () => {
    const dates = Array.from({ length: 200 }, () => {
      const [month, day, hour] = [random.below(40) - 15, random.below(800) - 400, random.below(100) - 50];
      const fields = `year = ${1970 + random.below(80)}, month = ${month}, day = "${day}"`;
      return random.below(3) === 0
        ? `{${fields}}`
        : `{${fields}, hour = ${hour}, min = ${random.below(200) - 100}, sec = ${random.below(9999)}}`;
    });
    const body = (date: string) => `local t = ${date} local at = os.time(t)
      return string.format("%d %d %d %d %d %d %d %d %d %s", at, t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, tostring(t.isdst))`;
    const fake = open();
    const script = dates.map((date) => `print((function() ${body(date)} end)())`).join("\n");
    expect(dates.map((date) => fake.run(body(date))[0])).toEqual(theirs(script));
  });
});
