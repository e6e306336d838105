/** Getting the `temporal` program: found, downloaded or built. Starts no server. */
import { execFileSync } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { findProgram, isExecutable } from "./find-program.mjs";
import { cachedBinDir } from "./paths.mjs";
import { runQuietly, Stop, say } from "./run.mjs";

/** Newer ones have a replace directive in their go.mod, with which `go install` refuses them. */
const version = "v1.5.1";
const goPackage = `github.com/temporalio/cli/cmd/temporal@${version}`;
const downloads = "https://temporal.download/cli/archive";
const cached = join(cachedBinDir, "temporal");

const help = `Temporal's command line program was not found and could not be obtained. Do one of these:
  - set TEMPORAL_ADDRESS=host:port to use a server that runs already
  - install the Temporal CLI (https://docs.temporal.io/cli/setup-cli) so that \`temporal\` is on your PATH
  - install Go 1.23 or newer, and it is built for you (2 to 3 minutes, once)`;

/** The program on PATH or in the user's cache; undefined when there is none. */
export function findTemporal() {
  return findProgram("temporal") ?? (isExecutable(cached) ? cached : undefined);
}

/** The program, obtained into the user's cache when it is not there yet. A Stop with what was tried when that fails. */
export async function obtainTemporal() {
  const found = findTemporal();
  if (found !== undefined) return found;
  if (process.env.PERDURE_OFFLINE) throw new Stop(`${help}\nTried: nothing, because PERDURE_OFFLINE is set.`);
  const tried = [];
  mkdirSync(cachedBinDir, { recursive: true });
  for (const [way, fetchInto] of [
    ["download", download],
    ["go install", build],
  ]) {
    const folder = mkdtempSync(join(cachedBinDir, ".new-"));
    try {
      await fetchInto(folder);
      // A program that does not run here (wrong processor, missing libc) must not reach the cache.
      execFileSync(join(folder, "temporal"), ["--version"], { stdio: "ignore" });
      renameSync(join(folder, "temporal"), cached);
      return cached;
    } catch (error) {
      tried.push(`${way}: ${error.message}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  throw new Stop(`${help}\nTried:\n  ${tried.join("\n  ")}`);
}

/** The archive that Temporal publishes: 10 s for the server to answer, then 3 minutes for the file. */
async function download(folder) {
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch];
  if (arch === undefined || !["linux", "darwin"].includes(process.platform)) {
    throw new Error(`no archive is published for ${process.platform} ${process.arch}`);
  }
  const from = `${process.env.PERDURE_TEMPORAL_DOWNLOADS || downloads}/${version}?platform=${process.platform}&arch=${arch}`;
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(new Error("no answer within 10 s")), 10_000);
  const started = Date.now();
  const ticker = setInterval(
    () => say(`downloading the Temporal CLI: ${Math.round((Date.now() - started) / 1000)} s so far`),
    10_000,
  );
  try {
    say(`downloading the Temporal CLI ${version} ...`);
    const response = await fetch(from, { signal: abort.signal });
    if (!response.ok) throw new Error(`${from} answered ${response.status}`);
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(new Error("not complete after 3 minutes")), 180_000);
    const archive = join(folder, "temporal.tar.gz");
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive), { signal: abort.signal });
    execFileSync("tar", ["-xzf", archive, "-C", folder, "temporal"], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    const reason = abort.signal.aborted ? abort.signal.reason : error;
    say(`the Temporal CLI could not be downloaded: ${reason.cause?.message ?? reason.message}`);
    throw new Error(reason.cause?.message ?? reason.message, { cause: error });
  } finally {
    clearTimeout(timer);
    clearInterval(ticker);
  }
}

async function build(folder) {
  const go = findProgram("go", ["/usr/local/go/bin"]);
  if (go === undefined) throw new Error("there is no Go on PATH or in /usr/local/go/bin");
  const text = execFileSync(go, ["version"], { encoding: "utf8" }).trim();
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(text) ?? [];
  if (Number(major) < 1 || (Number(major) === 1 && Number(minor) < 23))
    throw new Error(`Go 1.23 or newer is needed, this is "${text}"`);
  await runQuietly(
    `building the Temporal CLI ${version} with Go (2 to 3 minutes the first time)`,
    go,
    ["install", goPackage],
    {
      env: { ...process.env, GOBIN: folder },
    },
  );
}
