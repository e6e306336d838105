/** One file of an `env.storage.file`: reading it, and changing one value so that nobody ever sees half of a file. */
import { chmod, mkdir, readFile, realpath, rename, stat, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Failure, failure } from "../mailbox/index.js";
import { type EnvironmentValues, parseValues, withValue } from "./config/env-values.js";
import { systemReason } from "./config/errors.js";
import type { EntryOf } from "./entries.js";

export type FileStorage = EntryOf<"env.storage.file">;

/** `path` is the absolute one of `entry.filePath`. A file that is not there has no values when the entry may create it. */
export async function readEnvFile(
  entry: FileStorage,
  path: string,
): Promise<{ values: EnvironmentValues } | { error: Failure }> {
  const text = await textOf(entry, path);
  return typeof text === "string" ? { values: parseValues(text) } : { error: text };
}

let lastTemporary = 0;

/** Keeps comments, the order of lines, and the mode of a file that is there already. One change of a file at a time: see EnvFiles. */
async function changeFile(entry: FileStorage, path: string, name: string, value: string): Promise<Failure | undefined> {
  const text = await textOf(entry, path);
  if (typeof text !== "string") return text;
  // A link stays one: what it leads to is replaced.
  const target = await realpath(path).catch(() => path);
  const temporary = `${target}.${process.pid}.${++lastTemporary}.tmp`;
  try {
    if (entry.autoCreate) await mkdir(dirname(target), { recursive: true, mode: entry.dirMode });
    const mode = await stat(target).then(
      (found) => found.mode & 0o777,
      () => entry.fileMode,
    );
    await writeFile(temporary, withValue(text, name, value), { mode, flush: true });
    await chmod(temporary, mode);
    await rename(temporary, target);
    return undefined;
  } catch (error) {
    await unlink(temporary).catch(() => {});
    return unavailable(entry, "write", writeReason(error));
  }
}

/** The writers of one node, one behind the other for each file. */
export class EnvFiles {
  private readonly last = new Map<string, Promise<unknown>>();

  change(entry: FileStorage, path: string, name: string, value: string): Promise<Failure | undefined> {
    const done = (this.last.get(path) ?? Promise.resolve()).then(() => changeFile(entry, path, name, value));
    this.last.set(path, done);
    void done.then(() => {
      if (this.last.get(path) === done) this.last.delete(path);
    });
    return done;
  }
}

async function textOf(entry: FileStorage, path: string): Promise<string | Failure> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (isMissing && entry.autoCreate) return "";
    return unavailable(entry, "read", systemReason(error));
  }
}

function writeReason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EACCES" || code === "EPERM" ? "no permission to write it" : systemReason(error);
}

function unavailable(entry: FileStorage, what: string, reason: string): Failure {
  const message = `${entry.id}: cannot ${what} ${entry.filePath}: ${reason}`;
  return failure("UNAVAILABLE", message, { retryable: true, details: { storage: entry.id } });
}
