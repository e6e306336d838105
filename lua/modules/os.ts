/** The global `os`: the part about time, from the time of the process's input. Nothing here touches the machine. */
import type { Call, LuaTable } from "../fengari.js";
import type { LuaProcess, LuaTime, ModuleDefinition, Zone } from "../owner.js";
import { type DateParts, type Fields, fieldsOf, timeOfMillis, timeOfParts } from "./time/calendar.js";
import { months, weekdays } from "./time/layout.js";
import { utc } from "./time/zones.js";

const maxSeconds = 2 ** 43;

/**
 * - `os.time([table])`, `os.difftime(a, b)`, `os.date(format?, time?)` with `*t` and `!`. Local time is UTC.
 * - `os.clock()`: seconds since this process first looked at the time.
 * - `os.platform` is "wippy", which programs written for it test.
 *
 * All are deterministic: the clock stands still while a process runs. Specification 2.5, last paragraph.
 */
export const osModule: ModuleDefinition = {
  name: "os",
  global: true,
  build({ engine }) {
    const library = engine.library({
      time: (call) => call.push(call.type(1) === "table" ? fromTable(call) : Math.floor(call.owner.self.now / 1000)),
      clock: (call) => {
        const { self } = call.owner;
        const start = call.owner.state("os.clock", () => ({ at: self.now }));
        call.push((self.now - start.at) / 1000);
      },
      difftime: (call) => call.push(call.checkNumber(1) - call.optNumber(2, 0)),
      date,
    });
    library.set("platform", "wippy");
    return library;
  },
};

function fromTable(call: Call<LuaProcess>): number {
  const table = call.checkTable(1);
  const number = (key: string, fallback?: number): number => {
    const value = table.get(key);
    if (typeof value === "number" && Number.isInteger(value)) return value;
    if (value === undefined && fallback !== undefined) return fallback;
    return call.error(
      value === undefined ? `field '${key}' missing in date table` : `field '${key}' is not an integer`,
    );
  };
  const parts: DateParts = {
    year: number("year"),
    month: number("month"),
    day: number("day"),
    hour: number("hour", 12),
    minute: number("min", 0),
    second: number("sec", 0),
    nanos: 0,
  };
  return inRange(call, timeOfParts(parts, utc).seconds);
}

/** Years of more than eight digits are not exact, and NaN is no time. */
function inRange(call: Call<LuaProcess>, seconds: number): number {
  return Math.abs(seconds) <= maxSeconds ? seconds : call.error("time is out of range");
}

function date(call: Call<LuaProcess>): void {
  const format = call.optString(1, "%c").replace(/^!/, "");
  const seconds = call.optNumber(2, Math.floor(call.owner.self.now / 1000));
  const time = timeOfMillis(inRange(call, Math.floor(seconds)) * 1000, utc);
  const fields = fieldsOf(time);
  if (format.startsWith("*t")) return call.push(dateTable(call, fields));
  call.push(
    format.replace(/%(.?)/gs, (whole, letter: string) => (letters[letter] ?? unknown(call, whole))(fields, time, utc)),
  );
}

function unknown(call: Call<LuaProcess>, conversion: string): never {
  return call.argumentError(1, `invalid conversion specifier '${conversion}'`);
}

function dateTable(call: Call<LuaProcess>, fields: Fields): LuaTable {
  const table = call.engine.table();
  const { year, month, day, hour, minute, second, weekday, yearDay } = fields;
  const entries = { year, month, day, hour, min: minute, sec: second, wday: weekday + 1, yday: yearDay };
  for (const [key, value] of Object.entries(entries)) table.set(key, value);
  table.set("isdst", false);
  return table;
}

type Conversion = (fields: Fields, time: LuaTime, zone: Zone) => string;

const two = (n: number): string => String(n).padStart(2, "0");
const hour12 = (hour: number): number => hour % 12 || 12;
const clock: Conversion = (f) => `${two(f.hour)}:${two(f.minute)}:${two(f.second)}`;

const letters: Readonly<Record<string, Conversion>> = {
  a: (f) => weekdays[f.weekday]!.slice(0, 3),
  A: (f) => weekdays[f.weekday]!,
  b: (f) => months[f.month - 1]!.slice(0, 3),
  B: (f) => months[f.month - 1]!,
  c: (f, time, zone) =>
    `${weekdays[f.weekday]!.slice(0, 3)} ${months[f.month - 1]!.slice(0, 3)} ${String(f.day).padStart(2)} ${clock(f, time, zone)} ${f.year}`,
  d: (f) => two(f.day),
  D: (f) => `${two(f.month)}/${two(f.day)}/${two(f.year % 100)}`,
  F: (f) => `${f.year}-${two(f.month)}-${two(f.day)}`,
  H: (f) => two(f.hour),
  I: (f) => two(hour12(f.hour)),
  j: (f) => String(f.yearDay).padStart(3, "0"),
  m: (f) => two(f.month),
  M: (f) => two(f.minute),
  n: () => "\n",
  p: (f) => (f.hour < 12 ? "AM" : "PM"),
  R: (f) => `${two(f.hour)}:${two(f.minute)}`,
  s: (_f, time) => String(time.seconds),
  S: (f) => two(f.second),
  t: () => "\t",
  T: clock,
  w: (f) => String(f.weekday),
  x: (f) => `${two(f.month)}/${two(f.day)}/${two(f.year % 100)}`,
  X: clock,
  y: (f) => two(f.year % 100),
  Y: (f) => String(f.year),
  z: () => "+0000",
  Z: () => "UTC",
  "%": () => "%",
};
