import { describe, expect, it } from "vitest";
import { timeModule } from "../../../lua/modules/time.js";
import { FakeProcess } from "./fake-process.js";

/** 2024-05-06T07:08:09.250Z, a Monday. */
const start = Date.UTC(2024, 4, 6, 7, 8, 9, 250);
const open = () => new FakeProcess({ modules: [timeModule], now: start });
const evaluate = (expression: string) => open().eval(expression);
const failureOf = (expression: string) =>
  open().run(`local v, e = ${expression}; return v, e:kind(), e:message(), e:retryable()`);
const raised = (expression: string) => {
  const [ok, message] = open().run(`local ok, e = pcall(function() return ${expression} end); return ok, tostring(e)`);
  expect(ok).toBe(false);
  return message;
};
const moment = "time.date(2024, 5, 6, 17, 8, 9, 120456000, time.utc)";

describe("constants", () => {
  it.each([
    ["time.HOUR", 3.6e12],
    ["time.MINUTE * 2", 1.2e11],
    ["time.DECEMBER", 12],
    ["time.SUNDAY", 0],
    ["time.SATURDAY", 6],
    ["time.KITCHEN", "3:04PM"],
    ["time.utc:string()", "UTC"],
    ["time.localtz:string()", "Local"],
  ])("%s", (expression, expected) => expect(evaluate(expression)).toEqual([expected]));
});

describe("durations", () => {
  it.each([
    ['"1h30m"', "1h30m0s"],
    ['"500ms"', "500ms"],
    ['"1.5s"', "1.5s"],
    ['"-1m0.5s"', "-1m0.5s"],
    ['"2us"', "2\u00b5s"],
    ['"1500us"', "1.5ms"],
    ['"0"', "0s"],
    ["0", "0s"],
    ["90 * time.SECOND", "1m30s"],
    ["7", "7ns"],
    ['time.parse_duration("3s")', "3s"],
    ['"2562047h47m16.854775807s"', "2562047h47m16.854775807s"],
  ])("parse_duration(%s) is %s", (value, text) => {
    expect(evaluate(`tostring(time.parse_duration(${value}))`)).toEqual([text]);
  });

  it.each(['"abc"', '"5"', '""', '"1h "', '"3000000h"', "{}", "nil", "0/0", "true", '"."', '".s"'])(
    "parse_duration(%s) is INVALID",
    (value) => {
      expect(failureOf(`time.parse_duration(${value})`)).toEqual([
        undefined,
        "INVALID",
        expect.stringContaining("invalid duration"),
        false,
      ]);
    },
  );

  it("are read in all units", () => {
    const script = `local d = time.parse_duration("1h30m0.5s")
      return d:nanoseconds(), d:microseconds(), d:milliseconds(), d:seconds(), d:minutes(), d:hours()`;
    expect(open().run(script)).toEqual([
      5400500000000, 5400500000, 5400500, 5400.5, 90.00833333333334, 1.5001388888888889,
    ]);
  });

  it("compare and calculate", () => {
    const script = `local d = time.parse_duration
      return d("1m") == d("60s"), d("1s") < d("2s"), d("2s") <= d("1s"), tostring(d("1m") + d("1s")), tostring(d("1m") - "1s"),
        tostring(d("1m") * 3), tostring(2 * d("1m")), tostring(d("1m") / 2), d("1m") / d("1s"), tostring(-d("1m")), "in " .. d("1s")`;
    expect(open().run(script)).toEqual([true, true, false, "1m1s", "59s", "3m0s", "2m0s", "30s", 60, "-1m0s", "in 1s"]);
  });
});

