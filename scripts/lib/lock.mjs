/** One script at a time: a lock file that names its holder. Does not protect against other machines on a shared disk. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "./daemon.mjs";
import { dataDir } from "./paths.mjs";
import { pause, Stop, say } from "./run.mjs";

/** Run `body` while holding the lock `name`. A holder that is no longer alive loses it; waits up to `waitMs` for a living one. */
export async function withLock(name, body, waitMs = 600_000) {
  const path = join(dataDir, `${name}.lock`);
  mkdirSync(dataDir, { recursive: true });
  const deadline = Date.now() + waitMs;
  for (let announced = false; !take(path); announced = true) {
    const holder = holderOf(path);
    if (holder === undefined) rmSync(path, { force: true });
    else if (Date.now() > deadline) throw new Stop(`${name}: process ${holder} has held ${path} for too long`);
    else if (!announced) say(`${name}: waiting for process ${holder}, which does the same`);
    await pause(200);
  }
  const release = () => rmSync(path, { force: true });
  process.once("exit", release);
  try {
    return await body();
  } finally {
    process.off("exit", release);
    release();
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/** The pid in the lock file while that script runs, else undefined. An empty file belongs to a holder about to write it. */
function holderOf(path) {
  let pid;
  try {
    pid = Number(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
  return pid === 0 || isRunning({ pid, marks: [".mjs"] }) ? pid : undefined;
}
