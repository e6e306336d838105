/** What a supervisor's work waits for. Work is a generator: it yields whenever it has to wait for the next input. */
import type { Outcome } from "../actors/index.js";

export type Work<Result> = Generator<undefined, Result, undefined>;

/** Answers to requests, by their tags, from when they are asked for until they are no longer wanted. */
export class Answers {
  private readonly wanted = new Map<number, Outcome | undefined>();

  want(tag: number): void {
    this.wanted.set(tag, undefined);
  }

  forget(tag: number): void {
    this.wanted.delete(tag);
  }

  /** Undefined until it has come. */
  get(tag: number): Outcome | undefined {
    return this.wanted.get(tag);
  }

  /** False when nobody waits for it. */
  take(tag: number, outcome: Outcome): boolean {
    if (!this.wanted.has(tag)) return false;
    this.wanted.set(tag, outcome);
    return true;
  }

  *of(tag: number): Work<Outcome> {
    this.want(tag);
    try {
      for (;;) {
        const outcome = this.get(tag);
        if (outcome !== undefined) return outcome;
        yield;
      }
    } finally {
      this.forget(tag);
    }
  }
}
