/** Which files of an app hold entries or runtime settings. Reads directories, not files. */

import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, normalize, resolve } from "node:path";
import { ConfigError, type Report, systemReason } from "./errors.js";

export interface FoundFile {
  /** For messages: the directory as the user typed it, then the path below it. */
  readonly shown: string;
  /** Below the app directory, with `/`. */
  readonly relative: string;
  readonly absolute: string;
}

export interface FoundApp {
  /** Absolute; the border `source` files may not leave. */
  readonly root: string;
  /** Sorted by path, so that every machine reads an app in the same order. */
  readonly entryFiles: readonly FoundFile[];
  /** `.perdure.yaml`, else `.wippy.yaml`. */
  readonly runtimeFile: FoundFile | undefined;
  /** The one Lua file that is the whole app. */
  readonly script?: FoundFile;
}

/** Whether an app is named by a Lua file instead of a directory. */
export const isScript = (path: string): boolean => path.endsWith(".lua");

const entryFileName = /\.ya?ml$/;

/** `directory` may also be a single Lua file. Throws ConfigError when the directory itself is no app; what is unreadable inside goes to the report. */
export async function locateApp(directory: string, report: Report): Promise<FoundApp> {
  const root = resolve(directory);
  const kind = await kindOfPath(root, directory);
  if (kind === "file" && isScript(directory)) {
    const script = { shown: directory, relative: basename(root), absolute: root };
    return { root: dirname(root), entryFiles: [], runtimeFile: undefined, script };
  }
  if (kind !== "directory") {
    const message =
      kind === "file"
        ? "this is a file; APP must be the directory that holds src/ or the entry files, or a file of Lua"
        : isScript(directory)
          ? "no such file"
          : "no such directory; APP must be the directory that holds src/ or the entry files";
    throw new ConfigError([{ file: directory, line: 0, column: 0, message }]);
  }
  const below = (await kindOfPath(join(root, "src"), directory)) === "directory" ? "src" : "";
  const found: string[] = [];
  await walk(root, below, found, directory, report);
  const toFile = (relative: string): FoundFile => ({
    shown: normalize(join(directory, relative)),
    relative,
    absolute: join(root, relative),
  });
  let runtimeFile: FoundFile | undefined;
  for (const name of [".wippy.yaml", ".perdure.yaml"]) {
    if ((await kindOfPath(join(root, name), directory)) === "file") runtimeFile = toFile(name);
  }
  return { root, entryFiles: found.sort().map(toFile), runtimeFile };
}

async function kindOfPath(path: string, shown: string): Promise<"file" | "directory" | "missing"> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? "directory" : "file";
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return "missing";
    throw new ConfigError([{ file: shown, line: 0, column: 0, message: `cannot be read: ${systemReason(error)}` }]);
  }
}

async function walk(root: string, relative: string, found: string[], shown: string, report: Report): Promise<void> {
  let children: Dirent[];
  try {
    children = await readdir(join(root, relative), { withFileTypes: true });
  } catch (error) {
    const file = normalize(join(shown, relative));
    report.problems.push({ file, line: 0, column: 0, message: `cannot be read: ${systemReason(error)}` });
    return;
  }
  for (const child of children) {
    if (child.name.startsWith(".") || child.name === "node_modules") continue;
    const path = relative === "" ? child.name : `${relative}/${child.name}`;
    if (child.isDirectory()) await walk(root, path, found, shown, report);
    else if (entryFileName.test(child.name)) found.push(path);
  }
}
