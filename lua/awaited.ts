/** What a Lua process waits to hear from its host, by tag, and whom to tell. */
import type { Outcome } from "../actors/index.js";
import type { Delivery, Payload } from "../mailbox/index.js";

type Settle = (outcome: Outcome) => void;
type Answer = (delivery: Delivery) => void;
type Bring = (payload: Payload) => void;

/** The tables are made when there is something to wait for: most processes wait for messages alone. */
export class Awaited {
  private settled: Map<number, Settle> | undefined = undefined;
  private answered: Map<number, Answer> | undefined = undefined;
  private brought: Map<number, Bring> | undefined = undefined;

  get any(): boolean {
    return sizeOf(this.settled) + sizeOf(this.answered) + sizeOf(this.brought) > 0;
  }

  settle(tag: number, done: Settle): void {
    this.settled ??= new Map();
    this.settled.set(tag, done);
  }

  answer(tag: number, done: Answer): void {
    this.answered ??= new Map();
    this.answered.set(tag, done);
  }

  bring(tag: number, bring: Bring): void {
    this.brought ??= new Map();
    this.brought.set(tag, bring);
  }

  /** Once: what has settled is over. */
  takeSettling(tag: number): Settle | undefined {
    const done = this.settled?.get(tag);
    this.forget(tag);
    return done;
  }

  /** Once. */
  takeAnswering(tag: number): Answer | undefined {
    const done = this.answered?.get(tag);
    this.answered?.delete(tag);
    return done;
  }

  bringing(tag: number): Bring | undefined {
    return this.brought?.get(tag);
  }

  forget(tag: number): void {
    this.settled?.delete(tag);
    this.brought?.delete(tag);
    // A process that spawns or sleeps now and then keeps no empty table.
    if (this.settled?.size === 0) this.settled = undefined;
  }

  clear(): void {
    this.settled = undefined;
    this.answered = undefined;
    this.brought = undefined;
  }
}

function sizeOf(table: Map<number, unknown> | undefined): number {
  return table === undefined ? 0 : table.size;
}
