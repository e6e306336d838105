#!/usr/bin/env node
/** The `perdure` command: reads the command line and hands over to one file per command. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addBenchCommand } from "./bench.js";
import { addJournalCommands } from "./journal-command.js";
import { complain, exitCode } from "./output.js";
import type { RunFlags } from "./run.js";

interface PackageJson {
  readonly version: string;
}

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as PackageJson;

const program = new Command("perdure")
  .description("Erlang-style processes in Lua or TypeScript; durability is one line of YAML.")
  .version(version)
  .exitOverride()
  .showHelpAfterError("(perdure --help shows what there is)");

const withOverrides = (command: Command): Command =>
  command.option(
    "-o, --override <ns:name=YAML>",
    "change one entry for this run: ns:name={kind: ..., ...} or ns:name:field=value; may be repeated",
    (text: string, before: readonly string[]) => [...before, text],
    [] as readonly string[],
  );

withOverrides(program.command("run"))
  .description("run an app until it is stopped, or one of its entries to its result")
  .argument("<app>", "directory with the app's YAML entries, or one file of Lua (its arguments follow)")
  .argument("[entry]", "ns:name of a function, process or workflow to run")
  .argument("[json...]", "its arguments, each a JSON value")
  .option("--json", "logs and errors as JSON lines")
  .action(async (app: string, entry: string | undefined, json: string[], flags: RunFlags) => {
    const { run } = await import("./run.js");
    process.exitCode = await run(app, entry, json, flags);
  });

addJournalCommands(program, withOverrides);
addBenchCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  else {
    complain(`perdure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = exitCode.failed;
  }
}
// Servers and pollers of a stopped app must not keep a finished command alive.
process.exit();
