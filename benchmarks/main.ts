/**
 * `npm run bench` and `perdure bench`: reads the command line, asks the workloads, tells the results. With --json one line for each on
 * standard output; the table is on standard error. Ends with 0, with 1 when a subject failed, or with 2 when the command line is wrong.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProgressBar } from "../cli/progress.js";
import { chart } from "./chart.js";
import type { CommandLine } from "./children.js";
import type { Result } from "./harness.js";
import { type Options, OptionsError, parseOptions } from "./options.js";
import { type Peer, peers } from "./peers.js";
import { type Listener, plan, runAll } from "./run.js";
import { markdown, table } from "./table.js";
import { workloads } from "./workloads.js";

const own = [...new Set(workloads.flatMap(({ runs }) => Object.keys(runs)))];

const usage = `Usage: bench [options]

  --only W1,W2        these workloads (${workloads.map(({ id, name }) => `${id} ${name}`).join(", ")});
                      or journal, journal:messages, journal:wake-up, journal:recovery alone
  --subjects a,b      these subjects (${own.join(", ")})
  --peers             the peers too (${peers.map(({ name }) => name).join(", ")}):
                      those from npm are installed at their first use; Erlang/OTP and Go have to be on the PATH
  --rounds 5          rounds; the subjects take turns within each
  --scale 1           multiply all counts, such as 0.1 for a quick look
  --json              one line for each result on standard output
  --out DIR           write results.jsonl, table.txt and table.md there
  --chart FILE        write a bar chart as SVG
`;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(parseOptions(args, { workloads, own, peers: peers.map(({ name }) => name) }));
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    say(`${error.message}\n\n${usage}`);
    return 2;
  }
}

async function run(options: Options): Promise<number> {
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const results: Result[] = [];
  const versions = new Set<string>();
  const bar = new ProgressBar((text) => void (process.stderr.isTTY && process.stderr.write(text)));
  const listener: Listener = {
    result: (result) => {
      results.push(result);
      if (options.json) bar.around(() => console.log(JSON.stringify(result)));
    },
    failed: ({ workload, subject }, round, message) =>
      bar.around(() => say(`${workload} ${subject} failed in round ${round} and is left out: ${message.trimEnd()}`)),
    progress: (done, total, next) => bar.update({ done, total }, next),
  };
  const isWhole = await (options.journal === undefined
    ? ask(options, versions, listener)
    : askJournals(options, listener));
  tell(options, results, [...versions]);
  return isWhole ? 0 : 1;
}

/** Adds to `versions` those of the peers. */
async function ask(options: Options, versions: Set<string>, listener: Listener): Promise<boolean> {
  const commands = new Map<string, CommandLine>();
  const isWanted = ({ name, workloads }: Peer): boolean =>
    (options.subjects?.includes(name) ?? true) && workloads.some((id) => options.workloads.includes(id));
  const wanted = options.peers ? peers.filter(isWanted) : [];
  for (const peer of wanted) {
    const command = await peer.command();
    if (typeof command === "string") say(`${peer.name} is left out: ${command}`);
    else {
      commands.set(peer.name, command);
      versions.add(await peer.version());
    }
  }
  const entries = plan(options, workloads, peers, commands);
  return runAll(entries, options.rounds, listener);
}

async function askJournals({ rounds, journal }: Options, { result }: Listener): Promise<boolean> {
  const { measureJournals } = await import("./journal.js").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new OptionsError(
      "--only: the journal benchmark is part of the repository, and needs what is installed there",
    );
  });
  await measureJournals(rounds, result, journal === "" ? undefined : journal);
  return true;
}

function tell({ out, chart: file }: Options, results: readonly Result[], versions: readonly string[]): void {
  const nameOf = (id: string): string => {
    const name = workloads.find((workload) => workload.id === id)?.name;
    return name === undefined ? id : `${id} ${name}`;
  };
  const text = table(results, nameOf, versions);
  say(text);
  if (out !== undefined) {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "results.jsonl"), results.map((result) => `${JSON.stringify(result)}\n`).join(""));
    writeFileSync(join(out, "table.txt"), `${text}\n`);
    writeFileSync(join(out, "table.md"), markdown(results, nameOf));
  }
  if (file !== undefined) writeFileSync(file, chart(results, nameOf));
}
