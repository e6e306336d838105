/** Durations of configuration and option tables: Go text or a number of milliseconds. Not those of the Lua `time` module, whose numbers are nanoseconds. */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const whole = /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)/;

/** Milliseconds (may have a fraction), or undefined for anything that is not a duration of at least 0. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== "string" || value === "") return undefined;
  if (value === "0") return 0;
  let rest = value.startsWith("+") ? value.slice(1) : value;
  let total = 0;
  do {
    const part = whole.exec(rest)?.[0];
    if (part === undefined) return undefined;
    const unit = part.replace(/^[\d.]+/, "");
    total += Number.parseFloat(part) * unitMs[unit]!;
    rest = rest.slice(part.length);
  } while (rest !== "");
  return total;
}
