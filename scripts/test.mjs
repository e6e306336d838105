/**
 * `npm test [-- VITEST ARGUMENT ...]`: vitest with servers of its own, which end with it.
 *
 * A server or an oracle that cannot be had fails the tests that need it, unless PERDURE_SKIP=temporal,redis,erlang,lua says so. The last line of output is
 * `N passed, N failed, N skipped`.
 */
import "./lib/node-version.mjs";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isRunning, stopDaemon } from "./lib/daemon.mjs";
import { oracles } from "./lib/oracles.mjs";
import { dataDir, root } from "./lib/paths.mjs";
import { putRecord, readRecords } from "./lib/records.mjs";
import { main, pause, Stop, say } from "./lib/run.mjs";
import { services, skippedInTests } from "./lib/services.mjs";
import { closingLine, exitCodeOf, tally } from "./lib/tally.mjs";
import { selectionNeeds } from "./lib/test-files.mjs";

const quietMs = 20_000;
const runs = join(dataDir, "tests");

await main(async () => {
  mkdirSync(runs, { recursive: true });
  await endLeftovers();
  const folder = mkdtempSync(join(runs, `${process.pid}-`));
  const interruption = onInterruption(folder);
  try {
    const env = await serversFor(process.argv.slice(2), folder);
    process.exitCode = await runTests(process.argv.slice(2), env, folder, interruption);
  } finally {
    await endRun(folder);
  }
});

/** Servers of runs that were killed before they could end them; the folder's name begins with the pid of its run. */
async function endLeftovers() {
  for (const name of readdirSync(runs)) {
    const run = { pid: Number.parseInt(name, 10), marks: ["test.mjs"] };
    if (!isRunning(run)) await endRun(join(runs, name));
  }
}

async function endRun(folder) {
  for (const record of Object.values(readRecords(join(folder, "servers.json")))) await stopDaemon(record);
  rmSync(folder, { recursive: true, force: true });
}

/** On the first SIGINT or SIGTERM end vitest, and with it the run; before it runs, end the servers and go. */
function onInterruption(folder) {
  const interruption = { child: undefined };
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ]) {
    process.once(signal, async () => {
      if (interruption.child !== undefined) return interruption.child.kill("SIGTERM");
      await endRun(folder);
      process.exit(code);
    });
  }
  return interruption;
}

/** Start what the selected tests need; resolves to the environment that test/support/*.ts reads. */
async function serversFor(filters, folder) {
  const skipped = skippedInTests();
  const env = { ...process.env, PERDURE_TEST_DIR: folder };
  for (const [name, service] of Object.entries(services)) {
    if (skipped.includes(name)) say(`tests that need ${name} are skipped, because PERDURE_SKIP says so`);
    else if (selectionNeeds(name, filters)) Object.assign(env, await serverFor(name, service, folder));
  }
  for (const [name, oracle] of Object.entries(oracles)) {
    if (skipped.includes(name)) say(`tests that need ${name} are skipped, because PERDURE_SKIP says so`);
    else if (selectionNeeds(name, filters)) Object.assign(env, await oracleFor(name, oracle));
  }
  return env;
}

async function oracleFor(name, oracle) {
  try {
    return { [`PERDURE_${name.toUpperCase()}_BIN`]: await oracle.obtain() };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say(error.message);
    return { [`PERDURE_${name.toUpperCase()}_MISSING`]: error.message };
  }
}

async function serverFor(name, service, folder) {
  const missing = `PERDURE_${name.toUpperCase()}_MISSING`;
  const binary = `PERDURE_${name.toUpperCase()}_BIN`;
  try {
    const program = service.find();
    const found = program === undefined ? {} : { [binary]: program };
    const own = await service.namedAddress();
    if (own !== undefined) return { ...found, [service.addressVariable]: own };
    const obtained = program ?? (await service.obtain());
    say(`starting ${name} for the tests ...`);
    const started = (record) => putRecord(join(folder, "servers.json"), name, record);
    const { address } = await service.start(obtained, {
      folder: join(folder, name),
      port: 0,
      persistent: false,
      started,
    });
    return { [binary]: obtained, [service.addressVariable]: address };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say(error.message);
    return { [missing]: error.message };
  }
}

async function runTests(args, env, folder, interruption) {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  if (!existsSync(vitest)) throw new Stop("the dependencies are not installed; run: npm ci");
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await withSignsOfLife([vitest, "run", ...reporters, ...args], env, interruption);
  if (!existsSync(report)) throw new Stop(`vitest ended with code ${code} and left no report: see above`);
  const counts = tally(JSON.parse(readFileSync(report, "utf8")));
  if (counts.failed === 0 && code !== 0) say(`vitest ended with code ${code} although no test failed: see above`);
  if (counts.failed === 0 && counts.passed === 0) say("no test ran, which counts as a failure");
  console.log(closingLine(counts));
  return exitCodeOf(counts, code);
}

/** Run vitest; off a terminal it prints only when a file is done, so silence is broken by a line of ours. */
async function withSignsOfLife(args, env, interruption) {
  const terminal = process.stdout.isTTY === true;
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    stdio: ["ignore", terminal ? "inherit" : "pipe", "inherit"],
  });
  interruption.child = child;
  const started = Date.now();
  let spokeAt = started;
  child.stdout?.on("data", (chunk) => {
    spokeAt = Date.now();
    process.stdout.write(chunk);
  });
  const ticker = setInterval(() => {
    if (terminal || Date.now() - spokeAt < quietMs) return;
    spokeAt = Date.now();
    say(`tests are running: ${Math.round((spokeAt - started) / 1000)} s so far`);
  }, 1_000);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve(exitCode ?? (signal === "SIGINT" ? 130 : 143)));
  });
  clearInterval(ticker);
  await pause(0); // lets the last chunk reach stdout before the closing line
  return code;
}
