/** Peer: another thread of the host, as one thread knows it: which of its processes live, and what is on its way to it. */
import type { Signal } from "../../../mailbox/index.js";
import { farId, givenSeries, numberOf, ownSeries, seriesOf } from "./ids.js";
import { Living } from "./living.js";
import type { Post } from "./post.js";
import { type AliveRow, type LivingRow, rowKind } from "./rows.js";

export class Peer {
  readonly thread: number;
  readonly post: Post;
  /** Of the two series of ids that lead there. */
  readonly own = new Living();
  readonly given = new Living();
  /** Ids of processes with a bounded mailbox: only they can say what becomes of a message. */
  private readonly bounded = new Set<string>();

  constructor(thread: number, post: Post) {
    this.thread = thread;
    this.post = post;
  }

  /** Processes that live there. */
  get size(): number {
    return this.own.size + this.given.size;
  }

  lives(id: string): boolean {
    return this.livingOf(id).has(numberOf(id));
  }

  /** Those of its series. */
  livingOf(id: string): Living {
    return this.series(seriesOf(id));
  }

  mayTurnAway(id: string, { kind }: Signal): boolean {
    return kind === "message" && this.bounded.has(id);
  }

  bind(id: string): void {
    this.bounded.add(id);
  }

  /** The ids of those that have ended by this. */
  read([, series, high, ended, bounded]: LivingRow): string[] {
    const living = this.series(series);
    living.raise(high);
    for (const number of bounded) this.bounded.add(farId(number, series));
    return ended
      .filter((number) => living.end(number))
      .map((number) => {
        const id = farId(number, series);
        this.bounded.delete(id);
        return id;
      });
  }

  /** All that is known of it, for a thread that knows nothing. */
  state(): AliveRow[] {
    return this.all().map((series) => {
      const numbers = this.series(series).list();
      const bounded = numbers.filter((number) => this.bounded.has(farId(number, series)));
      return [rowKind.alive, series, this.series(series).high, numbers, bounded];
    });
  }

  learn([, series, high, living, bounded]: AliveRow): void {
    this.series(series).restore(high, living);
    for (const number of bounded) this.bounded.add(farId(number, series));
  }

  /** The thread is no more. */
  endAll(): void {
    this.own.endAll();
    this.given.endAll();
  }

  ids(): string[] {
    return this.all().flatMap((series) =>
      this.series(series)
        .list()
        .map((number) => farId(number, series)),
    );
  }

  private all(): number[] {
    return [ownSeries(this.thread), givenSeries(this.thread)];
  }

  private series(series: number): Living {
    return series === givenSeries(this.thread) ? this.given : this.own;
  }
}
