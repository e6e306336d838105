/** A store in one file, by LMDB. A change is answered once it is on the disk. Imported only when an app has such a store. */
import { mkdir, open as openFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import type { Payload } from "../../mailbox/index.js";
import { keptReceipts, StoreError } from "./store.js";
import { type Cells, type StoredItem, type Table, TableStore, type TableStoreOptions } from "./table.js";

export interface LmdbStoreOptions extends TableStoreOptions {
  /** Beside it a file of the same name with `-lock`. The folder is made when it is not there. */
  readonly path: string;
  /** False: a change is answered before it is on the disk, so the last ones may be lost with the machine, not with the program. */
  readonly sync: boolean;
}

/** Rejects with a StoreError that names the file. */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<TableStore> {
  try {
    await mkdir(dirname(options.path), { recursive: true });
    await refuseOtherFile(options.path);
    return new TableStore(new LmdbTable(options), options);
  } catch (thrown) {
    throw trouble(options.path, "cannot be opened", thrown);
  }
}

/** Where the first page of every LMDB file says what it is. */
const magicAt = 24;
const magic = 0xbeefc0de;

/** LMDB ends the whole program when it is given a file of another format. */
async function refuseOtherFile(path: string): Promise<void> {
  const file = await openFile(path, "a+");
  try {
    const start = Buffer.alloc(magicAt + 4);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    if (bytesRead > 0 && (bytesRead < start.length || start.readUInt32LE(magicAt) !== magic)) {
      throw new Error("it is not an LMDB file");
    }
  } finally {
    await file.close();
  }
}

function trouble(path: string, what: string, thrown: unknown): StoreError {
  return new StoreError("UNAVAILABLE", `${path} ${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
}

/** [version, writer, expiresAt or 0, value] as JSON. */
type StoredRow = readonly [number, string, number, Payload];

type Rows = Database<string, Uint8Array>;

class LmdbTable implements Table, Cells {
  readonly driver = "lmdb";
  private readonly path: string;
  private readonly sync: boolean;
  private readonly root: RootDatabase<string, Uint8Array>;
  private readonly items: Rows;
  /** Expiry time and key -> nothing: in the order in which items expire. */
  private readonly expiries: Rows;
  /** Request -> number of its change, and back: in the order in which they are forgotten. */
  private readonly receipts: Rows;
  private readonly requests: Rows;
  private readonly counters: Rows;

  constructor({ path, sync }: LmdbStoreOptions) {
    this.path = path;
    this.sync = sync;
    const format = { encoding: "string", keyEncoding: "binary" } as const;
    this.root = open<string, Uint8Array>({ path, noSubdir: true, maxDbs: 8, ...format });
    const table = (name: string): Rows => this.root.openDB<string, Uint8Array>({ name, ...format });
    this.items = table("items");
    this.expiries = table("expiries");
    this.receipts = table("receipts");
    this.requests = table("requests");
    this.counters = table("counters");
  }

  read<T>(look: (cells: Cells) => T): T {
    try {
      return look(this);
    } catch (thrown) {
      throw trouble(this.path, "cannot be read", thrown);
    }
  }

  async change<T>(work: (cells: Cells) => T): Promise<T> {
    try {
      const result = await this.root.transaction(() => work(this));
      if (this.sync) await this.root.flushed;
      return result;
    } catch (thrown) {
      throw trouble(this.path, "cannot be written", thrown);
    }
  }

  async close(): Promise<void> {
    await this.root.flushed;
    await this.root.close();
  }

  item(key: string): StoredItem | undefined {
    const row = this.items.get(bytesOf(key));
    return row === undefined ? undefined : itemOf(row);
  }

  setItem(key: string, item: StoredItem, previous: StoredItem | undefined): void {
    this.forgetExpiry(key, previous);
    const row: StoredRow = [item.version, item.writer, item.expiresAt ?? 0, item.value];
    void this.items.put(bytesOf(key), JSON.stringify(row));
    if (item.expiresAt !== undefined) void this.expiries.put(expiryKey(item.expiresAt, key), "");
    if (previous === undefined) this.count("size", 1);
  }

  removeItem(key: string, previous: StoredItem): void {
    this.forgetExpiry(key, previous);
    void this.items.remove(bytesOf(key));
    this.count("size", -1);
  }

  private forgetExpiry(key: string, item: StoredItem | undefined): void {
    if (item?.expiresAt !== undefined) void this.expiries.remove(expiryKey(item.expiresAt, key));
  }

  size(): number {
    return this.counter("size");
  }

  lastChange(): number {
    return this.counter("changes");
  }

  receipt(request: string): number | undefined {
    const change = this.receipts.get(bytesOf(request));
    return change === undefined ? undefined : Number(change);
  }

  addReceipt(request: string, change: number): void {
    this.count("changes", change - this.lastChange());
    void this.receipts.put(bytesOf(request), String(change));
    void this.requests.put(numberKey(change), request);
    const oldest = numberKey(Math.max(0, change - keptReceipts));
    const forgotten = this.requests.get(oldest);
    if (forgotten === undefined) return;
    void this.receipts.remove(bytesOf(forgotten));
    void this.requests.remove(oldest);
  }

  expired(now: number, limit: number): string[] {
    const range = { end: numberKey(now + 1), ...(Number.isFinite(limit) ? { limit } : {}) };
    return [...this.expiries.getKeys(range)].map((key) => Buffer.from(key.subarray(8)).toString("utf8"));
  }

  expiring(): boolean {
    return [...this.expiries.getKeys({ limit: 1 })].length > 0;
  }

  *walk(from: string): Iterable<readonly [string, StoredItem]> {
    for (const { key, value } of this.items.getRange(from === "" ? {} : { start: bytesOf(from) })) {
      yield [Buffer.from(key).toString("utf8"), itemOf(value)];
    }
  }

  private counter(name: string): number {
    return Number(this.counters.get(bytesOf(name)) ?? 0);
  }

  private count(name: string, by: number): void {
    void this.counters.put(bytesOf(name), String(this.counter(name) + by));
  }
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "utf8");

function itemOf(row: string): StoredItem {
  const [version, writer, expiresAt, value] = JSON.parse(row) as StoredRow;
  return { version, writer, expiresAt: expiresAt === 0 ? undefined : expiresAt, value };
}

/** Sorts as the number does. */
function numberKey(number: number): Uint8Array {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(Math.floor(number)));
  return key;
}

function expiryKey(expiresAt: number, key: string): Uint8Array {
  return Buffer.concat([numberKey(expiresAt), bytesOf(key)]);
}
