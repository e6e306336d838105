/** A queue of anything, first in first out, whose length costs nothing. What waits in it is for its owner to say. */
export class Queue<T> {
  private items: (T | undefined)[] = [];
  private head = 0;

  get size(): number {
    return this.items.length - this.head;
  }

  get first(): T | undefined {
    return this.items[this.head];
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.items[this.head];
    this.items[this.head++] = undefined;
    if (this.head === this.items.length) {
      // At once, as who has nothing to do must not hold what it has read.
      this.items = [];
      this.head = 0;
    } else if (this.head >= 1024 && this.head * 2 >= this.items.length) {
      // Half of what is there, so that a long queue is not moved again and again.
      this.items.splice(0, this.head);
      this.head = 0;
    }
    return item;
  }

  /** Take the first one out that matches. Quick when it stands near the front. */
  shiftFirst(matches: (item: T) => boolean): T | undefined {
    for (let at = this.head; at < this.items.length; at++) {
      const item = this.items[at]!;
      if (!matches(item)) continue;
      this.items.copyWithin(this.head + 1, this.head, at);
      this.items[this.head] = item;
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

  count(matches: (item: T) => boolean): number {
    let sum = 0;
    for (let at = this.head; at < this.items.length; at++) if (matches(this.items[at]!)) sum++;
    return sum;
  }

  drain(): T[] {
    const left = this.items.slice(this.head) as T[];
    this.items = [];
    this.head = 0;
    return left;
  }
}
