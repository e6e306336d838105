/** What waits to be fed to one process, in order, and who wants to know what became of it. */
import type { Input } from "../../actors/index.js";

export interface Item {
  readonly input: Input;
  /** It is part of the journal, as far as the commit that is being gathered goes. */
  readonly taken?: () => void;
  /** The process ended before it. */
  readonly refused?: () => void;
  /** The claim became void with it in the queue. */
  readonly abandoned?: () => void;
}

export class ItemQueue {
  private items: (Item | undefined)[] = [];
  private head = 0;

  get size(): number {
    return this.items.length - this.head;
  }

  push(item: Item): void {
    this.items.push(item);
  }

  shift(): Item | undefined {
    const item = this.items[this.head];
    if (item === undefined) return undefined;
    this.items[this.head++] = undefined;
    if (this.head === this.items.length) {
      this.items = [];
      this.head = 0;
    } else if (this.head >= 1024 && this.head * 2 >= this.items.length) {
      // Half of what is there, so that a long queue is not moved again and again.
      this.items.splice(0, this.head);
      this.head = 0;
    }
    return item;
  }

  drain(): Item[] {
    const left = this.items.slice(this.head) as Item[];
    this.items = [];
    this.head = 0;
    return left;
  }
}
