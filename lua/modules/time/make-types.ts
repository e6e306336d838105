/** The userdata types Time, Duration and Location of one engine. Reference: lua-api 2.5. */
import type { Call, Engine, MethodFunction, Pushable, UserdataType } from "../../fengari.js";
import type { LuaProcess, LuaTime, Zone } from "../../owner.js";
import { durationValue, operators } from "./arithmetic.js";
import {
  compareTimes,
  type Fields,
  fieldsOf,
  inZone,
  rounded,
  timeOfMoved,
  timeOfNanos,
  totalNanos,
  zeroSeconds,
} from "./calendar.js";
import {
  durationArgument,
  durationProblem,
  formatDuration,
  hour,
  microsecond,
  millisecond,
  minute,
  second,
} from "./duration.js";
import { formatLayout, maxLayoutLength } from "./layout.js";
import { type LuaDuration, type TimeTypes, timeValue } from "./types.js";
import { local, utc } from "./zones.js";

/** `2006-01-02T15:04:05.999999999Z07:00`: what `tostring` of a Time gives. */
export const rfc3339Nano = "2006-01-02T15:04:05.999999999Z07:00";
export const rfc3339 = "2006-01-02T15:04:05Z07:00";

/** Make the types; once per engine, for `Shared.types`. */
export function createTimeTypes(engine: Engine<LuaProcess>): TimeTypes {
  const duration = durationType(engine, () => types);
  const location: UserdataType<Zone> = engine.userdataType<Zone>("Location", {
    methods: { string: (call, self) => call.push(self.name) },
    metamethods: { __tostring: (call) => call.push(call.checkUserdata(1, location).name) },
  });
  const time: UserdataType<LuaTime> = engine.userdataType<LuaTime>("Time", {
    methods: { ...fieldMethods, ...timeMethods(() => types) },
    metamethods: {
      ...operators(() => types),
      __tostring: (call) => call.push(formatLayout(call.checkUserdata(1, time), rfc3339Nano)),
    },
  });
  const types: TimeTypes = { time, duration, location };
  return types;
}

function durationType(engine: Engine<LuaProcess>, types: () => TimeTypes): UserdataType<LuaDuration> {
  const whole =
    (unit: bigint): MethodFunction<LuaDuration, LuaProcess> =>
    (call, self) =>
      call.push(Number(self.nanos / unit));
  const float =
    (unit: bigint): MethodFunction<LuaDuration, LuaProcess> =>
    (call, self) =>
      call.push(Number(self.nanos / unit) + Number(self.nanos % unit) / Number(unit));
  const type: UserdataType<LuaDuration> = engine.userdataType<LuaDuration>("Duration", {
    methods: {
      nanoseconds: whole(1n),
      microseconds: whole(microsecond),
      milliseconds: whole(millisecond),
      seconds: float(second),
      minutes: float(minute),
      hours: float(hour),
      string: (call, self) => call.push(formatDuration(self.nanos)),
    },
    metamethods: {
      ...operators(types),
      __tostring: (call) => call.push(formatDuration(call.checkUserdata(1, type).nanos)),
    },
  });
  return type;
}

type TimeMethod = MethodFunction<LuaTime, LuaProcess>;

const field =
  (...names: (keyof Fields)[]): TimeMethod =>
  (call, self) => {
    const fields = fieldsOf(self);
    call.push(...names.map((name) => fields[name]));
  };

const fieldMethods: Readonly<Record<string, TimeMethod>> = {
  date: field("year", "month", "day"),
  clock: field("hour", "minute", "second"),
  year: field("year"),
  month: field("month"),
  day: field("day"),
  hour: field("hour"),
  minute: field("minute"),
  second: field("second"),
  nanosecond: field("nanos"),
  weekday: field("weekday"),
  year_day: field("yearDay"),
  unix: (call, self) => call.push(self.seconds),
  unix_nano: (call, self) => call.push(Number(totalNanos(self))),
  is_zero: (call, self) => call.push(self.seconds === zeroSeconds && self.nanos === 0),
  format: (call, self) => {
    const layout = call.checkString(2);
    if (layout.length > maxLayoutLength) call.argumentError(2, `a layout may have ${maxLayoutLength} characters`);
    call.push(formatLayout(self, layout));
  },
  format_rfc3339: (call, self) => call.push(formatLayout(self, rfc3339)),
};

function timeMethods(types: () => TimeTypes): Readonly<Record<string, TimeMethod>> {
  const other = (call: Call<LuaProcess>): LuaTime => call.checkUserdata(2, types().time);
  const zone =
    (pick: (call: Call<LuaProcess>) => Zone): TimeMethod =>
    (call, self) =>
      call.push(types().time.wrap(inZone(self, pick(call))));
  return {
    add: (call, self) => {
      const nanos = durationArgument(call, 2, types()) ?? call.argumentError(2, durationProblem(call, 2));
      call.push(timeValue(call, types(), timeOfNanos(totalNanos(self) + nanos, self.zone)));
    },
    sub: (call, self) => call.push(durationValue(types(), totalNanos(self) - totalNanos(other(call)))),
    add_date: (call, self) => addDate(call, self, types()),
    before: (call, self) => call.push(compareTimes(self, other(call)) < 0),
    after: (call, self) => call.push(compareTimes(self, other(call)) > 0),
    equal: (call, self) => call.push(compareTimes(self, other(call)) === 0),
    utc: zone(() => utc),
    in_local: zone(() => local),
    in_location: zone((call) => call.checkUserdata(2, types().location)),
    location: (call, self) => call.push(types().location.wrap(self.zone)),
    round: (call, self) => call.push(step(call, self, types(), true)),
    truncate: (call, self) => call.push(step(call, self, types(), false)),
  };
}

function addDate(call: Call<LuaProcess>, self: LuaTime, types: TimeTypes): void {
  const [years, months, days] = [call.checkInteger(2), call.checkInteger(3), call.checkInteger(4)];
  call.push(timeValue(call, types, timeOfMoved(self, years, months, days)));
}

function step(call: Call<LuaProcess>, self: LuaTime, types: TimeTypes, toNearest: boolean): Pushable {
  const { nanos } = call.checkUserdata(2, types.duration);
  return timeValue(call, types, rounded(self, nanos, toNearest));
}
