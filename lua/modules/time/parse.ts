/** Reading a time that is written in a layout. */
import type { LuaTime, Zone } from "../../owner.js";
import { type DateParts, daysInMonth, timeOfParts } from "./calendar.js";
import { type LayoutPiece, maxLayoutLength, months, parseLayout, weekdays } from "./layout.js";
import { fixedZone, offsetOfWord, utc, wordOf } from "./zones.js";

export type ParseOutcome =
  | { readonly ok: true; readonly time: LuaTime }
  | { readonly ok: false; readonly problem: string };

/** What has been read so far; `rest` is what is left of the text. */
interface Reading {
  rest: string;
  year: number;
  month?: number;
  day?: number;
  yearDay?: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  afternoon?: boolean;
  /** Seconds east of UTC. */
  offset?: number;
  utc: boolean;
  zoneName?: string;
}

/**
 * Read `text` as `layout`. A text without a zone is in `zone`, or UTC. An offset that `zone` has at that moment means `zone`;
 * another one a fixed zone. A fraction of a second may follow the seconds even when the layout has none.
 */
export function parseWithLayout(layout: string, text: string, zone: Zone | undefined): ParseOutcome {
  const reading: Reading = { rest: text, year: 0, hour: 0, minute: 0, second: 0, nanos: 0, utc: false };
  const bad = (why: string): ParseOutcome => ({ ok: false, problem: `cannot parse "${text}" as "${layout}": ${why}` });
  if (Math.max(layout.length, text.length) > maxLayoutLength) {
    return { ok: false, problem: `a layout and a time may have ${maxLayoutLength} characters` };
  }
  const all = parseLayout(layout);
  for (const [i, piece] of all.entries()) {
    const at = reading.rest;
    if (!read(reading, piece, all.slice(i + 1)))
      return bad(`expected ${JSON.stringify(piece.text)} at ${JSON.stringify(at)}`);
  }
  if (reading.rest !== "") return bad(`extra text ${JSON.stringify(reading.rest)}`);
  const parts = partsOf(reading);
  if (parts === undefined) return bad("day out of range");
  return { ok: true, time: place(reading, parts, zone) };
}

function read(r: Reading, piece: LayoutPiece, rest: readonly LayoutPiece[]): boolean {
  const { field } = piece;
  if (field === "") return readText(r, piece.text);
  if (field[0] === "." || field[0] === ",") return readFraction(r, field);
  if (/^[-Z]07/.test(field)) return readOffset(r, field);
  const reader = readers.get(field);
  if (reader === undefined || !reader(r)) return false;
  if (field === "05" || field === "5") {
    const next = rest.find((other) => other.field !== "");
    if (!/^[.,]/.test(next?.field ?? "")) readFraction(r, ".9");
  }
  return true;
}

/** A run of spaces matches any run of spaces. */
function readText(r: Reading, text: string): boolean {
  for (const part of text.split(/( +)/)) {
    if (part.startsWith(" ")) {
      if (r.rest !== "" && !r.rest.startsWith(" ")) return false;
      r.rest = r.rest.replace(/^ +/, "");
    } else if (r.rest.startsWith(part)) r.rest = r.rest.slice(part.length);
    else return false;
  }
  return true;
}

function take(r: Reading, pattern: RegExp): RegExpExecArray | undefined {
  const match = pattern.exec(r.rest);
  if (match === null) return undefined;
  r.rest = r.rest.slice(match[0].length);
  return match;
}

type NumberField = "year" | "month" | "day" | "yearDay" | "hour" | "minute" | "second";

function number(field: NumberField, pattern: RegExp, least: number, most: number): (r: Reading) => boolean {
  return (r) => {
    const match = take(r, pattern);
    if (match === undefined) return false;
    const value = Number(match[0]);
    r[field] = value;
    return value >= least && value <= most;
  };
}

function name(field: "month", names: readonly string[], length: number): (r: Reading) => boolean {
  return (r) => {
    const index = nameIndex(r, names, length);
    if (index < 0) return false;
    r[field] = index + 1;
    return true;
  };
}

/** Names are read in any case; a weekday is read and not compared with the date. */
function nameIndex(r: Reading, names: readonly string[], length: number): number {
  const index = names.findIndex((n) => startsLike(r.rest, n.slice(0, length)));
  if (index >= 0) r.rest = r.rest.slice(Math.min(length, names[index]!.length));
  return index;
}

function startsLike(text: string, start: string): boolean {
  return text.slice(0, start.length).toLowerCase() === start.toLowerCase();
}

function half(words: RegExp): (r: Reading) => boolean {
  return (r) => {
    const match = take(r, words);
    if (match === undefined) return false;
    r.afternoon = match[0].toLowerCase() === "pm";
    return true;
  };
}

const one = /^\d\d?/;
const two = /^\d\d/;

