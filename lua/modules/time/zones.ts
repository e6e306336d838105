/** Time zones: UTC, local (which is UTC), fixed offsets, and those of the IANA data that comes with JavaScript. */
import type { Zone } from "../../owner.js";
import { zoneWords } from "./zone-words.js";

export const utc: Zone = Object.freeze({ name: "UTC", offsetAt: () => 0 });

/** The local zone is UTC on every machine: a process must not depend on where it runs. */
export const local: Zone = Object.freeze({ name: "Local", offsetAt: () => 0 });

export function fixedZone(name: string, offsetSeconds: number): Zone {
  return Object.freeze({ name, offsetAt: () => offsetSeconds });
}

/** The range that `Intl` understands. */
const maxSeconds = 8.64e12;

class IanaZone implements Zone {
  private readonly offsets: Intl.DateTimeFormat;
  private readonly words: ReadonlyMap<number, string>;

  constructor(readonly name: string) {
    this.words = zoneWords(name);
    this.offsets = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  }

  offsetAt(seconds: number): number {
    const match = /^GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(zoneName(this.offsets, seconds));
    if (match?.[1] === undefined) return 0;
    const size = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === "-" ? -size : size;
  }

  /** A word, or for places that have none a short offset such as `+03`, which is its name in the IANA data. */
  wordAt(seconds: number): string {
    const offset = this.offsetAt(seconds);
    return this.words.get(offset) ?? offsetText(offset, "").replace(/00$/, "");
  }

  offsetOf(word: string, shown: number): number | undefined {
    const known = [...this.words].filter(([, other]) => other === word).map(([offset]) => offset);
    if (known.length > 0) return known.find((offset) => this.offsetAt(shown - offset) === offset) ?? known[0];
    const number = /^([+-])(\d\d)(\d\d)?$/.exec(word);
    if (number === null) return undefined;
    const offset = (number[1] === "-" ? -1 : 1) * (Number(number[2]) * 3600 + Number(number[3] ?? 0) * 60);
    return this.wordAt(shown - offset) === word ? offset : undefined;
  }
}

function zoneName(format: Intl.DateTimeFormat, seconds: number): string {
  const moment = Math.max(-maxSeconds, Math.min(maxSeconds, seconds)) * 1000;
  return format.formatToParts(moment).find((part) => part.type === "timeZoneName")?.value ?? "";
}

/** The zone of that name in the IANA data; undefined when there is none. `UTC` and `Local` are names too. */
export function loadZone(name: string): Zone | undefined {
  if (name === "UTC") return utc;
  if (name === "Local") return local;
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    return new IanaZone(name);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What a clock on the wall says beside the time, such as `CEST`; the offset where there is no such word. */
export function abbreviation(zone: Zone, seconds: number): string {
  return wordOf(zone, seconds) || offsetText(zone.offsetAt(seconds), "");
}

/** As `abbreviation`, but empty for a fixed zone without a name. */
export function wordOf(zone: Zone, seconds: number): string {
  if (zone === local) return "UTC";
  return zone instanceof IanaZone ? zone.wordAt(seconds) : zone.name;
}

/** By how much a zone is east of UTC when it goes by this word; undefined when it never does. `shown` is what its clock shows. */
export function offsetOfWord(zone: Zone, word: string, shown: number): number | undefined {
  if (zone instanceof IanaZone) return zone.offsetOf(word, shown);
  return wordOf(zone, shown) === word ? zone.offsetAt(shown) : undefined;
}

/** `+0530` or, with ":" between, `+05:30`. Seconds only on demand. */
export function offsetText(offset: number, between: string, withSeconds = false): string {
  const size = Math.abs(offset);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60];
  if (withSeconds) parts.push(size % 60);
  return (offset < 0 ? "-" : "+") + parts.map((part) => String(part).padStart(2, "0")).join(between);
}
