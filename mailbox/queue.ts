/** A queue of anything, first in first out, whose length costs nothing. What waits in it is for its owner to say. */

/** Room that an empty queue keeps. */
const keptRoom = 32;

/** A ring buffer that grows by doubling; one that has been long gives its room back when it is empty. */
export class Queue<T> {
  private items: (T | undefined)[] | undefined = undefined;
  private head = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get first(): T | undefined {
    return this.items?.[this.head];
  }

  push(item: T): void {
    if (this.items === undefined) this.items = [item, undefined, undefined, undefined];
    else {
      if (this.count === this.items.length) this.grow(this.items);
      this.items[(this.head + this.count) & (this.items.length - 1)] = item;
    }
    this.count++;
  }

  shift(): T | undefined {
    const { items } = this;
    if (items === undefined || this.count === 0) return undefined;
    const item = items[this.head];
    // At once, as who has nothing to do must not hold what it has read.
    items[this.head] = undefined;
    this.head = (this.head + 1) & (items.length - 1);
    this.count--;
    if (this.count === 0 && items.length > keptRoom) this.clear();
    return item;
  }

  /** Take the first one out that matches. Quick when it stands near the front. */
  shiftFirst(matches: (item: T) => boolean): T | undefined {
    for (let at = 0; at < this.count; at++) {
      const item = this.at(at);
      if (!matches(item)) continue;
      for (let i = at; i > 0; i--) this.put(i, this.at(i - 1));
      this.put(0, item);
      return this.shift();
    }
    return undefined;
  }

  /** Take all out that match, in order. */
  takeAll(matches: (item: T) => boolean): T[] {
    const all = this.drain();
    for (const item of all) if (!matches(item)) this.push(item);
    return all.filter(matches);
  }

  countOf(matches: (item: T) => boolean): number {
    let sum = 0;
    for (let at = 0; at < this.count; at++) if (matches(this.at(at))) sum++;
    return sum;
  }

  /** A copy, in order. */
  list(): T[] {
    return Array.from({ length: this.count }, (_, at) => this.at(at));
  }

  drain(): T[] {
    const left = this.list();
    this.clear();
    return left;
  }

  private at(index: number): T {
    const items = this.items!;
    return items[(this.head + index) & (items.length - 1)]!;
  }

  private put(index: number, item: T): void {
    const items = this.items!;
    items[(this.head + index) & (items.length - 1)] = item;
  }

  private clear(): void {
    this.items = undefined;
    this.head = 0;
    this.count = 0;
  }

  /** Twice the room; from here on the first one stands at the start. */
  private grow(items: (T | undefined)[]): void {
    const { length } = items;
    const grown = items.slice(this.head).concat(items.slice(0, this.head));
    for (let i = 0; i < length; i++) grown.push(undefined);
    this.items = grown;
    this.head = 0;
  }
}
