/** Time zones: UTC, local (which is UTC), fixed offsets, and those of the IANA data that comes with JavaScript. */
import type { Zone } from "../../owner.js";

export const utc: Zone = Object.freeze({ name: "UTC", offsetAt: () => 0 });

/** The local zone is UTC on every machine: a process must not depend on where it runs. */
export const local: Zone = Object.freeze({ name: "Local", offsetAt: () => 0 });

export function fixedZone(name: string, offsetSeconds: number): Zone {
  return Object.freeze({ name, offsetAt: () => offsetSeconds });
}

/** Locales that know the usual short names of different parts of the world. */
const abbreviationLocales = ["en-US", "en-GB", "en-AU", "en-NZ", "en-IN", "en-ZA"] as const;

/** The range that `Intl` understands. */
const maxSeconds = 8.64e12;

class IanaZone implements Zone {
  private readonly offsets: Intl.DateTimeFormat;
  /** Making one is a thousand times slower than using it. */
  private readonly names = new Map<string, Intl.DateTimeFormat>();

  constructor(readonly name: string) {
    this.offsets = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  }

  offsetAt(seconds: number): number {
    const match = /^GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(zoneName(this.offsets, seconds));
    if (match?.[1] === undefined) return 0;
    const size = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === "-" ? -size : size;
  }

  abbreviationAt(seconds: number): string | undefined {
    for (const locale of abbreviationLocales) {
      const short = zoneName(this.namesIn(locale), seconds);
      if (/^[A-Z]{3,5}$/.test(short) && (short !== "GMT" || this.offsetAt(seconds) === 0)) return short;
    }
    return undefined;
  }

  private namesIn(locale: string): Intl.DateTimeFormat {
    let format = this.names.get(locale);
    if (format === undefined) {
      format = new Intl.DateTimeFormat(locale, { timeZone: this.name, timeZoneName: "short" });
      this.names.set(locale, format);
    }
    return format;
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
  if (zone === local) return "UTC";
  const known = zone instanceof IanaZone ? zone.abbreviationAt(seconds) : zone.name;
  return known || shortOffset(zone.offsetAt(seconds));
}

function shortOffset(offset: number): string {
  const text = offsetText(offset, "");
  return text.endsWith("00") ? text.slice(0, 3) : text;
}

/** `+0530` or, with ":" between, `+05:30`. Seconds only on demand. */
export function offsetText(offset: number, between: string, withSeconds = false): string {
  const size = Math.abs(offset);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60];
  if (withSeconds) parts.push(size % 60);
  return (offset < 0 ? "-" : "+") + parts.map((part) => String(part).padStart(2, "0")).join(between);
}
