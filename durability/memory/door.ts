/** Door: the limit of the mailbox of one process in memory. A process without one has no door, and pays nothing. */
import {
  droppedCall,
  Gate,
  type GateOwner,
  type Input,
  isMessage,
  type Process,
  type Queue,
  type System,
} from "../../actors/index.js";
import { accepted, type Delivery, type Envelope, gone, type MailboxLimit, type Pid } from "../../mailbox/index.js";

interface DoorOwner {
  readonly process: Process;
  readonly inputs: Queue<Input>;
  push(input: Input): void;
  feed(input: Input): void;
}

interface Arrival {
  readonly input: Input;
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
    this.messages = owner.inputs.count(isMessageInput);
    this.gate = new Gate<Arrival>(limit, this, system.clock);
  }

  get pid(): Pid {
    return this.owner.process.pid;
  }

  deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    const { gate } = this;
    const input: Input = { kind: "envelope", at: this.system.clock.now(), envelope };
    if (!isMessage(envelope)) {
      gate.beforeOthers(envelope);
      this.owner.push(input);
      return accepted;
    }
    const verdict = gate.judge(envelope);
    if (verdict === "wait") return new Promise((answer) => gate.wait(envelope, { input, answer }));
    if (verdict !== "enter") return verdict;
    this.pushMessage(input);
    return accepted;
  }

  /** An input has left the queue. */
  taken(input: Input): void {
    if (isMessageInput(input)) this.messages--;
  }

  /** Between two inputs: what is too much goes, and who waits comes in. */
  keepLimit(): void {
    const { gate } = this;
    const { excess, limit } = gate;
    if (excess > 0) {
      const { process } = this.owner;
      const count = Math.min(excess, process.mailbox.size);
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
    return this.messages + this.owner.process.mailbox.size;
  }

  hasTaken(envelope: Envelope): boolean {
    return this.owner.process.hasTaken(envelope);
  }

  enter({ input, answer }: Arrival): void {
    this.pushMessage(input);
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

  private pushMessage(input: Input): void {
    this.messages++;
    this.owner.push(input);
    const { limit } = this.gate;
    // Whatever the process takes meanwhile, the first of so many will be too much when it is looked at.
    if (limit.onFull === "drop_old") this.dropQueued(this.messages - limit.size);
  }

  /** The oldest messages of the queue go, as if the process had dropped them. */
  private dropQueued(count: number): void {
    this.noteFull(this.gate.limit, count);
    for (let left = count; left > 0; left--) {
      const input = this.owner.inputs.shiftFirst(isMessageInput);
      if (input?.kind !== "envelope") return;
      this.messages--;
      const reply = droppedCall(input.envelope, this.owner.process.incarnation);
      if (reply !== undefined) void this.system.router.route(reply);
    }
  }
}

function isMessageInput(input: Input): boolean {
  return input.kind === "envelope" && isMessage(input.envelope);
}