describe("a time", () => {
  it.each([
    ["now():unix()", [Math.floor(start / 1000)]],
    ["now():nanosecond()", [250_000_000]],
    ["now():location():string()", ["Local"]],
    ["unix(1, 5):format_rfc3339()", ["1970-01-01T00:00:01Z"]],
    ["unix(0, -1):nanosecond()", [999_999_999]],
    ["unix(0, time.unix(1700000000, 0):unix_nano()):unix()", [1_700_000_000]],
    ["date(2024, 10, 32, 0, 0, 0, 0):format(time.DATE_ONLY)", ["2024-11-01"]],
    ["date(2024, 14, 1, 0, 0, 0, 0):format(time.DATE_ONLY)", ["2025-02-01"]],
    ["date(2024, 0, 1, -1, 0, 0, 0):format(time.DATE_TIME)", ["2023-11-30 23:00:00"]],
    ["date(2024, 2, 29, 0, 0, 0, 0):year_day()", [60]],
    ["date(2024, 12, 31, 0, 0, 0, 0):year_day()", [366]],
    ["date(1969, 12, 31, 23, 59, 59, 5):unix()", [-1]],
    ["date(1, 1, 1, 0, 0, 0, 0):is_zero()", [true]],
    ["now():is_zero()", [false]],
  ])("time.%s", (expression, expected) => expect(evaluate(`time.${expression}`)).toEqual(expected));

  it.each([
    ["date()", [2024, 5, 6]],
    ["clock()", [17, 8, 9]],
    ["weekday()", [1]],
    ["year_day()", [127]],
    ["nanosecond()", [120456000]],
    ['add("1h"):hour()', [18]],
    ["add(time.SECOND * 60):minute()", [9]],
    ["add_date(0, -3, 1):format(time.DATE_ONLY)", ["2024-02-07"]],
    ["add_date(1, 0, -127):format(time.DATE_ONLY)", ["2024-12-30"]],
    ["sub(time.unix(0, 0)):hours()", [476393.13586679334]],
    ['truncate(time.parse_duration("1h")):format(time.TIME_ONLY)', ["17:00:00"]],
    ['round(time.parse_duration("10m")):format(time.TIME_ONLY)', ["17:10:00"]],
    ['truncate(time.parse_duration("168h")):weekday()', [1]],
    [`utc():equal(${moment})`, [true]],
    ['in_location(time.fixed_zone("X", 19800)):format(time.RFC3339NANO)', ["2024-05-06T22:38:09.120456+05:30"]],
    ['in_location(time.load_location("America/New_York")):format("15:04 MST -0700")', ["13:08 EDT -0400"]],
  ])("%s", (method, expected) => expect(evaluate(`(${moment}):${method}`)).toEqual(expected));

  it("compares and calculates", () => {
    const script = `local a, b = time.unix(1, 0), time.unix(2, 500)
      return a:before(b), a:after(b), a < b, a == time.unix(1, 0):in_location(time.fixed_zone("", 60)), tostring(b - a), tostring(a + "1s"),
        tostring(b - "1s"), tostring(time.parse_duration("1s") + a)`;
    expect(open().run(script)).toEqual([
      ...[true, false, true, true, "1.0000005s"],
      ...["1970-01-01T00:00:02Z", "1970-01-01T00:00:01.0000005Z", "1970-01-01T00:00:02Z"],
    ]);
  });

  it.each([
    ['time.now():add("x")', "invalid duration"],
    ['time.now():round("1h")', "Duration"],
    ["time.date(2024, 1, 1, 0, 0, 0, 0, 5)", "Location"],
    ["time.unix(1)", "bad argument #2"],
    ["time.date(1e15, 1, 1, 0, 0, 0, 0)", "out of range"],
    ["time.now() < 5", "attempt to compare"],
  ])("%s raises", (expression, message) => expect(raised(expression)).toContain(message));
});

describe("zones", () => {
  it("have words for their times in every part of the world", () => {
    const script = `local function word(zone, ...) return time.date(...):in_location(time.load_location(zone)):format("MST") end
      return word("Asia/Tokyo", 2024, 1, 1, 0, 0, 0, 0), word("Australia/Sydney", 2024, 1, 1, 0, 0, 0, 0),
        word("Europe/London", 2024, 7, 1, 0, 0, 0, 0), word("Asia/Tehran", 2024, 1, 1, 0, 0, 0, 0), word("UTC", 2024, 1, 1, 0, 0, 0, 0)`;
    expect(open().run(script)).toEqual(["JST", "AEDT", "BST", "+0330", "UTC"]);
  });

  it("give a time in a gap or an overlap of their clock one of its two offsets, the one that Go takes", () => {
    const script = `local berlin = time.load_location("Europe/Berlin")
      local function at(...) return time.date(...):format_rfc3339() end
      return at(2024, 3, 31, 2, 30, 0, 0, berlin), at(2024, 10, 27, 2, 30, 0, 0, berlin)`;
    expect(open().run(script)).toEqual(["2024-03-31T03:30:00+02:00", "2024-10-27T02:30:00+01:00"]);
  });

  it("know daylight saving and history", () => {
    const script = `local berlin = time.load_location("Europe/Berlin")
      local function at(...) return time.date(...):format("2006-01-02T15:04:05Z07:00 MST") end
      return at(2024, 3, 31, 1, 59, 59, 0, berlin), at(2024, 3, 31, 3, 0, 0, 0, berlin), at(2024, 10, 27, 4, 0, 0, 0, berlin),
        time.unix(1711846800, 0):in_location(berlin):hour()`;
    expect(open().run(script)).toEqual([
      ...["2024-03-31T01:59:59+01:00 CET", "2024-03-31T03:00:00+02:00 CEST", "2024-10-27T04:00:00+01:00 CET", 3],
    ]);
  });

  it.each([
    ['""', "INVALID", "empty location name"],
    ['"Mars/Base"', "NOT_FOUND", "unknown time zone Mars/Base"],
    ['"+05:30"', "NOT_FOUND", "unknown time zone +05:30"],
  ])("load_location(%s) fails", (name, kind, message) => {
    expect(failureOf(`time.load_location(${name})`)).toEqual([undefined, kind, message, false]);
  });
});

