/** Outward: all that a worker thread has to say, in messages to the main thread: who lives, what was taken over, and a batch for each other thread. */
import type { Scheduler } from "../scheduler.js";
import { mainThread } from "./crew.js";
import { givenSeries, ownSeries } from "./ids.js";
import { Post } from "./post.js";
import { type LivingRow, rowKind } from "./rows.js";
import type { ThreadMessage } from "./start.js";

export class Outward {
  readonly main: Post;
  private readonly thread: number;
  private readonly scheduler: Scheduler;
  private readonly send: (message: ThreadMessage) => void;
  /** By thread. */
  private readonly posts = new Map<number, Post>();
  private taken = 0;
  private high = 0;
  private told = 0;
  private readonly ended: { readonly own: number[]; readonly given: number[] } = { own: [], given: [] };
  private bounded: number[] = [];
  private isStirred = false;

  constructor(thread: number, scheduler: Scheduler, send: (message: ThreadMessage) => void) {
    this.thread = thread;
    this.scheduler = scheduler;
    this.send = send;
    this.main = this.open(mainThread);
  }

  open(thread: number): Post {
    const post = new Post((isFull) => (isFull ? this.flush() : this.stir()));
    this.posts.set(thread, post);
    return post;
  }

  close(thread: number): void {
    this.posts.delete(thread);
  }

  postOf(thread: number): Post | undefined {
    return this.posts.get(thread);
  }

  /** The number of the next process that this thread starts by itself. */
  newNumber(): number {
    this.high++;
    this.stir();
    return this.high;
  }

  /** That one has a bounded mailbox. */
  bind(number: number): void {
    this.bounded.push(number);
  }

  died(series: number, number: number): void {
    (series === ownSeries(this.thread) ? this.ended.own : this.ended.given).push(number);
    this.stir();
  }

  /** A batch of another thread has been taken over. */
  took(): void {
    this.taken++;
    this.stir();
  }

  flush(): void {
    this.isStirred = false;
    const parts: (number | string)[] = [];
    const living = this.living();
    if (living.length > 0) parts.push(mainThread, 0, JSON.stringify(living));
    for (const [thread, post] of this.posts) {
      const batch = post.take();
      if (batch !== undefined) parts.push(thread, batch.rows, batch.text);
    }
    if (parts.length === 0 && this.taken === 0) return;
    this.send([this.taken, ...parts]);
    this.taken = 0;
  }

  /** Who lives comes before everything that those who have just started or ended have written. */
  private living(): LivingRow[] {
    const { own, given } = this.ended;
    const rows: LivingRow[] = [];
    if (this.high > this.told || own.length > 0) {
      rows.push([rowKind.living, ownSeries(this.thread), this.high, own.splice(0), this.bounded]);
      this.told = this.high;
      this.bounded = [];
    }
    if (given.length > 0) rows.push([rowKind.living, givenSeries(this.thread), 0, given.splice(0), []]);
    return rows;
  }

  private stir(): void {
    if (this.isStirred) return;
    this.isStirred = true;
    this.scheduler.afterTurns(() => this.flush());
  }
}
