/** Times and durations as Go's own library gives them: a recorded table of its answers, made by `time-oracle.go`. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fieldsOf, rounded, timeOfMoved, timeOfParts } from "../../../lua/modules/time/calendar.js";
import { formatDuration, parseDuration } from "../../../lua/modules/time/duration.js";
import { formatLayout } from "../../../lua/modules/time/layout.js";
import { parseWithLayout } from "../../../lua/modules/time/parse.js";
import { fixedZone, loadZone, wordOf } from "../../../lua/modules/time/zones.js";
import type { LuaTime, Zone } from "../../../lua/owner.js";

type Place = string | readonly [name: string, offset: number];
/** A question and what Go answers; the first item says of what kind they are. */
type Row = readonly [kind: string, ...rest: unknown[]];

const zones = new Map<string, Zone>();

function zoneOf(place: Place): Zone {
  if (typeof place !== "string") return fixedZone(...place);
  const zone = zones.get(place) ?? loadZone(place)!;
  zones.set(place, zone);
  return zone;
}

const at = (seconds: number, nanos: number, place: Place): LuaTime => ({ seconds, nanos, zone: zoneOf(place) });

/** Our answer to a row, in the form of the row. */
const answers: Readonly<Record<string, (...question: never) => unknown[]>> = {
  format: (seconds: number, nanos: number, place: Place, layout: string) => [
    formatLayout(at(seconds, nanos, place), layout),
  ],
  parse: (layout: string, text: string, place: Place | null) => {
    const outcome = parseWithLayout(layout, text, place === null ? undefined : zoneOf(place));
    if (!outcome.ok) return [null];
    const { seconds, nanos, zone } = outcome.time;
    return [[seconds, nanos, zone.offsetAt(seconds), wordOf(zone, seconds), zone.name]];
  },
  date: (...question: [number, number, number, number, number, number, number, Place]) => {
    const [year, month, day, hour, minute, second, nanos, place] = question;
    const time = timeOfParts({ year, month, day, hour, minute, second, nanos }, zoneOf(place));
    const { weekday, yearDay } = fieldsOf(time);
    return [time.seconds, time.nanos, weekday, yearDay];
  },
  add_date: (seconds: number, nanos: number, place: Place, years: number, months: number, days: number) => {
    const moved = timeOfMoved(at(seconds, nanos, place), years, months, days);
    return [moved.seconds, moved.nanos];
  },
  duration: (nanos: string) => [formatDuration(BigInt(nanos))],
  parse_duration: (text: string) => [parseDuration(text)?.toString() ?? null],
  round: (seconds: number, nanos: number, step: string) => {
    const time = at(seconds, nanos, "UTC");
    const [round, truncate] = [rounded(time, BigInt(step), true), rounded(time, BigInt(step), false)];
    return [round.seconds, round.nanos, truncate.seconds, truncate.nanos];
  },
};

const questions: Readonly<Record<string, number>> = {
  ...{ format: 4, parse: 3, date: 8, add_date: 6, duration: 1, parse_duration: 1, round: 3 },
};

const path = process.env.PERDURE_TIME_ORACLE ?? new URL("time-oracle.jsonl", import.meta.url);
const rows = readFileSync(path, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

it.each(Object.keys(answers))("%s gives what Go gives", (kind) => {
  const answerTo = answers[kind] as (...question: unknown[]) => unknown[];
  const wrong: unknown[] = [];
  for (const row of rows) {
    if (row[0] !== kind) continue;
    const [question, expected] = [row.slice(1, 1 + questions[kind]!), row.slice(1 + questions[kind]!)];
    const answer = answerTo(...question);
    if (JSON.stringify(answer) !== JSON.stringify(expected)) wrong.push({ question, expected, answer });
  }
  expect(wrong.slice(0, 20)).toEqual([]);
});
