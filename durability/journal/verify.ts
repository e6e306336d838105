/** Verify: whether every process of a journal would come back from it as it was. Reads, and changes nothing. */
import type { Failure, Pid } from "../../mailbox/index.js";
import { JournalError, type JournalReader, type StoredTexts } from "./journal.js";
import { type Programs, sourceMissing } from "./programs.js";
import { readBase, readOut, readState, readTurn } from "./records.js";
import { type Rehearsal, rehearse, type StoredProcess } from "./rehearsal.js";
import { storedPid } from "./revival.js";
import type { LoadedProgram } from "./slot-host.js";

export interface VerifyOptions {
  readonly reader: JournalReader;
  /** Node part of the pids. */
  readonly node: string;
  readonly hostId: string;
  /** Two that share nothing, so that a process is replayed in two worlds: one at the time of its last input, one a day after. */
  readonly programs: readonly [Programs, Programs];
  readonly maxSlices: number;
}

export interface Verified {
  readonly pid: Pid;
  /** Empty: it is as it should be. */
  readonly problems: readonly string[];
}

const processesAtOnce = 64;
const dayMs = 86_400_000;

/** Every process that the journal holds when this begins and still holds when its turn comes. */
export async function* verifyJournal(options: VerifyOptions): AsyncGenerator<Verified> {
  const { reader, node, hostId } = options;
  const ids = [...(await reader.states()).keys()];
  const sources = new Pinned(options);
  for (let at = 0; at < ids.length; at += processesAtOnce) {
    const some = ids.slice(at, at + processesAtOnce);
    for (const [index, texts] of (await reader.read(some)).entries()) {
      if (texts === undefined) continue;
      const id = some[index]!;
      const pid = storedPid(node, hostId, id);
      const problems = await problemsOf(pid, texts, sources, options);
      if (problems.length === 0) {
        yield { pid, problems };
        continue;
      }
      // Its node may have gone on meanwhile, and have dropped the source that it was pinned to.
      const [again] = await reader.read([id]);
      if (again === undefined) continue;
      const isSame = again.state === texts.state;
      yield { pid, problems: isSame ? problems : await problemsOf(pid, again, sources, options) };
    }
  }
}

/** What is stored of one process, read. Throws a JournalError that says what cannot be read. */
export function readStored(pid: Pid, { state, records }: StoredTexts): StoredProcess {
  return { pid, state: readState(state, pid.text), records };
}

/** Programs of pinned sources, each source read from the journal once and never taken from the application. */
export class Pinned {
  private readonly options: Pick<VerifyOptions, "reader" | "programs">;
  private readonly learned = new Map<string, Promise<string | undefined>>();

  constructor(options: Pick<VerifyOptions, "reader" | "programs">) {
    this.options = options;
  }

  /** Why the journal cannot give this source; undefined when it can. */
  async problem(entry: string, hash: string): Promise<string | undefined> {
    if (hash === "") return undefined;
    const known = this.learned.get(hash) ?? this.learn(entry, hash);
    this.learned.set(hash, known);
    return known;
  }

  /** In one of the two worlds; `problem` has said that there is none. */
  load(world: 0 | 1, entry: string, hash: string): LoadedProgram | Failure {
    return this.options.programs[world].pinned(entry, hash) ?? sourceMissing(entry, hash);
  }

  private async learn(entry: string, hash: string): Promise<string | undefined> {
    const text = await this.options.reader.readSource(hash);
    if (text === undefined) return sourceMissing(entry, hash).message;
    try {
      for (const programs of this.options.programs) {
        const failed = programs.learn(hash, text);
        if (failed !== undefined) return failed.message;
      }
      return undefined;
    } catch (error) {
      return `the source ${hash} of ${entry} in the journal cannot be read: ${String(error)}`;
    }
  }
}

async function problemsOf(pid: Pid, texts: StoredTexts, sources: Pinned, options: VerifyOptions): Promise<string[]> {
  const problems: string[] = [];
  const reading = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push(wordsOf(error));
      return undefined;
    }
  };
  const stored = reading(() => readStored(pid, texts));
  if (stored === undefined) return problems;
  const { state } = stored;
  for (const row of state.out ?? []) reading(() => readOut(row));
  if (state.end !== undefined) return problems;
  problems.push(...recordProblems(stored));
  const missing = await sources.problem(state.entry, state.hash);
  if (missing !== undefined) problems.push(missing);
  if (problems.length > 0) return problems;
  const first = reading(() => replay(stored, sources, 0, options));
  if (first === undefined) return problems;
  if (first.effects !== state.x) {
    problems.push(`its replay made ${first.effects} effects where ${state.x} are recorded`);
    return problems;
  }
  const second = reading(() => replay(stored, sources, 1, options));
  if (second !== undefined && second.digest !== first.digest) {
    problems.push("two replays of it gave different effects: they depend on more than its inputs");
  }
  return problems;
}

/** Every record by itself, so that all that cannot be read are named. */
function recordProblems({ pid, state, records: [base, ...turns] }: StoredProcess): string[] {
  if (base === undefined) return ["the journal has no records of it"];
  const problems: string[] = [];
  let inputs = 0;
  for (const [index, text] of [base, ...turns].entries()) {
    try {
      if (index === 0) readBase(text, pid.text);
      else inputs += readTurn(text, pid).inputs.length;
    } catch (error) {
      problems.push(`record ${index + 1} of ${turns.length + 1}: ${wordsOf(error)}`);
    }
  }
  if (problems.length > 0 || inputs === state.n) return problems;
  return [`its records have ${inputs} inputs where ${state.n} are counted`];
}

function replay(stored: StoredProcess, sources: Pinned, world: 0 | 1, { maxSlices }: VerifyOptions): Rehearsal {
  const loaded = sources.load(world, stored.state.entry, stored.state.hash);
  if ("program" in loaded) {
    return rehearse(stored, loaded, { maxSlices, now: stored.state.at + world * dayMs });
  }
  throw new JournalError("INTERNAL", loaded.message);
}

/** A stack is of no use here; whoever threw is named by what the text says. */
function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