describe("format", () => {
  it.each([
    ["Monday, January 2, 2006", "Monday, May 6, 2024"],
    ["Mon Jan _2 06", "Mon May  6 24"],
    ["3:04PM", "5:08PM"],
    ["03:04:05 pm", "05:08:09 pm"],
    ["15h 4m 5s", "17h 8m 9s"],
    ["05.000", "09.120"],
    ["05.000000000", "09.120456000"],
    ["05.999", "09.12"],
    ["05,999999", "09,120456"],
    ["002 __2", "127 127"],
    ["Z07:00 -0700 -07:00:00", "Z +0000 +00:00:00"],
    ["January Month 1 01", "May Month 5 05"],
    ["_2006", "_2024"],
    ["", ""],
  ])("%j", (layout, text) => expect(evaluate(`(${moment}):format(${JSON.stringify(layout)})`)).toEqual([text]));
});

describe("parse", () => {
  it.each([
    ["time.RFC3339", "2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"],
    ["time.RFC3339", "2024-05-06T07:08:09.5+02:00", "2024-05-06T07:08:09.5+02:00"],
    ["time.RFC3339NANO", "2024-05-06T07:08:09.123456789-03:30", "2024-05-06T07:08:09.123456789-03:30"],
    ["time.RFC1123", "Mon, 06 May 2024 07:08:09 UTC", "2024-05-06T07:08:09Z"],
    ["time.RFC1123Z", "Mon, 06 May 2024 07:08:09 +0200", "2024-05-06T07:08:09+02:00"],
    // As Go: the clock of a name that is not known counts as UTC, and is shown with the offset that the name says.
    ["time.RFC850", "Monday, 06-May-24 07:08:09 GMT+2", "2024-05-06T09:08:09+02:00"],
    ["time.RFC850", "Monday, 06-May-24 07:08:09 CEST", "2024-05-06T07:08:09Z"],
    ["time.DATE_ONLY", "2024-02-29", "2024-02-29T00:00:00Z"],
    ["time.KITCHEN", "12:05AM", "0000-01-01T00:05:00Z"],
    ["time.STAMP", "Feb  3 10:11:12", "0000-02-03T10:11:12Z"],
    ['"06 2 Jan"', "70 1 dec", "1970-12-01T00:00:00Z"],
    ['"2006 002"', "2024 060", "2024-02-29T00:00:00Z"],
    ['"2006-01-02 15:04:05.000"', "2024-05-06 07:08:09.250", "2024-05-06T07:08:09.25Z"],
  ])("%s reads %s", (layout, text, expected) => {
    expect(evaluate(`tostring((time.parse(${layout}, "${text}")))`)).toEqual([expected]);
  });

  it("takes a location for texts without a zone", () => {
    const script = `local t = time.parse(time.DATE_TIME, "2024-07-01 12:00:00", time.load_location("America/New_York"))
      return t:format_rfc3339(), t:location():string()`;
    expect(open().run(script)).toEqual(["2024-07-01T12:00:00-04:00", "America/New_York"]);
  });

  it.each([
    ["time.DATE_ONLY", "2023-02-29", "day out of range"],
    ["time.DATE_ONLY", "2023-13-01", 'expected "01" at "13-01"'],
    ["time.DATE_ONLY", "2023-1-01", 'expected "01" at "1-01"'],
    ["time.DATE_ONLY", "2023-01-01x", 'extra text "x"'],
    ["time.RFC3339", "yesterday", 'expected "2006" at "yesterday"'],
    ["time.TIME_ONLY", "25:00:00", 'expected "15" at "25:00:00"'],
  ])("%s refuses %s", (layout, text, why) => {
    expect(failureOf(`time.parse(${layout}, "${text}")`)).toEqual([
      undefined,
      "INVALID",
      expect.stringContaining(why),
      false,
    ]);
  });
});

