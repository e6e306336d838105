/** Telling whether files changed since a step was last done: a hash of their contents, kept in a stamp file. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./paths.mjs";

/**
 * One hash over every file at or below `paths` (relative to the project, a missing one counts as empty), names included.
 * Contents and not times, because a fresh clone has new times.
 */
export function fingerprint(paths) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap((path) => filesBelow(join(root, path)))) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .filter((name) => name !== "node_modules" && !name.endsWith(".tsbuildinfo"))
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

export function stampMatches(stamp, print) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === print;
}

export function writeStamp(stamp, print) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, print);
}
