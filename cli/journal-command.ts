/** How `perdure journal` is written on the command line. What it does is in journal.ts, which is loaded when it is asked for. */
import type { Command } from "commander";
import type { ExitCode } from "./output.js";
import type { RunFlags } from "./run.js";

const appHelp = "directory with the app's YAML entries";
const hostHelp = "ns:name of a process.host with a journal; all of them when left out";

/** `override` adds the option to change entries that every command has. */
export function addJournalCommands(program: Command, override: (command: Command) => Command): void {
  const journal = program.command("journal").description("look at the journals of an app, also while it runs");
  const add = (name: string, description: string): Command =>
    override(journal.command(name).description(description).argument("<app>", appHelp));

  add("inspect", "list the processes of a journal, or show all that it holds of one")
    .argument("[host]", hostHelp)
    .argument("[process]", "PID, id or name of one process; the host may be left out")
    .option("--json", "one JSON object per process")
    .action((app: string, host: string | undefined, which: string | undefined, flags: RunFlags) =>
      end((commands) => commands.inspect(app, host, which, flags)),
    );
  add("verify", "replay every process and compare with what is recorded")
    .argument("[host]", hostHelp)
    .option("--json", "one JSON object per problem, and one for the sum")
    .action((app: string, host: string | undefined, flags: RunFlags) =>
      end((commands) => commands.verify(app, host, flags)),
    );
  add("export", "write all processes as JSON lines")
    .argument("[host]", hostHelp)
    .option("--out <file>", "write to this file, and not to standard output")
    .option("--json", "errors as JSON lines too")
    .action((app: string, host: string | undefined, flags: RunFlags & { readonly out?: string }) =>
      end((commands) => commands.exportJournal(app, host, flags)),
    );
  add("compact", "make the file of an LMDB journal as small as what is in it; its node must be stopped")
    .argument("[host]", hostHelp)
    .option("--json", "one JSON object per journal")
    .action((app: string, host: string | undefined, flags: RunFlags) =>
      end((commands) => commands.compact(app, host, flags)),
    );
}

async function end(run: (commands: typeof import("./journal.js")) => Promise<ExitCode>): Promise<void> {
  process.exitCode = await run(await import("./journal.js"));
}