describe("sleep", () => {
  it.each([
    ['"1.5s"', 1500],
    ["time.MILLISECOND * 20", 20],
    ["1", 1],
    ["0", 0],
    ["-5", 0],
  ])("sleeps %s", (duration, milliseconds) => {
    const fake = open();
    expect(fake.run(`time.sleep(${duration})`)).toEqual([]);
    expect(fake.now - start).toBe(milliseconds);
  });

  it("returns an error for a bad duration", () => {
    expect(failureOf('time.sleep("soon")').slice(0, 2)).toEqual([undefined, "INVALID"]);
  });
});

describe.each(["after", "timer", "ticker"])("%s", (name) => {
  it.each(["0", "-1", '"-5s"'])("refuses %s", (duration) => {
    expect(failureOf(`time.${name}(${duration})`)).toEqual([
      undefined,
      "INVALID",
      `time.${name}: duration must be > 0`,
      false,
    ]);
  });
  it("refuses what is no duration", () => {
    expect(failureOf(`time.${name}("soon")`).slice(0, 2)).toEqual([undefined, "INVALID"]);
  });
});

describe("after", () => {
  it("gives one time and closes", () => {
    const script = `local ch = time.after("2s")
      local t, ok = ch:receive()
      local none, more = ch:receive()
      return t:unix(), ok, none, more`;
    expect(open().run(script)).toEqual([start / 1000 + 2 - 0.25, true, undefined, false]);
  });
});

describe("a timer", () => {
  it("fires once, with a time", () => {
    const script = `local timer = time.timer("2s")
      local t = timer:response():receive()
      elapse(10000)
      return t:unix(), timer:channel() == timer:response(), timer:response():buffered(), timer:stop()`;
    expect(open().run(script)).toEqual([start / 1000 + 2 - 0.25, true, 0, false]);
  });

  it("that is stopped is silent and closed", () => {
    const fake = open();
    const script = `local timer = time.timer("2s")
      local stopped = timer:stop()
      elapse(5000)
      return stopped, timer:response():buffered(), timer:response():closed(), timer:stop(), timer:reset("1s"), timer:response():receive()`;
    expect(fake.run(script)).toEqual([true, 0, true, false, false, undefined, false]);
    expect(fake.dropped).toEqual([1]);
  });

  it("that is reset fires at the new time only", () => {
    const script = `local timer = time.timer("2s")
      elapse(1000)
      local active = timer:reset("3s")
      elapse(2000)
      local early = timer:response():buffered()
      local t = timer:response():receive()
      return active, early, t:unix() - ${Math.floor(start / 1000)}`;
    expect(open().run(script)).toEqual([true, 0, 4]);
  });

  it("can be armed again after firing", () => {
    const script = `local timer = time.timer("1s")
      timer:response():receive()
      local active = timer:reset("1s")
      return active, (timer:response():receive()):unix() - ${Math.floor(start / 1000)}`;
    expect(open().run(script)).toEqual([false, 2]);
  });

  it("that is reset after firing shows no trace of the firing that nobody received", () => {
    const script = `local timer = time.timer("1s")
      elapse(1500)
      local active = timer:reset("2s")
      local stale = timer:response():buffered()
      local t = timer:response():receive()
      return active, stale, t:unix() - ${Math.floor(start / 1000)}`;
    expect(open().run(script)).toEqual([false, 0, 3]);
  });

  it("that fires before it is stopped says so; what it gave can still be received", () => {
    const script = `local timer = time.timer("1s")
      elapse(1500)
      local stopped = timer:stop()
      local t, ok = timer:response():receive()
      local none, more = timer:response():receive()
      return stopped, t ~= nil, ok, none, more`;
    expect(open().run(script)).toEqual([false, true, true, undefined, false]);
  });

  it.each(['"x"', "0"])("raises for a reset to %s", (duration) => {
    expect(raised(`time.timer("1s"):reset(${duration})`)).toContain("bad argument");
  });
});

describe("a ticker", () => {
  it("ticks without drift until stopped", () => {
    const script = `local ticker = time.ticker("1.5s")
      local at = {}
      for i = 1, 3 do at[i] = (ticker:response():receive()):sub(time.unix(${start / 1000 - 0.25}, 250000000)):milliseconds() end
      return at[1], at[2], at[3], ticker:stop(), ticker:channel():receive()`;
    expect(open().run(script)).toEqual([1500, 3000, 4500, true, undefined, false]);
  });

  it("keeps 16 ticks and drops the others", () => {
    expect(open().run('local t = time.ticker("1s"); elapse(60000); return t:response():buffered()')).toEqual([16]);
  });

  it("leaves out the ticks that a late process has missed", () => {
    const script = 'local t = time.ticker("1s"); jump(10500); elapse(1000); return t:response():buffered()';
    expect(open().run(script)).toEqual([2]);
  });
});
