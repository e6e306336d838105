/** Slots: the processes of one memory host, by the id of their pid. */
import { readId } from "./id.js";
import type { Slot } from "./slot.js";

const blockSize = 64;

interface Block {
  readonly slots: (Slot | undefined)[];
  used: number;
}

/**
 * Blocks of places, as numbers are given in order and most processes end in about that order: a tenth of the memory of a Map, which
 * also leaves its old tables, with all processes in them, to the next full collection.
 */
export class Slots {
  private readonly blocks = new Map<number, Block>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Throws for what is no id of a memory host. */
  set(id: string, slot: Slot): void {
    const number = readId(id);
    if (number < 0) throw new Error(`${id} is no id of a process in memory`);
    const index = Math.floor(number / blockSize);
    let block = this.blocks.get(index);
    if (block === undefined) {
      block = { slots: new Array(blockSize).fill(undefined), used: 0 };
      this.blocks.set(index, block);
    }
    block.slots[number % blockSize] = slot;
    block.used++;
    this.count++;
  }

  get(id: string): Slot | undefined {
    const number = readId(id);
    return number < 0 ? undefined : this.blocks.get(Math.floor(number / blockSize))?.slots[number % blockSize];
  }

  delete(id: string): void {
    const number = readId(id);
    const index = Math.floor(number / blockSize);
    const block = this.blocks.get(index);
    if (block?.slots[number % blockSize] === undefined) return;
    block.slots[number % blockSize] = undefined;
    block.used--;
    this.count--;
    if (block.used === 0) this.blocks.delete(index);
  }

  /** A copy, in the order in which they started. */
  list(): Slot[] {
    const all: Slot[] = [];
    for (const { slots } of this.blocks.values()) for (const slot of slots) if (slot !== undefined) all.push(slot);
    return all;
  }
}
