/** The optional `.perdure.yaml` or `.wippy.yaml`: settings of the program, not of any entry. */

import { z } from "zod";
import { durationMs } from "../../durability/workflow/index.js";
import { isRecord } from "./drafts.js";
import type { Report } from "./errors.js";
import { didYouMean } from "./nearest.js";
import type { Path, YamlFile } from "./yaml.js";

export interface RuntimeConfig {
  /** Undefined: decided by the program (pretty on a terminal, JSON lines otherwise). */
  readonly logEncoding: "console" | "json" | undefined;
  /** -1 debug, 0 info, 1 warn, 2 error. */
  readonly minLevel: number | undefined;
  readonly shutdownTimeoutMs: number;
}

export const defaultRuntime: RuntimeConfig = { logEncoding: undefined, minLevel: undefined, shutdownTimeoutMs: 30_000 };

const settings: Readonly<Record<string, readonly string[]>> = {
  logger: ["encoding"],
  logmanager: ["min_level"],
  shutdown: ["timeout"],
};

const encoding = z.enum(["console", "json"]);
const level = z.int().min(-1).max(2);

/** What this version does not read is a warning: the file may be shared with other programs. */
export function readRuntime(file: YamlFile | undefined, report: Report): RuntimeConfig {
  if (file === undefined || file.value === null) return defaultRuntime;
  const top = file.value;
  const fail = (path: Path, message: string) => {
    report.problems.push({ ...file.position(path), message });
  };
  if (!isRecord(top)) {
    fail([], `runtime settings must be a map with ${Object.keys(settings).join(", ")}`);
    return defaultRuntime;
  }
  warnOfUnread(file, top, report);
  const read = (section: string, name: string): unknown => {
    const group = top[section];
    if (group === undefined || group === null) return undefined;
    if (isRecord(group)) return group[name] ?? undefined;
    fail([section], `"${section}" must be a map with ${name}`);
    return undefined;
  };
  const check = <T>(section: string, name: string, parse: (value: unknown) => T | undefined, wanted: string) => {
    const value = read(section, name);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (parsed === undefined)
      fail([section, name], `"${section}.${name}" must be ${wanted}, not ${JSON.stringify(value)}`);
    return parsed;
  };
  return {
    logEncoding: check("logger", "encoding", (value) => encoding.safeParse(value).data, "console or json"),
    minLevel: check("logmanager", "min_level", (value) => level.safeParse(value).data, "a whole number from -1 to 2"),
    shutdownTimeoutMs:
      check("shutdown", "timeout", durationMs, 'a duration such as "30s", or a number of milliseconds') ??
      defaultRuntime.shutdownTimeoutMs,
  };
}

function warnOfUnread(file: YamlFile, top: Record<string, unknown>, report: Report): void {
  const warn = (path: Path, candidates: readonly string[]) => {
    const hint = didYouMean(String(path.at(-1)), candidates);
    const message = `"${path.join(".")}" is not read by this version${hint}; it reads ${candidates.join(", ")}`;
    report.warnings.push({ ...file.position(path, "key"), message });
  };
  for (const [section, group] of Object.entries(top)) {
    const names = Object.hasOwn(settings, section) ? settings[section]! : undefined;
    if (names === undefined) {
      if (section !== "version") warn([section], Object.keys(settings));
      continue;
    }
    if (!isRecord(group)) continue;
    for (const name of Object.keys(group)) if (!names.includes(name)) warn([section, name], names);
  }
}
