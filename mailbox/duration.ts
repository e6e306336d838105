/** Durations of configuration and option tables: Go text or a number of milliseconds. Not those of the Lua `time` module, whose numbers are nanoseconds. */

const unitMs: { readonly [unit: string]: number } = {
  ns: 1e-6,
  us: 1e-3,
  // The micro sign and the Greek letter look the same, and Go takes both.
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Ms of the longest time a server can hold with room to spare: some 100 years. What is beyond makes Temporal refuse the whole task. */
export const longestMs = 3_153_600_000_000;

/** Milliseconds (may have a fraction) of `"1h30m"`, `"500ms"` or a number of them; undefined for what is not a duration of at least 0. */
export function durationMs(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== "string") return undefined;
  let rest = value.startsWith("+") ? value.slice(1) : value;
  if (rest === "0") return 0;
  let sum = 0;
  do {
    const part = /^(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/.exec(rest);
    if (part === null) return undefined;
    sum += Number(part[1]) * unitMs[part[2]!]!;
    rest = rest.slice(part[0].length);
  } while (rest !== "");
  return Number.isFinite(sum) ? sum : undefined;
}
