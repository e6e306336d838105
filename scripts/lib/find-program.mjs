/** Looking for a program on PATH. Installs nothing. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The full path of `name` on PATH, then in `alsoIn`; undefined when it is in none of them. */
export function findProgram(name, alsoIn = []) {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== ""), ...alsoIn];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // missing or forbidden: either way it is no program for us
  }
}
