/** Where the scripts find and keep things. Holds no behaviour beyond building paths. */
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Records, logs and databases of servers that this checkout started; safe to delete once they are stopped. */
export const dataDir = resolve(root, process.env.PERDURE_DIR || ".perdure");

/** Programs built or downloaded once for all checkouts of this user. */
export const cachedBinDir = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "perdure", "bin");
