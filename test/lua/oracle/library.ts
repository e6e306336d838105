/** The rest of the library: what is there, os, and functions of Lua 5.1. */
import { type Case, differs, same } from "./compare.js";

export const library: readonly Case[] = [
  ...same(`
    _VERSION, math.pi == 3.141592653589793, math.huge > 0
    os.time({ year = 2024, month = 2, day = 29, hour = 12 }), os.time({ year = 1970, month = 1, day = 1, hour = 0 }), os.time({ year = 2024, month = 14, day = -3, hour = 0, min = 90, sec = 61 })
    os.time({ year = 2024 })
    os.time({ year = "x", month = 1, day = 1 })
    os.time({ year = 2024, month = 1.5, day = 1 })
    os.time({ year = "2024", month = "2", day = 29.0, hour = 0 })
    os.time(5)
    os.date("%Y-%m-%d %H:%M:%S", 0), os.date("!%c", 86400), os.date("%x %X %p", 3600), os.date("%a %A %b %B %d %j %U %w %W %y %%", 1e9), os.date("%D %F %R %T %e %I %M %n%t", 1e9)
    os.date("%C %g %G %h %r %u %V", 1e9)
    os.date("%Ec %EC %Ex %EX %Ey %EY %Od %Oe %OH %OI %Om %OM %OS %Ou %OU %OV %Ow %OW %Oy", 1e9)
    os.date("%Q", 0)
    os.date("%E", 0)
    os.date("%", 0)
    local t = os.date("*t", 1e9) return t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst
    local t = os.date("!*t", 0) return t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst
    os.time(os.date("*t", 1e9)), os.date("", 0), os.date("plain", 0)
    os.date({}, 0)
    os.date("%Y", "x")
    os.date("%Y", -1), os.date("%Y", 0.0), os.date("%Y", "86400")
    local t = { year = 2024, month = 14, day = 1 } os.time(t) return t.year, t.month, t.day, t.hour, t.yday
    os.difftime(5, 3), os.difftime(3, 5), type(os.clock()), os.clock() >= 0, type(os.time()), type(os.date())
    os.difftime()
    type(os.time), type(string.pack), type(table.move), type(math.ult), type(coroutine.isyieldable), type(select)
  `),
  ...differs("a program may not compile, read files, look into the engine or load native code", {
    "load, loadstring, loadfile, dofile, collectgarbage, rawlen": "true nil nil nil nil nil nil",
    "io, debug, utf8, package, bit32, string.dump": "true nil nil nil nil nil nil",
    "os.execute, os.exit, os.remove, os.rename, os.tmpname, os.getenv, os.setlocale":
      "true nil nil nil nil nil nil nil",
  }),
  ...differs("what Lua 5.1 has is there", {
    "unpack({ 1, 2 })": "true 1 2",
    "unpack == table.unpack": "true true",
    "os.difftime(5)": "true 5",
    'os.date("%Y", 1.5)': 'true "1970"',
  }),
  ...differs("a time is at most 2^43 seconds away", {
    'os.date("%Y", 1e300)': 'false "c:1: time is out of range"',
  }),
  ...differs("seconds since 1970, as many C libraries have it", { 'os.date("%s", 5)': 'true "5"' }),
  ...differs("types are called as casts in typed Lua", {
    'string(5), integer("7"), number("1.5"), boolean(true)': 'true "5" 7 1.5 true',
  }),
  ...differs("modules are read-only", {
    "do string.x = 1 end": 'false "c:1: attempt to modify a read-only table"',
  }),
];
