/** From sources to dist/: engine, TypeScript, workflow bundle, command. Each step is left out when its inputs are unchanged. */
import { chmodSync, cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fingerprint, stampMatches, writeStamp } from "./fingerprint.mjs";
import { withLock } from "./lock.mjs";
import { root } from "./paths.mjs";
import { runQuietly, Stop } from "./run.mjs";

/** What ends up in dist/ once built for running; tests are compiled by their runner. */
const sources = ["mailbox", "actors", "supervision", "lua", "durability", "app", "cli", "benchmarks", "scripts"];
const settings = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.base.json"];

const bundleInputs = [
  "mailbox",
  "actors",
  "supervision",
  "lua",
  "fengari",
  "durability/workflow",
  "durability/temporal/workflow",
];

const command = join(root, "dist/cli/main.js");

/** Build all, the types of the tests included. */
export function buildAll() {
  return withLock("build", () => steps([]));
}

/** Build what running the command and the tests needs, unless nothing changed since the last time. */
export function buildForRunning() {
  return withLock("build", async () => {
    const stamp = join(root, "dist", ".built");
    const print = fingerprint([...sources, ...settings]);
    if (stampMatches(stamp, print) && existsSync(command)) return;
    await steps(["cli", "benchmarks"]);
    writeStamp(stamp, print);
  });
}

/** `projects` limits TypeScript to these folders and what they import; none means the whole solution. */
async function steps(projects) {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  if (!existsSync(compiler)) throw new Stop("the dependencies are not installed; run: npm ci");
  await node("patching the Lua engine", [join(root, "scripts/patch-fengari.mjs")]);
  await node("compiling TypeScript", [compiler, "-b", ...projects], { lastLines: 200 });
  copyScripts();
  await bundle();
  if (existsSync(command)) chmodSync(command, 0o755);
}

/** The scripts that run inside Redis are read from beside the code that sends them. */
function copyScripts() {
  const folder = "durability/journal/redis/commands";
  cpSync(join(root, folder), join(root, "dist", folder), { recursive: true });
}

async function bundle() {
  const script = "scripts/bundle-workflow.mjs";
  if (!existsSync(join(root, script))) return;
  const stamp = join(root, "dist", ".bundled");
  const print = fingerprint([script, "package-lock.json", ...bundleInputs.map((folder) => `dist/${folder}`)]);
  if (stampMatches(stamp, print)) return;
  await node("bundling the workflow code", [join(root, script)]);
  writeStamp(stamp, print);
}

function node(what, args, options = {}) {
  return runQuietly(what, process.execPath, args, { cwd: root, ...options });
}
