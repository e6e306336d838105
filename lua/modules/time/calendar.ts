/** Points in time and calendar fields: exact arithmetic on seconds and nanoseconds, in any zone. */
import type { LuaTime, Zone } from "../../owner.js";
import { civilFromDays, daysFromCivil } from "../../timestamp.js";

/** A moment as its zone's calendar and clock show it. */
export interface Fields {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanos: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 1 to 366. */
  readonly yearDay: number;
  /** Seconds east of UTC. */
  readonly offset: number;
}

const secondsPerDay = 86_400;
const billion = 1_000_000_000n;

/** Seconds of 0001-01-01T00:00:00Z, the zero time; rounding counts from there. */
export const zeroSeconds = -62_135_596_800;

export function fieldsOf(time: LuaTime): Fields {
  const offset = time.zone.offsetAt(time.seconds);
  const shown = time.seconds + offset;
  const days = Math.floor(shown / secondsPerDay);
  const rest = shown - days * secondsPerDay;
  const { year, month, day } = civilFromDays(days);
  return {
    year,
    month,
    day,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
    nanos: time.nanos,
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - daysFromCivil(year, 1, 1) + 1,
    offset,
  };
}

export type DateParts = Pick<Fields, "year" | "month" | "day" | "hour" | "minute" | "second" | "nanos">;

/** The moment when a zone shows these fields; values out of range carry over, such as October 32 to November 1. */
export function timeOfParts(parts: DateParts, zone: Zone): LuaTime {
  const months = parts.month - 1;
  const year = parts.year + Math.floor(months / 12);
  const days = daysFromCivil(year, months - Math.floor(months / 12) * 12 + 1, 1) + parts.day - 1;
  const carry = Math.floor(parts.nanos / 1e9);
  const shown = days * secondsPerDay + parts.hour * 3600 + parts.minute * 60 + parts.second + carry;
  return { seconds: shown - offsetOfShown(shown, zone), nanos: parts.nanos - carry * 1e9, zone };
}

/** The offset when a zone's clock shows this; in a gap or an overlap, one of the two. */
function offsetOfShown(shown: number, zone: Zone): number {
  return zone.offsetAt(shown - zone.offsetAt(shown));
}

export function daysInMonth(year: number, month: number): number {
  return daysFromCivil(month === 12 ? year + 1 : year, (month % 12) + 1, 1) - daysFromCivil(year, month, 1);
}

export function timeOfMillis(milliseconds: number, zone: Zone): LuaTime {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: Math.round((milliseconds - seconds * 1000) * 1e6), zone };
}

/** Nanoseconds since 1970. */
export function totalNanos(time: LuaTime): bigint {
  return BigInt(time.seconds) * billion + BigInt(time.nanos);
}

export function timeOfNanos(total: bigint, zone: Zone): LuaTime {
  const nanos = ((total % billion) + billion) % billion;
  return { seconds: Number((total - nanos) / billion), nanos: Number(nanos), zone };
}

export const inZone = (time: LuaTime, zone: Zone): LuaTime => ({ seconds: time.seconds, nanos: time.nanos, zone });

/** Negative, 0 or positive; zones do not matter. */
export const compareTimes = (a: LuaTime, b: LuaTime): number => a.seconds - b.seconds || a.nanos - b.nanos;

/** To a multiple of the step since the zero time, down or to the nearest, half a step up. A step of zero or less changes nothing. */
export function rounded(time: LuaTime, step: bigint, toNearest: boolean): LuaTime {
  if (step <= 0n) return time;
  const since = totalNanos(time) - BigInt(zeroSeconds) * billion;
  const past = ((since % step) + step) % step;
  const up = toNearest && past * 2n >= step;
  return timeOfNanos(totalNanos(time) - past + (up ? step : 0n), time.zone);
}

/** So many years, months and days further in the calendar of its zone, at the same time of the day. */
export function timeOfMoved(time: LuaTime, years: number, months: number, days: number): LuaTime {
  const fields = fieldsOf(time);
  const moved = { ...fields, year: fields.year + years, month: fields.month + months, day: fields.day + days };
  return timeOfParts(moved, time.zone);
}
