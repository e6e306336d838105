/** The global `os`: the part about time, from the time of the process's input. Nothing here touches the machine. */
import type { Call, LuaTable } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { absent } from "./answers.js";
import { formatDate } from "./os/format.js";
import { type Fields, fieldsOf, timeOfMillis, timeOfParts } from "./time/calendar.js";
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
      time: (call) => call.push(absent(call, 1) ? Math.floor(call.owner.self.now / 1000) : fromTable(call)),
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

/** As in Lua, the table shows afterwards the time that came out. */
function fromTable(call: Call<LuaProcess>): number {
  const table = call.checkTable(1);
  const number = (key: string, fallback?: number): number => {
    const value = table.get(key);
    const given = typeof value === "string" && /^\s*[-+]?\d+\s*$/.test(value) ? Number(value) : value;
    if (typeof given === "number" && Number.isInteger(given)) return given;
    if (value === undefined && fallback !== undefined) return fallback;
    return call.error(
      value === undefined ? `field '${key}' missing in date table` : `field '${key}' is not an integer`,
    );
  };
  const [second, minute, hour] = [number("sec", 0), number("min", 0), number("hour", 12)];
  const [day, month, year] = [number("day"), number("month"), number("year")];
  const seconds = inRange(call, timeOfParts({ year, month, day, hour, minute, second, nanos: 0 }, utc).seconds);
  if (!table.frozen) showDate(table, fieldsOf(timeOfMillis(seconds * 1000, utc)));
  return seconds;
}

/** Years of more than eight digits are not exact, and NaN is no time. */
function inRange(call: Call<LuaProcess>, seconds: number): number {
  return Math.abs(seconds) <= maxSeconds ? seconds : call.error("time is out of range");
}

function date(call: Call<LuaProcess>): void {
  const format = (absent(call, 1) ? "%c" : charactersOf(call.checkBytes(1))).replace(/^!/, "");
  const seconds = call.optNumber(2, Math.floor(call.owner.self.now / 1000));
  const fields = fieldsOf(timeOfMillis(inRange(call, Math.floor(seconds)) * 1000, utc));
  if (format.startsWith("*t")) {
    const table = call.engine.table();
    showDate(table, fields);
    return call.push(table);
  }
  const text = formatDate(format, fields, Math.floor(seconds));
  if (typeof text === "string") call.push(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  else call.argumentError(1, `invalid conversion specifier '${text.unknown}'`);
}

/** One character for each byte: what is no conversion passes as it is. */
function charactersOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function showDate(table: LuaTable, fields: Fields): void {
  const { year, month, day, hour, minute, second, weekday, yearDay } = fields;
  const entries = { year, month, day, hour, min: minute, sec: second, yday: yearDay, wday: weekday + 1 };
  for (const [key, value] of Object.entries(entries)) table.set(key, value);
  table.set("isdst", false);
}
