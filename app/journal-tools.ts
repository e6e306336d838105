/** Looking at the journals of an app from outside of its nodes: `perdure journal`. Claims nothing; a node may run meanwhile. */
import { resolve } from "node:path";
import type { BondTable } from "../actors/index.js";
import {
  JournalError,
  type JournalReader,
  type OpenRow,
  Pinned,
  type ProcessRow,
  type ProcessView,
  type Programs,
  readStored,
  rehearse,
  type StoredTexts,
  storedPid,
  type Verified,
  verifyJournal,
  viewProcess,
  viewRow,
} from "../durability/journal/index.js";
import { LuaRuntime } from "../lua/index.js";
import type { Pid } from "../mailbox/index.js";
import { luaSources } from "./code.js";
import { journalNameOf } from "./config/journal.js";
import { didYouMean } from "./config/nearest.js";
import { type AppConfig, type EntryOf, entriesOfKind } from "./entries.js";
import { journalPrograms } from "./journal-programs.js";
import { luaPackages } from "./lua-packages.js";
import { maxSlices } from "./node.js";

type HostEntry = EntryOf<"process.host">;
export type JournalHostEntry = HostEntry & { readonly journal: NonNullable<HostEntry["journal"]> };

/** What its replay shows of a process beside its journal. */
export interface OpenWork {
  /** Requests that have not settled, timers among them. */
  readonly open: readonly OpenRow[];
  /** Pids at the other end of its links, of its monitors, and of monitors of it. */
  readonly links: readonly string[];
  readonly watching: readonly string[];
  readonly watchers: readonly string[];
}

export interface Inspected {
  readonly view: ProcessView;
  /** A text says why the process cannot be replayed; undefined for one that has ended. */
  readonly work: OpenWork | string | undefined;
}

/** The journal hosts that are meant: the one of that id, or all; a text says what is wrong with the id. */
export function journalHosts(config: AppConfig, id?: string): readonly JournalHostEntry[] | string {
  const all = entriesOfKind(config, "process.host").filter(
    (entry): entry is JournalHostEntry => entry.journal !== undefined,
  );
  if (all.length === 0) return "the app has no process.host with a journal";
  if (id === undefined) return all;
  const chosen = all.filter((entry) => entry.id === id);
  if (chosen.length > 0) return chosen;
  const ids = all.map((entry) => entry.id);
  const kind = config.entries.get(id)?.kind;
  const what = kind === undefined ? `there is no entry ${id}` : `${id} is a ${kind} without a journal`;
  return `${what}${didYouMean(id, ids)}; hosts with a journal: ${ids.join(", ")}`;
}

/** Rejects with a JournalError, also when no node has used the journal yet. To be closed. */
export async function openStoredJournal(config: AppConfig, host: JournalHostEntry): Promise<StoredJournal> {
  return new StoredJournal(config, host, await openReader(config, host));
}

async function openReader(config: AppConfig, host: JournalHostEntry): Promise<JournalReader> {
  const { store } = host.journal;
  if (store.driver === "redis") {
    const { openRedisReader } = await import("../durability/journal/redis/index.js");
    return openRedisReader({ url: store.url, name: journalNameOf(host) });
  }
  const { openLmdbReader } = await import("../durability/journal/lmdb/index.js");
  return openLmdbReader({ path: resolve(config.dir, store.path) });
}

const processesAtOnce = 100;

/** The journal of one host, open for reading. */
export class StoredJournal {
  readonly hostId: string;
  private readonly config: AppConfig;
  private readonly node: string;
  private readonly reader: JournalReader;

  constructor(config: AppConfig, host: JournalHostEntry, reader: JournalReader) {
    this.config = config;
    this.hostId = host.id;
    this.node = journalNameOf(host);
    this.reader = reader;
  }

  /** Driver and place, without secrets. */
  get place(): string {
    return `${this.reader.driver}, ${this.reader.address}`;
  }

  owner(): ReturnType<JournalReader["owner"]> {
    return this.reader.owner();
  }

