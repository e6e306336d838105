/** Backlog: what waits to be fed to one process. When it is fed is for its slot to say. */
import type { Input } from "../../actors/index.js";
import { type Envelope, Queue } from "../../mailbox/index.js";

/** An envelope waits as itself: an object less for each message. */
export type Queued = Envelope | Input;

/** A base class, as there is one for each process. The first has a place of its own, so that one that keeps up owns no buffer. */
export class Backlog {
  private first: Queued | undefined = undefined;
  private rest: Queue<Queued> | undefined = undefined;

  /** How many wait. */
  get waiting(): number {
    return this.first === undefined ? 0 : 1 + (this.rest?.size ?? 0);
  }

  protected append(queued: Queued): void {
    if (this.first === undefined) this.first = queued;
    else {
      this.rest ??= new Queue();
      this.rest.push(queued);
    }
  }

  protected shift(): Queued | undefined {
    const { first } = this;
    if (first !== undefined) this.first = this.rest?.shift();
    return first;
  }

  /** How many that match wait. */
  countOf(matches: (queued: Queued) => boolean): number {
    const isFirst = this.first !== undefined && matches(this.first);
    return (isFirst ? 1 : 0) + (this.rest?.countOf(matches) ?? 0);
  }

  /** Take the first one that matches out of those that wait. */
  shiftFirst(matches: (queued: Queued) => boolean): Queued | undefined {
    if (this.first === undefined) return undefined;
    return matches(this.first) ? this.shift() : this.rest?.shiftFirst(matches);
  }
}

export function isEnvelope(queued: Queued): queued is Envelope {
  return (queued as Partial<Input>).kind === undefined;
}
