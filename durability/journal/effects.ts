/** Effects: the port of one process on a journal host. Counts what the process does, so that nothing committed is done twice. */
import type { LogRecord, Port, Request } from "../../actors/index.js";
import { accepted, type Delivery, type Envelope, type ExitReason, type Payload } from "../../mailbox/index.js";
import type { Slot } from "./slot.js";

/** What a replay knows of the answers to transmissions. */
export interface ReplayedAnswers {
  /** Other than accepted, by tag. */
  readonly refused: ReadonlyMap<number, Delivery>;
  /** Tags whose answer is an input of its own. */
  readonly deferred: ReadonlySet<number>;
}

export class Effects implements Port {
  /** Made since the base. */
  made = 0;
  /** Refusals that follow from what is known here; they are fed before everything in the queue. */
  readonly answers: { readonly tag: number; readonly delivery: Delivery }[] = [];
  private readonly slot: Slot;
  /** Those that an earlier life has committed are only counted. */
  private committed = 0;
  private replayed: ReplayedAnswers | undefined;
  private hasRevived = true;
  private namesReleased = false;

  constructor(slot: Slot) {
    this.slot = slot;
  }

  /** A replay is about to be fed. */
  beginReplay(committed: number, replayed: ReplayedAnswers): void {
    this.committed = committed;
    this.replayed = replayed;
    this.hasRevived = false;
    if (committed === 0) this.raiseNumbers();
  }

  /** The replay is over; how many effects are missing when it gave fewer than were committed. */
  endReplay(): number {
    if (!this.hasRevived && this.made >= this.committed) this.revive();
    return this.hasRevived ? 0 : this.committed - this.made;
  }

  /** The journal begins anew: counting too. */
  restart(): void {
    this.made = 0;
    this.committed = 0;
  }

  // Port

  transmit(envelope: Envelope, tag: number): boolean {
    if (envelope.signal.kind === "exit" && this.slot.hasEnded) this.releaseNames();
    if (!this.isFresh()) {
      const { deferred, refused } = this.replayed!;
      if (tag === 0 || deferred.has(tag)) return false;
      return this.answer(tag, refused.get(tag) ?? accepted);
    }
    const { run, outgoing, process } = this.slot;
    const delivery = outgoing.send(run?.marked(envelope, process) ?? envelope, tag);
    if (tag === 0 || delivery === undefined) return false;
    if (delivery.kind !== "accepted") this.slot.ledger.refuse(tag, delivery);
    return this.answer(tag, delivery);
  }

  request(tag: number, request: Request): void {
    const { requests, process } = this.slot;
    if (this.isFresh()) requests.add(tag, process.now, request);
    else requests.note(tag, process.now, request);
  }

  drop(tag: number): void {
    this.isFresh();
    this.slot.requests.drop(tag);
  }

  log(record: LogRecord): void {
    if (!this.isFresh()) return;
    const { pid, process, host } = this.slot;
    const event = { pid, entry: process.entry, record };
    host.batches.after(() => host.system.events.emit("log", event));
  }

  info(): Payload | undefined {
    return this.slot.host.info(this.slot);
  }

  halt(reason: ExitReason): void {
    this.isFresh();
    this.releaseNames();
    this.slot.halted(reason);
  }

  /** A refusal is fed in its turn. */
  private answer(tag: number, delivery: Delivery): boolean {
    if (delivery.kind === "accepted") return true;
    this.answers.push({ tag, delivery });
    return false;
  }

  /** Count an effect; false when an earlier life has made it. */
  private isFresh(): boolean {
    this.made++;
    if (this.made === this.committed) this.raiseNumbers();
    if (this.made <= this.committed) return false;
    if (!this.hasRevived) this.revive();
    this.slot.changed();
    return true;
  }

  /** An envelope has its number before it comes here, so this is done after the last one that is committed and not with the next. */
  private raiseNumbers(): void {
    // Back after a rest under the same claim: more cannot be in use since then than it has made effects.
    const { process, host } = this.slot;
    process.raiseSequence(host.firstNumber(host.now()) + this.made);
  }

  /** Everything that is committed has been made again: from here on this life acts. */
  private revive(): void {
    this.hasRevived = true;
    this.slot.host.revived(this.slot);
  }

  /** Free before anybody hears of the end. */
  private releaseNames(): void {
    if (this.namesReleased) return;
    this.namesReleased = true;
    this.slot.host.system.names.release(this.slot.pid);
  }
}
