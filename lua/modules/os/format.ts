/** The conversions of `os.date`: those of C99's strftime in the C locale, at UTC. */
import { civilFromDays, daysFromCivil } from "../../timestamp.js";
import type { Fields } from "../time/calendar.js";
import { months, weekdays } from "../time/layout.js";

type Conversion = (fields: Fields, seconds: number) => string;

const two = (n: number): string => String(n).padStart(2, "0");
const spaced = (n: number): string => String(n).padStart(2);
const hour12 = (hour: number): number => hour % 12 || 12;
const half = (hour: number): string => (hour < 12 ? "AM" : "PM");
const lastTwo = (year: number): number => ((year % 100) + 100) % 100;
const clock: Conversion = (f) => `${two(f.hour)}:${two(f.minute)}:${two(f.second)}`;
const shortDate: Conversion = (f) => `${two(f.month)}/${two(f.day)}/${two(lastTwo(f.year))}`;
const shortMonth: Conversion = (f) => months[f.month - 1]!.slice(0, 3);
const shortDay: Conversion = (f) => weekdays[f.weekday]!.slice(0, 3);

/** Weeks that begin on day `first` of the week; the days before the first of them are in week 0. */
const weekFrom = (f: Fields, first: number): number => Math.floor((f.yearDay + 6 - ((f.weekday - first + 7) % 7)) / 7);

/** ISO 8601: a week belongs to the year of its Thursday. */
function isoWeek(f: Fields): { readonly year: number; readonly week: number } {
  const thursday = daysFromCivil(f.year, f.month, f.day) + 3 - ((f.weekday + 6) % 7);
  const { year } = civilFromDays(thursday);
  return { year, week: 1 + Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) };
}

const letters: Readonly<Record<string, Conversion>> = {
  a: shortDay,
  A: (f) => weekdays[f.weekday]!,
  b: shortMonth,
  B: (f) => months[f.month - 1]!,
  c: (f, seconds) =>
    `${shortDay(f, seconds)} ${shortMonth(f, seconds)} ${spaced(f.day)} ${clock(f, seconds)} ${f.year}`,
  C: (f) => two(Math.floor(f.year / 100)),
  d: (f) => two(f.day),
  D: shortDate,
  e: (f) => spaced(f.day),
  F: (f) => `${f.year}-${two(f.month)}-${two(f.day)}`,
  g: (f) => two(lastTwo(isoWeek(f).year)),
  G: (f) => String(isoWeek(f).year),
  h: shortMonth,
  H: (f) => two(f.hour),
  I: (f) => two(hour12(f.hour)),
  j: (f) => String(f.yearDay).padStart(3, "0"),
  m: (f) => two(f.month),
  M: (f) => two(f.minute),
  n: () => "\n",
  p: (f) => half(f.hour),
  r: (f) => `${two(hour12(f.hour))}:${two(f.minute)}:${two(f.second)} ${half(f.hour)}`,
  R: (f) => `${two(f.hour)}:${two(f.minute)}`,
  s: (_f, seconds) => String(seconds),
  S: (f) => two(f.second),
  t: () => "\t",
  T: clock,
  u: (f) => String(f.weekday || 7),
  U: (f) => two(weekFrom(f, 0)),
  V: (f) => two(isoWeek(f).week),
  w: (f) => String(f.weekday),
  W: (f) => two(weekFrom(f, 1)),
  x: shortDate,
  X: clock,
  y: (f) => two(lastTwo(f.year)),
  Y: (f) => String(f.year),
  z: () => "+0000",
  Z: () => "UTC",
  "%": () => "%",
};

/** Letters that may follow a modifier, which asks for another way of writing that the C locale does not have. */
const modified: Readonly<Record<string, string>> = { E: "cCxXyY", O: "deHImMSuUVwWy" };

/** The text, or the conversion that there is none of. */
export function formatDate(format: string, fields: Fields, seconds: number): string | { readonly unknown: string } {
  let unknown: string | undefined;
  const text = format.replace(/%([EO]?)(.?)/gs, (whole, modifier: string, letter: string) => {
    const isKnown = letter !== "" && (modifier === "" || modified[modifier]!.includes(letter));
    const conversion = isKnown ? letters[letter] : undefined;
    if (conversion === undefined) unknown ??= whole;
    return conversion?.(fields, seconds) ?? "";
  });
  return unknown === undefined ? text : { unknown };
}
