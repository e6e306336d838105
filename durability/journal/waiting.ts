/** Waiting: everybody outside who waits for the journal, so that nobody waits for ever when it does not come back. */
import type { Clock } from "../../actors/index.js";
import { type Failure, failure } from "../../mailbox/index.js";

export class Waiting {
  private readonly clock: Clock;
  private readonly patienceMs: number;
  private readonly open = new Set<(error: Failure) => void>();
  private timer: { cancel(): void } | undefined;

  constructor(clock: Clock, patienceMs: number) {
    this.clock = clock;
    this.patienceMs = patienceMs;
  }

  /** A promise that `begin` settles by `done`, or that `refused` makes a value for when the waiting is given up. Never rejects. */
  add<T>(
    begin: (done: (value: T) => void, fail: (error: Failure) => void) => void | Promise<void>,
    refused: (error: Failure) => T,
  ): Promise<T> {
    return new Promise((resolve) => {
      const fail = (error: Failure): void => done(refused(error));
      const done = (value: T): void => {
        this.open.delete(fail);
        resolve(value);
      };
      this.open.add(fail);
      const begun = begin(done, fail);
      begun?.catch((thrown: unknown) => fail(failure("INTERNAL", String(thrown))));
    });
  }

  failAll(error: Failure): void {
    for (const fail of [...this.open]) fail(error);
  }

  /** The journal is away: give up on it after a while, and then for as long as it stays away. */
  failLater(error: () => Failure): void {
    this.timer ??= this.clock.timer(this.patienceMs, () => {
      this.timer = undefined;
      this.failAll(error());
    });
  }

  goOn(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
