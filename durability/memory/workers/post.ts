/** Post: what one thread has for another one, batched, and how much of that the other one has not taken over yet. */
import { accepted, type Delivery } from "../../../mailbox/index.js";
import { type Row, rowKind } from "./rows.js";

/** One batch: the JSON text of an array of rows. */
export interface Batch {
  readonly rows: number;
  readonly text: string;
}

/** A batch goes as soon as it has so much, so that the other thread can begin; else at the end of the macrotask. */
const fullRows = 512;
const fullChars = 256 * 1024;
/** Past so much that was not taken over, who sends more is answered when half of it has been: that is the back-pressure. */
const maxRows = 256 * 1024;
const maxChars = 32 * 1024 * 1024;

export class Post {
  private text = "";
  private rows = 0;
  private awayRows = 0;
  private awayChars = 0;
  private waiting: ((delivery: Delivery) => void)[] = [];
  private readonly wake: (isFull: boolean) => void;

  /** `wake` is called when there is something to be taken, and again when it is a full batch. */
  constructor(wake: (isFull: boolean) => void) {
    this.wake = wake;
  }

  get isClogged(): boolean {
    return this.awayRows + this.rows > maxRows || this.awayChars + this.text.length > maxChars;
  }

  /** A full batch does not go in the middle of obituaries: it is said first that their process has ended. */
  push(row: Row): void {
    if ((this.rows >= fullRows || this.text.length >= fullChars) && !isObituary(row)) this.wake(true);
    const piece = JSON.stringify(row);
    this.text = this.rows === 0 ? `[${piece}` : `${this.text},${piece}`;
    this.rows++;
    if (this.rows === 1) this.wake(false);
  }

  take(): Batch | undefined {
    if (this.rows === 0) return undefined;
    const batch = { rows: this.rows, text: `${this.text}]` };
    this.awayRows += batch.rows;
    this.awayChars += batch.text.length;
    this.text = "";
    this.rows = 0;
    return batch;
  }

  /** What a sender of one more message is answered: `accepted`, and when it should wait, that later on. */
  answer(): Delivery | Promise<Delivery> {
    return this.isClogged ? new Promise((resolve) => this.waiting.push(resolve)) : accepted;
  }

  /** The other thread has taken so much over. */
  credit(rows: number, chars: number): void {
    this.awayRows -= rows;
    this.awayChars -= chars;
    if (this.waiting.length > 0 && this.awayRows < maxRows / 2 && this.awayChars < maxChars / 2) this.release(accepted);
  }

  /** Answer all who wait for room. */
  release(delivery: Delivery): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve(delivery);
  }
}

function isObituary(row: Row): boolean {
  return row[0] === rowKind.signal && (row[6].kind === "exit" || row[6].kind === "demonitor");
}
