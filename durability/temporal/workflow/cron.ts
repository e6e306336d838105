/** Whether the server takes a text as a cron schedule: it answers a bad one of a child by failing the task, for ever. */
import { durationMs } from "../../workflow/index.js";

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Minute, hour, day of the month, month, day of the week. */
const fields: readonly { readonly from: number; readonly to: number; readonly names?: readonly string[] }[] = [
  { from: 0, to: 59 },
  { from: 0, to: 23 },
  { from: 1, to: 31 },
  { from: 1, to: 12, names: months },
  { from: 0, to: 6, names: days },
];

const words: ReadonlySet<string> = new Set([
  "@yearly",
  "@annually",
  "@monthly",
  "@weekly",
  "@daily",
  "@midnight",
  "@hourly",
]);

/** Five fields, a word such as `@daily`, or `@every 1h`; in front of it perhaps `CRON_TZ=Europe/Berlin`. */
export function isCron(text: string): boolean {
  const [, zone, schedule = ""] = /^(?:(?:CRON_)?TZ=(\S*)\s+)?(.*)$/s.exec(text.trim()) ?? [];
  if (zone !== undefined && !isZone(zone)) return false;
  if (words.has(schedule)) return true;
  const every = /^@every\s+(\S+)$/.exec(schedule);
  if (every !== null) return (durationMs(every[1]!) ?? 0) >= 1000;
  const parts = schedule.split(/\s+/);
  return parts.length === fields.length && parts.every((part, i) => part.split(",").every((item) => isItem(item, i)));
}

function isItem(item: string, at: number): boolean {
  const { from, to } = fields[at]!;
  const [, range, step] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? [];
  if (range === undefined || step === "0") return false;
  if (range === "*" || range === "?") return true;
  const ends = range.split("-").map((end) => number(end, at));
  if (ends.length > 2 || ends.some((end) => !(end >= from && end <= to))) return false;
  return ends.length === 1 || ends[0]! <= ends[1]!;
}

function number(text: string, at: number): number {
  if (/^\d+$/.test(text)) return Number(text);
  const { names = [], from } = fields[at]!;
  const index = names.indexOf(text.toLowerCase());
  return index < 0 ? Number.NaN : index + from;
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
