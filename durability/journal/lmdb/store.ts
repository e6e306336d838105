/** What the journal looks like inside an LMDB file, and one transaction on it. Queues, retries and answers are in driver.ts. */
import type { Database, RootDatabase } from "lmdb";
import { type Commit, JournalError, type JournalImage, type ProcessWrite, type Superseded } from "../journal.js";
import {
  decodeOwner,
  decodeProcess,
  decodeText,
  encodeOwner,
  encodeProcess,
  encodeText,
  type Owner,
  recordKey,
  slotKey,
  slotOf,
} from "./bytes.js";
import { causeOf, fileError, notLmdb, prepareFile } from "./file.js";
import { type Lmdb, openRoot, type StoreOptions } from "./root.js";
import { fileSize, type LmdbStats, type PageStats } from "./stats.js";

type Bytes = Database<Buffer, Buffer>;

/** How many of the commits are written; the one after them, and all later ones, are refused. */
export interface Written {
  readonly count: number;
  readonly refused: { readonly why: Superseded; readonly detail: string } | undefined;
}

/** Where a process is: its records have the keys (slot, first) to (slot, next - 1). */
interface Place {
  readonly slot: number;
  readonly first: number;
  readonly next: number;
}

const format = "perdure-journal 1";
const formatKey = Buffer.from("format");
const ownerKey = Buffer.from("owner");
/** A read lets other work pass at least this often. */
const maxReadMs = 10;

export class LmdbStore {
  private readonly places = new Map<string, Place>();
  private nextSlot = 1;
  private closed = false;
  private readonly meta: Bytes;
  private readonly states: Bytes;
  private readonly records: Bytes;
  private readonly sources: Bytes;

  private constructor(
    private readonly path: string,
    private readonly root: RootDatabase<Buffer, Buffer>,
  ) {
    const open = (name: string): Bytes => root.openDB(name, { encoding: "binary", keyEncoding: "binary" });
    this.meta = open("perdure");
    this.states = open("states");
    this.records = open("records");
    this.sources = open("sources");
  }

  /** The lock must be held. Rejects with a JournalError. */
  static async open(lmdb: Lmdb, options: StoreOptions): Promise<LmdbStore> {
    const { path } = options;
    await prepareFile(path);
    let root: RootDatabase<Buffer, Buffer> | undefined;
    try {
      root = openRoot(lmdb, options);
      const names = [...root.getKeys()].map(String);
      if (names.length > 0 && !names.some((name) => name.startsWith("perdure")))
        throw notLmdb(path, "it has other data");
      const store = new LmdbStore(path, root);
      const found = store.meta.get(formatKey)?.toString();
      if (found !== undefined && found !== format) throw notLmdb(path, `its format is ${found}, not ${format}`);
      return store;
    } catch (error) {
      await root?.close();
      throw fileError(path, error);
    }
  }

  /** Durable when it answers. The epoch will be above `lastEpoch`. */
  async claim(lastEpoch: number): Promise<JournalImage> {
    const owner = await this.transaction(() => {
      const { epoch, head } = this.owner();
      const next = { epoch: Math.max(epoch, lastEpoch) + 1, head };
      this.meta.putSync(formatKey, Buffer.from(format));
      this.putOwner(next);
      return next;
    });
    const sources = [...this.sources.getKeys()].map((key) => decodeText(key));
    return { ...owner, states: this.load(), sources };
  }

  /** What the file says now. */
  owner(): Owner {
    const stored = this.meta.get(ownerKey);
    return stored === undefined ? { epoch: 0, head: 0 } : decodeOwner(stored);
  }

  /** Find every process again. */
  load(): ReadonlyMap<string, string> {
    const states = new Map<string, string>();
    this.places.clear();
    this.nextSlot = 1;
    for (const { key, value } of this.states.getRange({})) {
      const slot = slotOf(key);
      const { id, state, first, next } = decodeProcess(value);
      states.set(id, state);
      this.places.set(id, { slot, first, next });
      this.nextSlot = slot + 1;
    }
    return states;
  }

