/** The plan of a run, and its rounds: the subjects of a workload in turn, each in a process of its own. */
import { type CommandLine, ownCommand, RunFailed, runChild } from "./children.js";
import type { Result, Workload } from "./harness.js";
import type { Options } from "./options.js";
import type { Peer } from "./peers.js";

/** One subject of one workload. */
export interface Entry {
  readonly workload: string;
  readonly subject: string;
  readonly command: CommandLine;
  readonly count: number;
}

export interface Listener {
  result(result: Result): void;
  /** The subject is left out from now on. */
  failed(entry: Entry, round: number, message: string): void;
  progress(done: number, total: number, next: string): void;
}

const limitMs = 300_000;

/** `commands`: of the peers that are there. */
export function plan(
  options: Options,
  workloads: readonly Workload[],
  peers: readonly Peer[],
  commands: ReadonlyMap<string, CommandLine>,
): Entry[][] {
  const wants = (name: string): boolean => options.subjects?.includes(name) ?? true;
  const scaled = (count: number): number => Math.max(1, Math.round(count * options.scale));
  return workloads
    .filter(({ id }) => options.workloads.includes(id))
    .map(({ id, count, counts, runs }) => {
      const own = Object.keys(runs)
        .filter(wants)
        .map((subject): Entry => {
          return { workload: id, subject, command: ownCommand(subject), count: scaled(counts?.[subject] ?? count) };
        });
      const others = peers
        .filter(({ name, workloads }) => workloads.includes(id) && wants(name) && commands.has(name))
        .map((peer): Entry => {
          const amount = scaled(peer.counts?.[id] ?? count);
          return { workload: id, subject: peer.name, command: commands.get(peer.name)!, count: amount };
        });
      return [...own, ...others];
    });
}

/** False when a subject failed. */
export async function runAll(
  entries: readonly (readonly Entry[])[],
  rounds: number,
  listener: Listener,
): Promise<boolean> {
  const total = entries.flat().length * rounds;
  const failed = new Set<Entry>();
  let done = 0;
  for (const group of entries) {
    for (let round = 1; round <= rounds; round++) {
      for (const entry of group) {
        listener.progress(done++, total, `${entry.workload} ${entry.subject}`);
        if (!failed.has(entry) && !(await runEntry(entry, round, listener))) failed.add(entry);
      }
    }
  }
  listener.progress(total, total, "done");
  return failed.size === 0;
}

async function runEntry(entry: Entry, round: number, listener: Listener): Promise<boolean> {
  const { workload, subject, command, count } = entry;
  try {
    for (const measured of await runChild(command, workload, count, { limitMs })) {
      listener.result({ workload, subject, ...measured, round });
    }
    return true;
  } catch (error) {
    if (!(error instanceof RunFailed)) throw error;
    listener.failed(entry, round, error.message);
    return false;
  }
}
