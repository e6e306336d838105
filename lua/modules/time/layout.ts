/** Layouts: a time format written as the reference time, Mon Jan 2 15:04:05 MST 2006. Here are the pieces and the writing. */
import type { LuaTime } from "../../owner.js";
import { type Fields, fieldsOf } from "./calendar.js";
import { abbreviation, offsetText } from "./zones.js";

export const months = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
] as const;
export const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

export interface LayoutPiece {
  /** "" for plain text. */
  readonly field: string;
  readonly text: string;
}

const pieces = new RegExp(
  [
    ...["January", "Jan(?![a-z])", "Monday", "Mon(?![a-z])", "MST", "_(?=2006)", "2006"],
    ...[
      "[-Z]07:00:00",
      "[-Z]07:00",
      "[-Z]070000",
      "[-Z]0700",
      "[-Z]07",
      "__2",
      "_2",
      "002",
      "0[1-6]",
      "15",
      "PM",
      "pm",
    ],
    ...["[.,](?:0+|9+)(?!\\d)", "[1-5]"],
  ].join("|"),
  "g",
);

/** Cut a layout into fields and the text between them. */
export function parseLayout(layout: string): LayoutPiece[] {
  const result: LayoutPiece[] = [];
  let end = 0;
  for (const match of layout.matchAll(pieces)) {
    if (match[0] === "_") continue;
    if (match.index > end) result.push({ field: "", text: layout.slice(end, match.index) });
    end = match.index + match[0].length;
    result.push({ field: match[0], text: match[0] });
  }
  if (end < layout.length) result.push({ field: "", text: layout.slice(end) });
  return result;
}

/** Far more than a sensible layout needs: each field of one is a calendar computation. */
export const maxLayoutLength = 1000;

const pad = (value: number, width: number, fill = "0"): string => String(value).padStart(width, fill);
const hour12 = (f: Fields): number => f.hour % 12 || 12;

const writers: ReadonlyMap<string, (f: Fields, time: LuaTime) => string> = new Map([
  ["January", (f: Fields) => months[f.month - 1]!],
  ["Jan", (f: Fields) => months[f.month - 1]!.slice(0, 3)],
  ["1", (f: Fields) => String(f.month)],
  ["01", (f: Fields) => pad(f.month, 2)],
  ["Monday", (f: Fields) => weekdays[f.weekday]!],
  ["Mon", (f: Fields) => weekdays[f.weekday]!.slice(0, 3)],
  ["2", (f: Fields) => String(f.day)],
  ["_2", (f: Fields) => pad(f.day, 2, " ")],
  ["02", (f: Fields) => pad(f.day, 2)],
  ["__2", (f: Fields) => pad(f.yearDay, 3, " ")],
  ["002", (f: Fields) => pad(f.yearDay, 3)],
  ["15", (f: Fields) => pad(f.hour, 2)],
  ["3", (f: Fields) => String(hour12(f))],
  ["03", (f: Fields) => pad(hour12(f), 2)],
  ["4", (f: Fields) => String(f.minute)],
  ["04", (f: Fields) => pad(f.minute, 2)],
  ["5", (f: Fields) => String(f.second)],
  ["05", (f: Fields) => pad(f.second, 2)],
  ["06", (f: Fields) => pad(((f.year % 100) + 100) % 100, 2)],
  ["2006", (f: Fields) => (f.year < 0 ? `-${pad(-f.year, 4)}` : pad(f.year, 4))],
  ["PM", (f: Fields) => (f.hour >= 12 ? "PM" : "AM")],
  ["pm", (f: Fields) => (f.hour >= 12 ? "pm" : "am")],
  ["MST", (_: Fields, time: LuaTime) => abbreviation(time.zone, time.seconds)],
]);

/** A time in a layout. */
export function formatLayout(time: LuaTime, layout: string): string {
  const fields = fieldsOf(time);
  return parseLayout(layout)
    .map(({ field, text }) => {
      if (field === "") return text;
      const write = writers.get(field);
      if (write !== undefined) return write(fields, time);
      return field[0] === "." || field[0] === "," ? fraction(field, fields.nanos) : offset(field, fields.offset);
    })
    .join("");
}

function fraction(field: string, nanos: number): string {
  const digits = pad(nanos, 9)
    .slice(0, field.length - 1)
    .padEnd(field.length - 1, "0");
  if (field[1] === "0") return field[0]! + digits;
  const short = digits.replace(/0+$/, "");
  return short === "" ? "" : field[0]! + short;
}

function offset(field: string, seconds: number): string {
  if (field.startsWith("Z") && seconds === 0) return "Z";
  const text = offsetText(seconds, field.includes(":") ? ":" : "", true);
  return text.slice(0, field.length);
}