  /**
   * One transaction of commits in their order, which are asked for when it has begun. All that fit to the head are written, or, when
   * this rejects, none; unless `mayBeWritten`, which finds them already there.
   */
  async write(epoch: number, take: () => readonly Commit[], mayBeWritten: boolean): Promise<Written> {
    const changed = new Map<string, Place | undefined>();
    const written = await this.transaction((): Written => {
      const commits = take();
      const owner = this.owner();
      if (owner.epoch !== epoch) {
        const why = owner.epoch > epoch ? "fenced" : "rolled_back";
        return { count: 0, refused: { why, detail: `${this.path} has epoch ${owner.epoch}, this owner ${epoch}` } };
      }
      const last = commits.at(-1);
      if (mayBeWritten && last?.number === owner.head) {
        // Written and perhaps not flushed: another transaction is.
        this.putOwner(owner);
        return { count: commits.length, refused: undefined };
      }
      let count = 0;
      for (const commit of commits) {
        const next = owner.head + count + 1;
        if (commit.number !== next) {
          const detail = `commit ${commit.number} does not fit to ${this.path}, where ${next} is next`;
          return this.end(owner, count, { why: "rolled_back", detail });
        }
        for (const write of commit.writes) changed.set(write.id, this.writeProcess(changed, write));
        for (const [hash, text] of commit.sources) this.sources.putSync(encodeText(hash), encodeText(text));
        for (const hash of commit.dropSources) this.sources.removeSync(encodeText(hash));
        count++;
      }
      return this.end(owner, count, undefined);
    });
    for (const [id, place] of changed) {
      if (place === undefined) this.places.delete(id);
      else this.places.set(id, place);
    }
    return written;
  }

  private end(owner: Owner, count: number, refused: Written["refused"]): Written {
    if (count > 0) this.putOwner({ epoch: owner.epoch, head: owner.head + count });
    return { count, refused };
  }

  private writeProcess(changed: ReadonlyMap<string, Place | undefined>, write: ProcessWrite): Place | undefined {
    const known = changed.has(write.id) ? changed.get(write.id) : this.places.get(write.id);
    if (known !== undefined && (write.reset || write.state === undefined)) {
      for (let number = known.first; number < known.next; number++) {
        this.records.removeSync(recordKey(known.slot, number));
      }
    }
    if (write.state === undefined) {
      if (known !== undefined) this.states.removeSync(slotKey(known.slot));
      return undefined;
    }
    const place = known ?? { slot: this.nextSlot++, first: 0, next: 0 };
    let next = place.next;
    for (const text of write.records) this.records.putSync(recordKey(place.slot, next++), encodeText(text));
    const first = write.reset ? place.next : place.first;
    this.states.putSync(slotKey(place.slot), encodeProcess({ id: write.id, state: write.state, first, next }));
    return { slot: place.slot, first, next };
  }

  async read(ids: readonly string[]): Promise<readonly (readonly string[])[]> {
    const found: string[][] = [];
    let began = performance.now();
    for (const id of ids) {
      if (performance.now() - began > maxReadMs) {
        await new Promise((resolve) => setImmediate(resolve));
        began = performance.now();
      }
      this.assertOpen();
      const place = this.places.get(id);
      const texts: string[] = [];
      if (place !== undefined) {
        const range = { start: slotKey(place.slot), end: slotKey(place.slot + 1) };
        for (const { value } of this.records.getRange(range)) texts.push(decodeText(value));
      }
      found.push(texts);
    }
    return found;
  }

  readSource(hash: string): string | undefined {
    this.assertOpen();
    const bytes = this.sources.get(encodeText(hash));
    return bytes === undefined ? undefined : decodeText(bytes);
  }

  stats(): LmdbStats {
    this.assertOpen();
    const databases = [this.root, this.meta, this.states, this.records, this.sources];
    return { ...fileSize(databases.map((each) => each.getStats() as PageStats)), processes: this.places.size };
  }

  /** A copy without the free pages. */
  async copyCompacted(path: string): Promise<void> {
    await this.root.backup(path, true);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.root.close();
  }

  get isClosed(): boolean {
    return this.closed;
  }

  private assertOpen(): void {
    if (this.closed) throw new JournalError("UNAVAILABLE", `journal file ${this.path} was closed`);
  }

  private putOwner(owner: Owner): void {
    this.meta.putSync(ownerKey, encodeOwner(owner));
  }

  /** All or nothing, answered once it is on the disk (with `sync`). A child transaction: what a plain one wrote before it threw, stays. */
  private async transaction<T>(run: () => T): Promise<T> {
    this.assertOpen();
    try {
      return await this.root.childTransaction(run);
    } catch (error) {
      throw await causeOf(error);
    }
  }
}
