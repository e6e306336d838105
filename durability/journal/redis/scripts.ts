/** The scripts that run inside Redis, and the hashes by which they are called. Their texts are in commands/. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface Script {
  readonly text: string;
  readonly sha: string;
}

function load(name: string): Script {
  const text = readFileSync(new URL(`commands/${name}.lua`, import.meta.url), "utf8");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

export const scripts: Readonly<Record<"claim" | "commit", Script>> = { claim: load("claim"), commit: load("commit") };
