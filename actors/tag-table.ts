/** TagTable: values by numbers that only grow, such as tags, most of which go in the order in which they came. */

/** Rows without a value that may stay among those with one. */
const spareRows = 16;

/**
 * Two arrays and a binary search. A Map leaves its old table behind each time it has been filled with new keys, and what was in it lives
 * until the next full collection: here that would be every process ever started.
 */
export class TagTable<T> {
  private tags: number[] = [];
  private values: (T | undefined)[] = [];
  private head = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(tag: number): T | undefined {
    const at = this.find(tag);
    return at < 0 ? undefined : this.values[at];
  }

  /** A new tag must be larger than all before it. */
  set(tag: number, value: T): void {
    const at = this.find(tag);
    if (at >= 0) {
      if (this.values[at] === undefined) this.count++;
      this.values[at] = value;
      return;
    }
    this.tags.push(tag);
    this.values.push(value);
    this.count++;
  }

  /** Take one out. */
  take(tag: number): T | undefined {
    const at = this.find(tag);
    const value = at < 0 ? undefined : this.values[at];
    if (value === undefined) return undefined;
    this.values[at] = undefined;
    this.count--;
    this.tidy();
    return value;
  }

  entries(): [tag: number, value: T][] {
    const all: [number, T][] = [];
    for (let at = this.head; at < this.tags.length; at++) {
      const value = this.values[at];
      if (value !== undefined) all.push([this.tags[at]!, value]);
    }
    return all;
  }

  clear(): void {
    this.tags = [];
    this.values = [];
    this.head = 0;
    this.count = 0;
  }

  /** The row of a tag, or below zero. */
  private find(tag: number): number {
    let low = this.head;
    let high = this.tags.length - 1;
    if (low > high || tag > this.tags[high]!) return -1;
    if (this.tags[low] === tag) return low;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.tags[middle]!;
      if (found === tag) return middle;
      if (found < tag) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Drop rows without a value: at the front at once, others when they are most of all. */
  private tidy(): void {
    if (this.count === 0) {
      this.tags.length = 0;
      this.values.length = 0;
      this.head = 0;
      return;
    }
    while (this.values[this.head] === undefined) this.head++;
    if (this.tags.length <= 2 * this.count + spareRows) return;
    const rows = this.entries();
    this.tags = rows.map(([tag]) => tag);
    this.values = rows.map(([, value]) => value);
    this.head = 0;
  }
}
