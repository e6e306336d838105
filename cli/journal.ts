/** `perdure journal inspect|verify|export|compact`: what the journals of an app hold, beside or without a running node. */
import { type FileHandle, open } from "node:fs/promises";
import type { AppConfig } from "../app/index.js";
import {
  compactJournal,
  JournalError,
  type JournalHostEntry,
  journalHosts,
  openStoredJournal,
  type StoredJournal,
} from "../app/journal-tools.js";
import { processLines, tableLines, visible } from "./journal-lines.js";
import { complain, type ExitCode, exitCode, print } from "./output.js";
import { loadConfig, type RunFlags } from "./run.js";

/** `first` is a host or, alone, a process of any host; `second` a process. */
export async function inspect(
  dir: string,
  first: string | undefined,
  second: string | undefined,
  flags: RunFlags,
): Promise<ExitCode> {
  const config = await loadConfig(dir, flags);
  if (config === undefined) return exitCode.usage;
  const isHost = first === undefined || second !== undefined || config.entries.has(first);
  const hosts = journalHosts(config, isHost ? first : undefined);
  if (typeof hosts === "string") return usageError("inspect", hosts, flags);
  const which = isHost ? second : first;
  let found = 0;
  const code = await eachJournal("inspect", config, hosts, flags, async (journal) => {
    found += which === undefined ? await inspectAll(journal, flags) : await inspectOne(journal, which, flags);
  });
  if (which === undefined || found > 0 || code !== exitCode.ok) return code;
  const where = hosts.map(({ id }) => id).join(", ");
  return fail(
    "inspect",
    { kind: "NOT_FOUND", message: `there is no process ${which} in the journal of ${where}` },
    flags,
  );
}

async function inspectAll(journal: StoredJournal, flags: RunFlags): Promise<number> {
  const rows = await journal.rows();
  if (flags.json) for (const row of rows) print(JSON.stringify({ host: journal.hostId, ...row }));
  else for (const line of tableLines(rows)) print(line);
  return rows.length;
}

async function inspectOne(journal: StoredJournal, which: string, flags: RunFlags): Promise<number> {
  const found = await journal.inspect(which);
  if (found === undefined) return 0;
  const { view, work } = found;
  if (flags.json) print(JSON.stringify({ host: journal.hostId, ...view, work: work ?? null }));
  else for (const line of processLines(found)) print(line);
  return 1;
}

export async function verify(dir: string, host: string | undefined, flags: RunFlags): Promise<ExitCode> {
  const config = await loadConfig(dir, flags);
  if (config === undefined) return exitCode.usage;
  const hosts = journalHosts(config, host);
  if (typeof hosts === "string") return usageError("verify", hosts, flags);
  let processes = 0;
  let problems = 0;
  const code = await eachJournal("verify", config, hosts, flags, async (journal) => {
    for await (const { pid, problems: found } of journal.verify()) {
      processes += 1;
      problems += found.length;
      for (const problem of found) {
        print(flags.json ? JSON.stringify({ pid: pid.text, problem }) : visible(`${pid.text}: ${problem}`));
      }
    }
  });
  print(flags.json ? JSON.stringify({ processes, problems }) : `${processes} processes verified, ${problems} problems`);
  return problems > 0 ? exitCode.failed : code;
}

/** Always JSON lines; `--json` is about errors. */
export async function exportJournal(
  dir: string,
  host: string | undefined,
  flags: RunFlags & { readonly out?: string },
): Promise<ExitCode> {
  const config = await loadConfig(dir, flags);
  if (config === undefined) return exitCode.usage;
  const hosts = journalHosts(config, host);
  if (typeof hosts === "string") return usageError("export", hosts, flags);
  let file: FileHandle | undefined;
  try {
    file = flags.out === undefined ? undefined : await open(flags.out, "w");
  } catch (error) {
    return usageError("export", `${flags.out} cannot be written: ${(error as Error).message}`, flags);
  }
  try {
    return await eachJournal("export", config, hosts, flags, async (journal) => {
      for await (const view of journal.views()) {
        const line = JSON.stringify({ host: journal.hostId, ...view });
        if (file === undefined) print(line);
        else await file.write(`${line}\n`);
      }
    });
  } finally {
    await file?.close();
  }
}

export async function compact(dir: string, host: string | undefined, flags: RunFlags): Promise<ExitCode> {
  const config = await loadConfig(dir, flags);
  if (config === undefined) return exitCode.usage;
  const hosts = journalHosts(config, host);
  if (typeof hosts === "string") return usageError("compact", hosts, flags);
  let code: ExitCode = exitCode.ok;
  for (const entry of hosts) {
    try {
      const done = await compactJournal(config, entry);
      if (flags.json) print(JSON.stringify({ host: entry.id, compacted: done !== undefined, ...done }));
      else if (done === undefined)
        print(`${entry.id}: nothing to do: a journal on ${entry.journal.store.driver} has no file`);
      else print(`${entry.id}: ${done.path} had ${done.beforeBytes} bytes and has ${done.afterBytes}`);
    } catch (error) {
      code = failed("compact", entry, error, flags);
    }
  }
  return code;
}

/** One after the other; a journal that cannot be read keeps no other from its turn. */
async function eachJournal(
  command: string,
  config: AppConfig,
  hosts: readonly JournalHostEntry[],
  flags: RunFlags,
  use: (journal: StoredJournal) => Promise<void>,
): Promise<ExitCode> {
  // What is exported is data, in which every line names its host.
  const hasHeadings = hosts.length > 1 && !flags.json && command !== "export";
  let code: ExitCode = exitCode.ok;
  for (const entry of hosts) {
    let journal: StoredJournal | undefined;
    try {
      journal = await openStoredJournal(config, entry);
      if (hasHeadings) print(`${entry.id} (${journal.place})`);
      await use(journal);
    } catch (error) {
      code = failed(command, entry, error, flags);
    } finally {
      await journal?.close();
    }
  }
  return code;
}

function failed(command: string, { id }: JournalHostEntry, error: unknown, flags: RunFlags): ExitCode {
  if (!(error instanceof JournalError)) throw error;
  return fail(command, { kind: error.kind, message: `${id}: ${error.message}` }, flags);
}

function fail(command: string, error: { readonly kind: string; readonly message: string }, flags: RunFlags): ExitCode {
  if (flags.json) complain(JSON.stringify({ ...error, retryable: null, details: null }));
  else complain(`perdure journal ${command}: ${error.message}`);
  return exitCode.failed;
}

function usageError(command: string, message: string, flags: RunFlags): ExitCode {
  fail(command, { kind: "INVALID", message }, flags);
  return exitCode.usage;
}
