/** TableStore: the rules of a store over a table of cells that one thread changes. Where the cells are kept is the table's business. */
import type { Clock } from "../../actors/index.js";
import { type Payload, payloadBytes } from "../../mailbox/index.js";
import { compareKeys } from "./order.js";
import {
  type Item,
  type KeyValueStore,
  type ListPage,
  type ListQuery,
  type Put,
  type PutResult,
  pageBytes,
  StoreError,
  type StoreInfo,
} from "./store.js";

export interface StoredItem {
  readonly value: Payload;
  readonly version: number;
  /** Idempotency key of the put that wrote it. */
  readonly writer: string;
  /** Milliseconds since 1970; undefined: never. It may have passed. */
  readonly expiresAt: number | undefined;
}

/** A table as one reader or one change sees it; not valid afterwards. Knows no time. */
export interface Cells {
  item(key: string): StoredItem | undefined;
  /** `previous` is what `item` gave. */
  setItem(key: string, item: StoredItem, previous: StoredItem | undefined): void;
  removeItem(key: string, previous: StoredItem): void;
  /** How many items there are, expired ones included. */
  size(): number;
  /** Number of the last change. */
  lastChange(): number;
  /** Number of the change that this request made; undefined when it made none or was long ago. */
  receipt(request: string): number | undefined;
  /** A change was made: its number is now the last. Forgets the receipt of long ago. */
  addReceipt(request: string, change: number): void;
  /** Keys of items that had expired by then, at most `limit`. */
  expired(now: number, limit: number): string[];
  /** Whether any item will expire. */
  expiring(): boolean;
  /** From the first key that is not before `from`, in the order of `compareKeys`. */
  walk(from: string): Iterable<readonly [key: string, item: StoredItem]>;
}

export interface Table {
  readonly driver: string;
  read<T>(look: (cells: Cells) => T): T;
  /** Atomic, one after the other; resolves when it is as durable as the table makes it. Rejects with a StoreError. */
  change<T>(work: (cells: Cells) => T): Promise<T>;
  close(): Promise<void>;
}

export interface TableStoreOptions {
  readonly clock: Clock;
  /** Of items; 0 means unlimited. */
  readonly maxSize: number;
  /** How often expired items are removed that nobody has asked for; 0 means never. */
  readonly cleanupIntervalMs: number;
  /** A removal of expired items went wrong; it will be tried again. */
  readonly onTrouble: (detail: string) => void;
}

/** Expired items removed in one change. */
const sweepBatch = 1000;

export class TableStore implements KeyValueStore {
  private readonly table: Table;
  private readonly options: TableStoreOptions;
  private timer: { cancel(): void } | undefined;
  private closing: Promise<void> | undefined;

  constructor(table: Table, options: TableStoreOptions) {
    this.table = table;
    this.options = options;
    if (table.read((cells) => cells.expiring())) this.armSweep();
  }

  async get(key: string): Promise<Item | undefined> {
    this.mustBeOpen();
    const item = this.table.read((cells) => alive(cells.item(key), this.now()));
    return item === undefined ? undefined : { key, value: item.value, version: item.version };
  }

  async put(put: Put): Promise<PutResult> {
    this.mustBeOpen();
    const result = await this.table.change((cells) => this.putInto(cells, put));
    if (put.ttlMs !== undefined) this.armSweep();
    return result;
  }

  async delete(key: string, request: string): Promise<boolean> {
    this.mustBeOpen();
    return this.table.change((cells) => {
      if (cells.receipt(request) !== undefined) return true;
      const found = cells.item(key);
      if (found === undefined) return false;
      cells.removeItem(key, found);
      if (alive(found, this.now()) === undefined) return false;
      cells.addReceipt(request, cells.lastChange() + 1);
      return true;
    });
  }

  async list({ prefix, after, limit }: ListQuery): Promise<ListPage> {
    this.mustBeOpen();
    const now = this.now();
    const from = compareKeys(after, prefix) > 0 ? after : prefix;
    return this.table.read((cells) => {
      const items: Item[] = [];
      let bytes = 0;
      for (const [key, item] of cells.walk(from)) {
        if (!key.startsWith(prefix)) break;
        if (key === after || alive(item, now) === undefined) continue;
        if (items.length === limit || bytes > pageBytes) return { items, hasMore: true };
        items.push({ key, value: item.value, version: item.version });
        bytes += payloadBytes(item.value);
      }
      return { items, hasMore: false };
    });
  }

  async info(): Promise<StoreInfo> {
    this.mustBeOpen();
    const { driver } = this.table;
    const now = this.now();
    const size = this.table.read((cells) => cells.size() - cells.expired(now, Number.POSITIVE_INFINITY).length);
    return { driver, size, maxSize: this.options.maxSize };
  }

  close(): Promise<void> {
    this.timer?.cancel();
    this.closing ??= this.table.close();
    return this.closing;
  }

  private now(): number {
    return this.options.clock.now();
  }

  private mustBeOpen(): void {
    if (this.closing !== undefined) throw new StoreError("UNAVAILABLE", "the store is closed");
  }

  private putInto(cells: Cells, { key, value, ttlMs, condition, request }: Put): PutResult {
    const now = this.now();
    const before = cells.receipt(request);
    if (before !== undefined) return { kind: "written", version: before };
    const previous = cells.item(key);
    if (previous?.writer === request) return { kind: "written", version: previous.version };
    const current = alive(previous, now)?.version;
    if (condition.kind === "absent" && current !== undefined) return { kind: "exists", version: current };
    if (condition.kind === "version" && current !== condition.version) return { kind: "conflict", version: current };
    const { maxSize } = this.options;
    if (previous === undefined && maxSize > 0 && !makeRoom(cells, maxSize, now)) return { kind: "full", maxSize };
    const version = cells.lastChange() + 1;
    const expiresAt = ttlMs === undefined ? undefined : now + ttlMs;
    cells.setItem(key, { value, version, writer: request, expiresAt }, previous);
    cells.addReceipt(request, version);
    return { kind: "written", version };
  }

  /** Only while something will expire, so that a store at rest sets no timer. */
  private armSweep(): void {
    const { cleanupIntervalMs, clock } = this.options;
    if (this.timer !== undefined || this.closing !== undefined || cleanupIntervalMs === 0) return;
    this.timer = clock.timer(cleanupIntervalMs, () => {
      this.sweep().catch((thrown: unknown) => this.options.onTrouble(`expired keys could not be removed: ${thrown}`));
    });
  }

  private async sweep(): Promise<void> {
    try {
      let removed = sweepBatch;
      while (removed === sweepBatch && this.closing === undefined) {
        removed = await this.table.change((cells) => removeExpired(cells, this.now(), sweepBatch));
      }
    } finally {
      this.timer = undefined;
      if (this.closing === undefined && this.table.read((cells) => cells.expiring())) this.armSweep();
    }
  }
}

/** An item expires when its time to live is over, not a moment before. */
function alive(item: StoredItem | undefined, now: number): StoredItem | undefined {
  return item?.expiresAt !== undefined && item.expiresAt <= now ? undefined : item;
}

function makeRoom(cells: Cells, maxSize: number, now: number): boolean {
  if (cells.size() < maxSize) return true;
  removeExpired(cells, now, sweepBatch);
  return cells.size() < maxSize;
}

function removeExpired(cells: Cells, now: number, limit: number): number {
  const keys = cells.expired(now, limit);
  for (const key of keys) {
    const item = cells.item(key);
    if (item !== undefined) cells.removeItem(key, item);
  }
  return keys.length;
}