const readers: ReadonlyMap<string, (r: Reading) => boolean> = new Map([
  ["January", name("month", months, 9)],
  ["Jan", name("month", months, 3)],
  ["1", number("month", one, 1, 12)],
  ["01", number("month", two, 1, 12)],
  ["Monday", (r: Reading) => nameIndex(r, weekdays, 9) >= 0],
  ["Mon", (r: Reading) => nameIndex(r, weekdays, 3) >= 0],
  ["2", number("day", one, 1, 31)],
  ["_2", number("day", /^ ?\d\d?/, 1, 31)],
  ["02", number("day", two, 1, 31)],
  ["__2", number("yearDay", /^ {0,2}\d{1,3}/, 1, 366)],
  ["002", number("yearDay", /^\d{3}/, 1, 366)],
  ["15", number("hour", one, 0, 23)],
  ["3", number("hour", one, 0, 12)],
  ["03", number("hour", two, 0, 12)],
  ["4", number("minute", one, 0, 59)],
  ["04", number("minute", two, 0, 59)],
  ["5", number("second", one, 0, 59)],
  ["05", number("second", two, 0, 59)],
  ["2006", number("year", /^\d{4}/, 0, 9999)],
  ["06", readShortYear],
  ["PM", half(/^[AP]M/)],
  ["pm", half(/^[ap]m/)],
  ["MST", readZoneName],
]);

/** 69 to 99 are of the 20th century. */
function readShortYear(r: Reading): boolean {
  const match = take(r, two);
  if (match === undefined) return false;
  const value = Number(match[0]);
  r.year = value >= 69 ? 1900 + value : 2000 + value;
  return true;
}

/** A field of nines may be missing and takes any number of digits; one of zeros needs exactly as many. */
function readFraction(r: Reading, field: string): boolean {
  const match = take(r, field[1] === "9" ? /^[.,](\d+)/ : new RegExp(`^[.,](\\d{${field.length - 1}})`));
  if (match !== undefined) r.nanos = Number(match[1]!.slice(0, 9).padEnd(9, "0"));
  return match !== undefined || field[1] === "9";
}

function readOffset(r: Reading, field: string): boolean {
  if (field.startsWith("Z") && take(r, /^Z/) !== undefined) {
    r.utc = true;
    return true;
  }
  const digits = field.slice(1).replace(/\d\d/g, "(\\d\\d)");
  const match = take(r, new RegExp(`^([+-])${digits}`));
  if (match === undefined) return false;
  const [hours, minutes, seconds] = [Number(match[2]), Number(match[3] ?? 0), Number(match[4] ?? 0)];
  const size = hours * 3600 + minutes * 60 + seconds;
  r.offset = match[1] === "-" ? -size : size;
  // Some people write 24 hours, or 60 minutes.
  return hours <= 24 && minutes <= 60 && seconds <= 60;
}

function readZoneName(r: Reading): boolean {
  if (r.rest.startsWith("UTC")) {
    r.rest = r.rest.slice(3);
    r.utc = true;
    return true;
  }
  const match =
    take(r, /^(?:ChST|MeST|GMT(?:[+-]0*(?:1?\d|2[0-3])(?!\d))?)/) ??
    take(r, /^[+-]0*(?:1?\d|2[0-3])(?!\d)/) ??
    take(r, /^(?:[A-Z]{4}T|[A-Z]{3}T|WITA|[A-Z]{3})(?![A-Z])/);
  if (match !== undefined) r.zoneName = match[0];
  return match !== undefined;
}

/** Undefined when there is no such day, or when the day of the year is another day than the one that is written beside it. */
function partsOf(r: Reading): DateParts | undefined {
  const byYearDay = r.yearDay === undefined ? undefined : dateOfYearDay(r.year, r.yearDay);
  const { month, day } = byYearDay ?? { month: r.month ?? 1, day: r.day ?? 1 };
  if (month !== (r.month ?? month) || day !== (r.day ?? day) || day > daysInMonth(r.year, month)) return undefined;
  const hour = r.afternoon && r.hour < 12 ? r.hour + 12 : r.afternoon === false && r.hour === 12 ? 0 : r.hour;
  return { year: r.year, month, day, hour, minute: r.minute, second: r.second, nanos: r.nanos };
}

/** The first day past the end of the year is one past the end of December. */
function dateOfYearDay(year: number, yearDay: number): { month: number; day: number } {
  let [month, day] = [1, yearDay];
  for (let days = daysInMonth(year, month); month < 12 && day > days; days = daysInMonth(year, month)) {
    month++;
    day -= days;
  }
  return { month, day };
}

/**
 * A name that the wanted zone knows means that zone. Another one is a fixed zone of that name whose offset nobody knows: the clock
 * counts as UTC, and is shown so, but for `GMT+3`.
 */
function place(r: Reading, parts: DateParts, zone: Zone | undefined): LuaTime {
  if (r.utc) return timeOfParts(parts, utc);
  const wanted = zone ?? utc;
  if (r.offset !== undefined) {
    const { seconds, nanos } = timeOfParts(parts, fixedZone("", r.offset));
    const fits = wanted.offsetAt(seconds) === r.offset && (!r.zoneName || wordOf(wanted, seconds) === r.zoneName);
    return { seconds, nanos, zone: fits ? wanted : fixedZone(r.zoneName ?? "", r.offset) };
  }
  if (r.zoneName === undefined) return timeOfParts(parts, wanted);
  const { seconds, nanos } = timeOfParts(parts, utc);
  const offset = offsetOfWord(wanted, r.zoneName, seconds);
  if (offset !== undefined) return { seconds: seconds - offset, nanos, zone: wanted };
  const hours = /^GMT([+-]\d+)$/.exec(r.zoneName)?.[1] ?? 0;
  return { seconds, nanos, zone: fixedZone(r.zoneName, Number(hours) * 3600) };
}
