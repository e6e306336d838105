/** Ledger: what one process has to write since its last commit, and how much its journal holds. */
import type { Input } from "../../actors/index.js";
import type { Delivery } from "../../mailbox/index.js";
import { inputText } from "./inputs.js";
import { turnText } from "./records.js";

export class Ledger {
  /** Inputs since the base. */
  entries = 0;
  /** Length of their texts; of a process that has come back only when that was asked for. */
  bytes = 0;
  private base: string | undefined;
  private texts: string[] = [];
  private refused = new Map<number, Delivery>();

  /** An input that has just been taken. */
  add(input: Input): void {
    const text = inputText(input);
    this.texts.push(text);
    this.count(text);
  }

  /** One that the journal has already. `weigh`: somebody may ask for `bytes`. */
  addAgain(input: Input, weigh: boolean): void {
    if (weigh) this.count(inputText(input));
    else this.entries++;
  }

  /** An answer other than accepted that was known at once. */
  refuse(tag: number, delivery: Delivery): void {
    this.refused.set(tag, delivery);
  }

  /** From here on the journal begins with this text. */
  restart(base: string): void {
    this.base = base;
    this.texts = [];
    this.refused = new Map();
    this.entries = 0;
    this.bytes = 0;
  }

  /** Everything that is not handed over for writing; `reset`: in place of all that was written before. */
  take(): { readonly reset: boolean; readonly records: readonly string[] } {
    const { base, texts, refused } = this;
    const turn = texts.length > 0 || refused.size > 0 ? [turnText(texts, refused)] : [];
    this.base = undefined;
    if (texts.length > 0) this.texts = [];
    if (refused.size > 0) this.refused = new Map();
    return base === undefined ? { reset: false, records: turn } : { reset: true, records: [base, ...turn] };
  }

  private count(text: string): void {
    this.entries++;
    this.bytes += text.length;
  }
}
