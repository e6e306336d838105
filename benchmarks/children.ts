/** One run of a subject as a child process: what it is told, what it may say, and what makes it fail. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measured } from "./harness.js";

/** A program and its first arguments; workload and count follow. */
export type CommandLine = readonly [program: string, ...args: string[]];

export interface RunOptions {
  readonly limitMs: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A run that broke its promises: a lost message, an error, no end, or other lines than those agreed on. */
export class RunFailed extends Error {}

const ownProgram = fileURLToPath(new URL("subject.js", import.meta.url));

/** The heap is as large as 100,000 Lua processes need. */
export const ownCommand = (subject: string, program = ownProgram): CommandLine => [
  process.execPath,
  "--expose-gc",
  "--max-old-space-size=8192",
  program,
  subject,
];

/** Run to its end. A text on standard error counts as a failure, as a warning may mean that less was done. */
export function runChild(
  command: CommandLine,
  workload: string,
  count: number,
  { limitMs, environment = {} }: RunOptions,
): Promise<readonly Measured[]> {
  const [file, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args, workload, String(count)], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, limitMs);
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on("error", (error) => {
      clearTimeout(limit);
      reject(new RunFailed(error.message));
    });
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      if (isLate) return reject(new RunFailed(`no end after ${limitMs / 1000} s\n${err}`));
      if (code !== 0) return reject(new RunFailed(`ended with ${signal ?? `exit code ${code}`}\n${err}`));
      if (err !== "") return reject(new RunFailed(`wrote to standard error\n${err}`));
      try {
        resolve(parseLines(out));
      } catch (error) {
        reject(error);
      }
    });
  });
}

export function parseLines(text: string): Measured[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) throw new RunFailed("printed no figure");
  return lines.map(parseLine);
}

function parseLine(line: string): Measured {
  let told: unknown;
  try {
    told = JSON.parse(line);
  } catch {
    throw new RunFailed(`printed a line that is no JSON: ${line}`);
  }
  const { metric, value, unit } = told as Partial<Measured>;
  if (typeof metric !== "string" || typeof unit !== "string" || !Number.isFinite(value)) {
    throw new RunFailed(`printed a line that is not {"metric": text, "value": number, "unit": text}: ${line}`);
  }
  return { metric, value: value!, unit };
}
