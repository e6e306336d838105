/** The npm packages of this checkout: whether node_modules is what package-lock.json asks for, and making it so. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { root } from "./paths.mjs";
import { runQuietly } from "./run.mjs";

/**
 * Install unless every package of the lock file is already there in its version. No package needs an install script.
 *
 * Not `npm ci`: it refuses a lock file that lacks optional packages of other platforms, and a lock file written where the registry
 * does not offer them lacks them. `npm install --no-save` takes the same locked versions and leaves the lock file as it is.
 */
export function installPackages() {
  return withLock("install", async () => {
    if (isInstalled()) return;
    const args = ["install", "--no-save", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
    const npm = process.env.npm_execpath; // set when npm started us: the same npm again, whatever PATH says
    const [command, first] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
    await runQuietly("installing npm packages", command, [...first, ...args], { cwd: root });
  });
}

/**
 * npm writes node_modules/.package-lock.json last, so an interrupted install has none. Packages for other platforms are in
 * package-lock.json only, all of them optional.
 */
function isInstalled() {
  const written = join(root, "node_modules/.package-lock.json");
  if (!existsSync(written)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(written, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === "") return true;
    const installed = present[path];
    if (installed === undefined) return optional === true;
    return installed.version === version && installed.integrity === integrity;
  });
}
