/** What a Lua process waits to hear from its host, by tag, and whom to tell. */
import type { Outcome } from "../actors/index.js";
import type { Delivery, Payload } from "../mailbox/index.js";

export class Awaited {
  private readonly settled = new Map<number, (outcome: Outcome) => void>();
  private readonly answered = new Map<number, (delivery: Delivery) => void>();
  private readonly brought = new Map<number, (payload: Payload) => void>();

  get any(): boolean {
    return this.settled.size > 0 || this.answered.size > 0 || this.brought.size > 0;
  }

  settle(tag: number, done: (outcome: Outcome) => void): void {
    this.settled.set(tag, done);
  }

  answer(tag: number, done: (delivery: Delivery) => void): void {
    this.answered.set(tag, done);
  }

  bring(tag: number, bring: (payload: Payload) => void): void {
    this.brought.set(tag, bring);
  }

  /** Once: what has settled is over. */
  takeSettling(tag: number): ((outcome: Outcome) => void) | undefined {
    const done = this.settled.get(tag);
    this.settled.delete(tag);
    this.brought.delete(tag);
    return done;
  }

  /** Once. */
  takeAnswering(tag: number): ((delivery: Delivery) => void) | undefined {
    const done = this.answered.get(tag);
    this.answered.delete(tag);
    return done;
  }

  bringing(tag: number): ((payload: Payload) => void) | undefined {
    return this.brought.get(tag);
  }

  forget(tag: number): void {
    this.settled.delete(tag);
    this.brought.delete(tag);
  }

  clear(): void {
    this.settled.clear();
    this.answered.clear();
    this.brought.clear();
  }
}
