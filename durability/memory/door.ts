/** Door: the limit of the mailbox of one process in memory. A process without one has no door, and pays nothing. */
import {
  droppedCall,
  Gate,
  type GateOwner,
  type Input,
  isMessage,
  type Process,
  type System,
} from "../../actors/index.js";
import { accepted, type Delivery, type Envelope, gone, type MailboxLimit, type Pid } from "../../mailbox/index.js";
import { isEnvelope, type Queued } from "./backlog.js";

interface DoorOwner {
  readonly process: Process;
  countOf(matches: (queued: Queued) => boolean): number;
  shiftFirst(matches: (queued: Queued) => boolean): Queued | undefined;
  push(queued: Queued): void;
  feed(input: Input): void;
}

interface Arrival {
  readonly envelope: Envelope;
  readonly answer: (delivery: Delivery) => void;
}

export class Door implements GateOwner<Arrival> {
  readonly gate: Gate<Arrival>;
  private readonly owner: DoorOwner;
  private readonly system: System;
  /** In the queue of inputs. */
  private messages: number;
  /** Times that the mailbox was full. */
  private timesFull = 0;

  constructor(limit: MailboxLimit, owner: DoorOwner, system: System) {
    this.owner = owner;
    this.system = system;
    this.messages = owner.countOf(isMessageQueued);
    this.gate = new Gate<Arrival>(limit, this, system.clock);
  }

  get pid(): Pid {
    return this.owner.process.pid;
  }

  deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    const { gate } = this;
    if (!isMessage(envelope)) {
      gate.beforeOthers(envelope);
      this.owner.push(envelope);
      return accepted;
    }
    const verdict = gate.judge(envelope);
    if (verdict === "wait") return new Promise((answer) => gate.wait(envelope, { envelope, answer }));
    if (verdict !== "enter") return verdict;
    this.pushMessage(envelope);
    return accepted;
  }

  /** An input has left the queue. */
  taken(queued: Queued): void {
    if (isMessageQueued(queued)) this.messages--;
  }

  /** Between two inputs: what is too much goes, and who waits comes in. */
  keepLimit(): void {
    const { gate } = this;
    const { excess, limit } = gate;
    if (excess > 0) {
      const { process } = this.owner;
      const count = Math.min(excess, process.mailbox.unread);
      this.noteFull(limit, count);
      this.dropQueued(excess - count);
      if (count > 0) this.owner.feed({ kind: "discard", at: this.system.clock.now(), count });
    }
    gate.settle();
  }

  /** The process has ended. */
  close(): void {
    for (const { answer } of this.gate.drain()) answer(gone);
  }

  /** There is no limit any more. */
  open(): void {
    for (const arrival of this.gate.drain()) this.enter(arrival);
  }

  // GateOwner

  unread(): number {
    return this.messages + this.owner.process.mailbox.unread;
  }

  hasTaken(envelope: Envelope): boolean {
    return this.owner.process.hasTaken(envelope);
  }

  enter({ envelope, answer }: Arrival): void {
    this.pushMessage(envelope);
    answer(accepted);
  }

  turnAway({ answer }: Arrival, delivery: Delivery): void {
    answer(delivery);
  }

  noteFull(limit: MailboxLimit, count: number, envelope?: Envelope): void {
    if (count <= 0) return;
    this.timesFull += count;
    const { pid, entry } = this.owner.process;
    this.system.noteFull({ pid, entry, limit, count: this.timesFull, more: count }, envelope);
  }

  private pushMessage(envelope: Envelope): void {
    this.messages++;
    this.owner.push(envelope);
    const { limit } = this.gate;
    // Whatever the process takes meanwhile, the first of so many will be too much when it is looked at.
    if (limit.onFull === "drop_old") this.dropQueued(this.messages - limit.size);
  }

  /** The oldest messages of the queue go, as if the process had dropped them. */
  private dropQueued(count: number): void {
    this.noteFull(this.gate.limit, count);
    for (let left = count; left > 0; left--) {
      const queued = this.owner.shiftFirst(isMessageQueued);
      if (queued === undefined || !isEnvelope(queued)) return;
      this.messages--;
      const reply = droppedCall(queued, this.owner.process.incarnation);
      if (reply !== undefined) void this.system.router.route(reply);
    }
  }
}

function isMessageQueued(queued: Queued): boolean {
  return isEnvelope(queued) && isMessage(queued);
}
