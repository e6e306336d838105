/** The module `time`: clock, calendar, zones and waiting. Reference: lua-api 2.5. The parts are in `time/`. */
import type { Call, HostFunction, LuaTable } from "../fengari.js";
import type { LuaProcess, LuaTime, ModuleDefinition, Zone } from "../owner.js";
import { absent, fail } from "./answers.js";
import { durationValue } from "./time/arithmetic.js";
import { timeOfParts } from "./time/calendar.js";
import { durationArgument, durationProblem } from "./time/duration.js";
import { months, weekdays } from "./time/layout.js";
import { rfc3339, rfc3339Nano } from "./time/make-types.js";
import { parseWithLayout } from "./time/parse.js";
import { nowValue, timerFunctions } from "./time/timers.js";
import { type TimeTypes, timeTypesOf, timeValue } from "./time/types.js";
import { fixedZone, loadZone, local, utc } from "./time/zones.js";

export { createTimeTypes } from "./time/make-types.js";
export type { LuaDuration, TimeTypes } from "./time/types.js";

const constants: Readonly<Record<string, number | string>> = {
  NANOSECOND: 1,
  MICROSECOND: 1e3,
  MILLISECOND: 1e6,
  SECOND: 1e9,
  MINUTE: 6e10,
  HOUR: 3.6e12,
  RFC3339: rfc3339,
  RFC3339NANO: rfc3339Nano,
  RFC822: "02 Jan 06 15:04 MST",
  RFC822Z: "02 Jan 06 15:04 -0700",
  RFC850: "Monday, 02-Jan-06 15:04:05 MST",
  RFC1123: "Mon, 02 Jan 2006 15:04:05 MST",
  RFC1123Z: "Mon, 02 Jan 2006 15:04:05 -0700",
  KITCHEN: "3:04PM",
  STAMP: "Jan _2 15:04:05",
  STAMP_MILLI: "Jan _2 15:04:05.000",
  STAMP_MICRO: "Jan _2 15:04:05.000000",
  STAMP_NANO: "Jan _2 15:04:05.000000000",
  DATE_TIME: "2006-01-02 15:04:05",
  DATE_ONLY: "2006-01-02",
  TIME_ONLY: "15:04:05",
};

/**
 * Times are exact to the nanosecond; `unix_nano()` gives the nearest number. The local zone is UTC, so that a process gives the
 * same results on every machine. `Shared.types` must hold the types of `createTimeTypes`.
 */
export const timeModule: ModuleDefinition = {
  name: "time",
  build(shared) {
    const types = timeTypesOf(shared);
    const library = shared.engine.library({ ...calendarFunctions(types), ...timerFunctions(shared) });
    addConstants(library);
    library.set("utc", types.location.wrap(utc));
    library.set("localtz", types.location.wrap(local));
    return library;
  },
};

function addConstants(library: LuaTable): void {
  for (const [name, value] of Object.entries(constants)) library.set(name, value);
  for (const [i, month] of months.entries()) library.set(month.toUpperCase(), i + 1);
  for (const [i, weekday] of weekdays.entries()) library.set(weekday.toUpperCase(), i);
}

function calendarFunctions(types: TimeTypes): Readonly<Record<string, HostFunction<LuaProcess>>> {
  const zone = (call: Call<LuaProcess>, n: number): Zone | undefined =>
    absent(call, n) ? undefined : call.checkUserdata(n, types.location);
  return {
    now: (call) => call.push(nowValue(call.owner, types)),
    date: (call) => call.push(timeValue(call, types, dateOf(call, zone(call, 8) ?? local))),
    unix: (call) => call.push(timeValue(call, types, unixTime(call))),
    parse: (call) => {
      const outcome = parseWithLayout(call.checkString(1), call.checkString(2), zone(call, 3));
      if (!outcome.ok) return fail(call, "INVALID", outcome.problem);
      call.push(timeValue(call, types, outcome.time), undefined);
    },
    parse_duration: (call) => {
      const nanos = durationArgument(call, 1, types);
      if (nanos === undefined) return fail(call, "INVALID", durationProblem(call, 1));
      call.push(durationValue(types, nanos), undefined);
    },
    load_location: (call) => {
      const name = call.checkString(1);
      if (name === "") return fail(call, "INVALID", "empty location name");
      const found = loadZone(name);
      if (found === undefined) return fail(call, "NOT_FOUND", `unknown time zone ${name}`);
      call.push(types.location.wrap(found), undefined);
    },
    fixed_zone: (call) => {
      const offset = call.checkInteger(2);
      if (Math.abs(offset) >= 86_400) call.argumentError(2, "offset in seconds must be less than a day");
      call.push(types.location.wrap(fixedZone(call.checkString(1), offset)));
    },
  };
}

function dateOf(call: Call<LuaProcess>, zone: Zone): LuaTime {
  const [year, month, day, hour] = [
    call.checkInteger(1),
    call.checkInteger(2),
    call.checkInteger(3),
    call.checkInteger(4),
  ];
  const [minute, second, nanos] = [call.checkInteger(5), call.checkInteger(6), call.checkInteger(7)];
  return timeOfParts({ year, month, day, hour, minute, second, nanos }, zone);
}

/** Numbers rather than integers: `t:unix_nano()` is past 2^53 and may come back here. */
function unixTime(call: Call<LuaProcess>): LuaTime {
  const [seconds, nanos] = [call.checkNumber(1), call.checkNumber(2)].map(Math.trunc) as [number, number];
  if (!Number.isFinite(seconds)) call.argumentError(1, "number must be finite");
  if (!Number.isFinite(nanos)) call.argumentError(2, "number must be finite");
  const carry = Math.floor(nanos / 1e9);
  return { seconds: seconds + carry, nanos: Number(BigInt(nanos) - BigInt(carry) * 1_000_000_000n), zone: local };
}
