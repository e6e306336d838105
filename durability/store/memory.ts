/** A store in this program's memory: gone with it. */
import { compareKeys } from "./order.js";
import { keptReceipts } from "./store.js";
import { type Cells, type StoredItem, type Table, TableStore, type TableStoreOptions } from "./table.js";

export function openMemoryStore(options: TableStoreOptions): TableStore {
  return new TableStore(new MemoryTable(), options);
}

class MemoryTable implements Table, Cells {
  readonly driver = "memory";
  private readonly items = new Map<string, StoredItem>();
  /** Oldest first. */
  private readonly receipts = new Map<string, number>();
  private readonly mortal = new Set<string>();
  /** Keys in order; may hold some that are gone. Undefined: to be made when it is needed. */
  private sorted: readonly string[] | undefined;
  private changes = 0;

  read<T>(look: (cells: Cells) => T): T {
    return look(this);
  }

  async change<T>(work: (cells: Cells) => T): Promise<T> {
    return work(this);
  }

  async close(): Promise<void> {
    this.items.clear();
    this.receipts.clear();
    this.mortal.clear();
    this.sorted = undefined;
  }

  item(key: string): StoredItem | undefined {
    return this.items.get(key);
  }

  setItem(key: string, item: StoredItem, previous: StoredItem | undefined): void {
    if (previous === undefined) this.sorted = undefined;
    this.items.set(key, item);
    if (item.expiresAt === undefined) this.mortal.delete(key);
    else this.mortal.add(key);
  }

  removeItem(key: string): void {
    this.items.delete(key);
    this.mortal.delete(key);
  }

  size(): number {
    return this.items.size;
  }

  lastChange(): number {
    return this.changes;
  }

  receipt(request: string): number | undefined {
    return this.receipts.get(request);
  }

  addReceipt(request: string, change: number): void {
    this.changes = change;
    this.receipts.set(request, change);
    if (this.receipts.size <= keptReceipts) return;
    const [oldest] = this.receipts.keys();
    this.receipts.delete(oldest!);
  }

  expired(now: number, limit: number): string[] {
    const keys: string[] = [];
    for (const key of this.mortal) {
      if (keys.length === limit) break;
      if (this.items.get(key)!.expiresAt! <= now) keys.push(key);
    }
    return keys;
  }

  expiring(): boolean {
    return this.mortal.size > 0;
  }

  *walk(from: string): Iterable<readonly [string, StoredItem]> {
    this.sorted ??= [...this.items.keys()].sort(compareKeys);
    const { sorted } = this;
    for (let at = lowerBound(sorted, from); at < sorted.length; at++) {
      const item = this.items.get(sorted[at]!);
      if (item !== undefined) yield [sorted[at]!, item];
    }
  }
}

/** Index of the first key that is not before `key`. */
function lowerBound(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(sorted[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