  /** Every process, by its last input. */
  async rows(): Promise<ProcessRow[]> {
    const rows: ProcessRow[] = [];
    for await (const row of this.each(viewRow)) rows.push(row);
    return rows.sort((a, b) => (a.lastInputAt ?? 0) - (b.lastInputAt ?? 0) || (a.id < b.id ? -1 : 1));
  }

  /** Every process with all that is stored of it. */
  views(): AsyncGenerator<ProcessView> {
    return this.each(viewProcess);
  }

  /** One process by the text of its pid, its id or a name that it has; undefined when it is not in this journal. */
  async inspect(which: string): Promise<Inspected | undefined> {
    const id = await this.idOf(which);
    const [texts] = id === undefined ? [] : await this.reader.read([id]);
    if (id === undefined || texts === undefined) return undefined;
    const pid = storedPid(this.node, this.hostId, id);
    const view = viewProcess(pid, texts);
    if (view.status === "ended") return { view, work: undefined };
    try {
      return { view, work: await this.replay(readStored(pid, texts)) };
    } catch (error) {
      return { view, work: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Replay every process, twice; see verify.ts. */
  verify(): AsyncGenerator<Verified> {
    const { reader, node, hostId } = this;
    return verifyJournal({ reader, node, hostId, maxSlices, programs: [this.programs(), this.programs()] });
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  private async *each<T>(view: (pid: Pid, texts: StoredTexts) => T): AsyncGenerator<T> {
    const ids = [...(await this.reader.states()).keys()];
    for (let at = 0; at < ids.length; at += processesAtOnce) {
      const some = ids.slice(at, at + processesAtOnce);
      for (const [index, texts] of (await this.reader.read(some)).entries()) {
        if (texts !== undefined) yield view(storedPid(this.node, this.hostId, some[index]!), texts);
      }
    }
  }

  private async idOf(which: string): Promise<string | undefined> {
    const start = `{${this.node}@${this.hostId}|`;
    if (which.startsWith(start) && which.endsWith("}")) return which.slice(start.length, -1);
    const states = await this.reader.states();
    if (states.has(which)) return which;
    for (const [id, state] of states) {
      const row = viewRow(storedPid(this.node, this.hostId, id), { state, records: [] });
      if (row.names.includes(which)) return id;
    }
    return undefined;
  }

  private async replay(stored: ReturnType<typeof readStored>): Promise<OpenWork> {
    const { entry, hash, x } = stored.state;
    const programs = this.programs();
    const pinned = new Pinned({ reader: this.reader, programs: [programs, programs] });
    const missing = await pinned.problem(entry, hash);
    if (missing !== undefined) throw new JournalError("INTERNAL", missing);
    const loaded = pinned.load(0, entry, hash);
    if (!("program" in loaded)) throw new JournalError("INTERNAL", loaded.message);
    const { slot, effects } = rehearse(stored, loaded, { maxSlices, now: stored.state.at });
    if (effects !== x) {
      throw new JournalError("INTERNAL", `its replay made ${effects} effects where ${x} are recorded`);
    }
    const { links, watching, watchers } = slot.process.relations;
    return {
      open: slot.requests.rows(),
      links: pidsOf(links),
      watching: pidsOf(watching),
      watchers: pidsOf(watchers),
    };
  }

  /** Of a runtime of their own, which shares nothing with any other. */
  private programs(): Programs {
    const sources = luaSources(this.config);
    return journalPrograms(this.config, { runtime: new LuaRuntime({ packages: luaPackages }), sources }, this.hostId);
  }
}

function pidsOf(bonds: BondTable): string[] {
  return bonds.values().map(({ pid }) => pid.text);
}

export interface Compacted {
  readonly path: string;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** Undefined: the driver has no file. Rejects with a JournalError that names the holder while a node has the file open. */
export async function compactJournal(config: AppConfig, host: JournalHostEntry): Promise<Compacted | undefined> {
  const { store } = host.journal;
  if (store.driver !== "lmdb") return undefined;
  const path = resolve(config.dir, store.path);
  const { compactLmdbJournal } = await import("../durability/journal/lmdb/index.js");
  return { path, ...(await compactLmdbJournal(path)) };
}

export {
  type InputView,
  JournalError,
  type OutRow,
  type ProcessRow,
  type ProcessView,
} from "../durability/journal/index.js";
