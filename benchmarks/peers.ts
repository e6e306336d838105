/** The peers: who they are, what has to be there for them, and how their programs, which are below peers/, are started. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandLine } from "./children.js";

export interface Peer {
  readonly name: string;
  readonly workloads: readonly string[];
  /** Its counts, where those of the workload would take too long. */
  readonly counts?: Readonly<Record<string, number>>;
  /** How to start it; a text says what is missing, and how to get it. */
  command(): Promise<CommandLine | string>;
  /** Of what is measured. Asked for when there is a command. */
  version(): Promise<string>;
}

/** Of their programs: beside this file, or beside the folder of what is compiled. */
const folder = ["./peers/", "../../benchmarks/peers/"]
  .map((place) => fileURLToPath(new URL(place, import.meta.url)))
  .find((place) => existsSync(place))!;

const five = ["W1", "W2", "W3", "W4", "W5"];

export const peers: readonly Peer[] = [
  { name: "beam", workloads: [...five, "W6"], command: () => beam([]), version: erlangVersion },
  { name: "beam-s1", workloads: [...five, "W6"], command: () => beam(["+S", "1"]), version: erlangVersion },
  { name: "go", workloads: five, command: go, version: goVersion },
  fromNpm("nact", five, { W1: 100_000, W2: 200_000, W4: 200_000 }),
  fromNpm("xstate", five),
  fromNpm("comedy", ["W1"]),
  fromNpm("effect", ["W1", "W2", "W3", "W6"], { W1: 200_000 }),
  { ...fromNpm("fengari-bare", ["W1", "W3"], { W1: 100_000 }), version: () => versionOf("fengari") },
];

/** Processes that may live at once, more than any workload has. */
const mostProcesses = "1000000";

async function beam(flags: readonly string[]): Promise<CommandLine | string> {
  const missing = ["erl", "erlc"].filter((program) => !isOnPath(program));
  if (missing.length > 0) return `${missing.join(" and ")} of Erlang/OTP not found on the PATH`;
  const compiled = temporaryFolder();
  run("erlc", ["-o", compiled, join(folder, "beam.erl")]);
  return ["erl", "+P", mostProcesses, ...flags, "-noshell", "-pa", compiled, "-run", "beam", "main"];
}

async function erlangVersion(): Promise<string> {
  const release = 'io:format("~s", [erlang:system_info(otp_release)]), halt().';
  return `Erlang/OTP ${run("erl", ["-noshell", "-eval", release])}`;
}

async function go(): Promise<CommandLine | string> {
  if (!isOnPath("go")) return "go not found on the PATH";
  const program = join(temporaryFolder(), "channels");
  run("go", ["build", "-o", program, join(folder, "channels.go")]);
  return [program];
}

async function goVersion(): Promise<string> {
  return run("go", ["env", "GOVERSION"]).trim().replace("go", "Go ");
}

/** A peer on Node.js, from a package of npm. */
function fromNpm(name: string, workloads: readonly string[], counts: Readonly<Record<string, number>> = {}): Peer {
  const command = async (): Promise<CommandLine | string> =>
    install() ?? [process.execPath, "--expose-gc", "--max-old-space-size=8192", join(folder, `${name}.mjs`)];
  return { name, workloads, counts, command, version: () => versionOf(name) };
}

async function versionOf(name: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")) as {
    readonly version: string;
  };
  return `${name} ${version}`;
}

/** Of exactly the versions in the lock file, once for each lock file. What went wrong, or undefined. */
function install(): string | undefined {
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  const stamp = join(folder, "node_modules", ".installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return undefined;
  if (!isOnPath("npm")) return "npm not found on the PATH";
  const { status, stderr } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) return `npm ci in ${folder} failed: ${stderr.trim()}`;
  writeFileSync(stamp, lock);
  return undefined;
}

/** For what is compiled; gone at the end of this process. */
function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "perdure-bench-"));
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  return path;
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((place) => existsSync(join(place, program)));
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? stderr}`);
  return stdout;
}
