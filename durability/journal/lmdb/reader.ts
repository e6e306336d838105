/** A look at a journal in an LMDB file without claiming it, also while another process writes to it. */
import { stat } from "node:fs/promises";
import type { Database, RootDatabase } from "lmdb";
import { JournalError, type JournalReader, type StoredTexts } from "../journal.js";
import { decodeProcess, decodeText, encodeText, slotKey, slotOf } from "./bytes.js";
import { fileError, notLmdb, prepareFile } from "./file.js";

type Bytes = Database<Buffer, Buffer>;
type Snapshot = ReturnType<Bytes["useReadTransaction"]>;

/** Of the databases in the file; see store.ts. */
type Name = "perdure" | "states" | "records" | "sources";

const ownerKey = Buffer.from("owner");
/** Other work passes at least after so many processes. */
const processesAtOnce = 100;

/** Opens the file for reading; needs no lock. Rejects with a JournalError that names the file, also when there is none. */
export async function openLmdbReader({ path }: { readonly path: string }): Promise<JournalReader> {
  try {
    const { size } = await stat(path);
    if (size === 0) throw new JournalError("INVALID", `journal file ${path} is empty: no node has used it yet`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(path, error);
    throw new JournalError("INVALID", `there is no journal file ${path}: no node has used it yet, or it is elsewhere`);
  }
  await prepareFile(path);
  const lmdb = await import("lmdb");
  let root: RootDatabase<Buffer, Buffer> | undefined;
  try {
    root = lmdb.open<Buffer, Buffer>({
      path,
      noSubdir: true,
      readOnly: true,
      encoding: "binary",
      keyEncoding: "binary",
      maxDbs: 8,
    });
    return new LmdbReader(path, root);
  } catch (error) {
    await root?.close();
    throw fileError(path, error);
  }
}

class LmdbReader implements JournalReader {
  readonly driver = "lmdb";
  readonly address: string;
  private readonly root: RootDatabase<Buffer, Buffer>;
  private readonly databases: { readonly [name in Name]: Bytes };
  private readonly slots = new Map<string, number>();
  private closing: Promise<void> | undefined;

  constructor(path: string, root: RootDatabase<Buffer, Buffer>) {
    this.address = path;
    this.root = root;
    const open = (name: Name): Bytes => {
      // Its types do not know that a file opened for reading may lack it.
      const found = root.openDB(name, { encoding: "binary", keyEncoding: "binary" }) as Bytes | undefined;
      if (found === undefined) throw notLmdb(path, `it has no ${name}`);
      return found;
    };
    this.databases = {
      perdure: open("perdure"),
      states: open("states"),
      records: open("records"),
      sources: open("sources"),
    };
  }

  owner(): Promise<{ readonly epoch: number; readonly head: number }> {
    return this.look((transaction) => {
      const bytes = this.databases.perdure.get(ownerKey, { transaction });
      return bytes === undefined
        ? { epoch: 0, head: 0 }
        : { epoch: bytes.readDoubleBE(0), head: bytes.readDoubleBE(8) };
    });
  }

  states(): Promise<ReadonlyMap<string, string>> {
    return this.look((transaction) => this.scan(transaction));
  }

  async read(ids: readonly string[]): Promise<readonly (StoredTexts | undefined)[]> {
    const found: (StoredTexts | undefined)[] = [];
    for (let at = 0; at < ids.length; at += processesAtOnce) {
      const some = ids.slice(at, at + processesAtOnce);
      found.push(...(await this.look((transaction) => this.readSome(some, transaction))));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return found;
  }

  readSource(hash: string): Promise<string | undefined> {
    return this.look((transaction) => {
      const bytes = this.databases.sources.get(encodeText(hash), { transaction });
      return bytes === undefined ? undefined : decodeText(bytes);
    });
  }

  close(): Promise<void> {
    this.closing ??= this.root.close();
    return this.closing;
  }

  private readSome(ids: readonly string[], transaction: Snapshot): (StoredTexts | undefined)[] {
    // A slot may have a new owner by now, and a process be newer than the last scan.
    if (!ids.every((id) => this.holds(id, transaction))) this.scan(transaction);
    return ids.map((id) => {
      const slot = this.slots.get(id);
      if (slot === undefined) return undefined;
      const state = decodeProcess(this.databases.states.get(slotKey(slot), { transaction })!).state;
      const range = { start: slotKey(slot), end: slotKey(slot + 1), transaction };
      const records = [...this.databases.records.getRange(range)].map(({ value }) => decodeText(value));
      return { state, records };
    });
  }

  private holds(id: string, transaction: Snapshot): boolean {
    const slot = this.slots.get(id);
    const bytes = slot === undefined ? undefined : this.databases.states.get(slotKey(slot), { transaction });
    return bytes !== undefined && decodeProcess(bytes).id === id;
  }

  private scan(transaction: Snapshot): Map<string, string> {
    const states = new Map<string, string>();
    this.slots.clear();
    for (const { key, value } of this.databases.states.getRange({ transaction })) {
      const { id, state } = decodeProcess(value);
      states.set(id, state);
      this.slots.set(id, slotOf(key));
    }
    return states;
  }

  /** Everything that one call sees is of the same moment. */
  private look<T>(read: (transaction: Snapshot) => T): Promise<T> {
    if (this.closing !== undefined) {
      return Promise.reject(new JournalError("UNAVAILABLE", `journal file ${this.address} was closed`));
    }
    const transaction = this.root.useReadTransaction();
    try {
      return Promise.resolve(read(transaction));
    } catch (error) {
      return Promise.reject(fileError(this.address, error));
    } finally {
      transaction.done();
    }
  }
}
