/** Slots: the processes of one memory host, by the number in their id. */
import { counterId } from "../../actors/index.js";
import type { Slot } from "./slot.js";

const blockBits = 6;
const blockSize = 1 << blockBits;

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

  set(number: number, slot: Slot): void {
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

  /** By the id of its pid; undefined for what is not written as this host writes it. */
  get(id: string): Slot | undefined {
    const number = numberOf(id);
    if (number === undefined) return undefined;
    return this.blocks.get(Math.floor(number / blockSize))?.slots[number % blockSize];
  }

  delete(id: string): void {
    const number = numberOf(id);
    if (number === undefined) return;
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

function numberOf(id: string): number | undefined {
  const number = Number.parseInt(id, 16);
  return counterId(number) === id ? number : undefined;
}
