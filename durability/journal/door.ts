/** Door: how inputs come to one process of a journal: its queue, and the limit of its mailbox when that is bounded. */
import { droppedCall, Gate, type GateOwner, isMessage } from "../../actors/index.js";
import { type Delivery, type Envelope, type MailboxLimit, type Pid, Queue } from "../../mailbox/index.js";
import type { Item } from "./queue.js";
import type { Slot } from "./slot.js";

export class Door implements GateOwner<Item> {
  private readonly slot: Slot;
  private readonly queue = new Queue<Item>();
  private gate: Gate<Item> | undefined;
  /** In the queue; counted only while there is a limit. */
  private messages = 0;
  /** Times that the mailbox was full. */
  private timesFull = 0;

  constructor(slot: Slot) {
    this.slot = slot;
  }

  get pid(): Pid {
    return this.slot.pid;
  }

  /** Inputs that wait to be taken. */
  get size(): number {
    return this.queue.size;
  }

  /** Neither an input nor a sender waits. */
  get isEmpty(): boolean {
    return this.queue.size === 0 && (this.gate?.size ?? 0) === 0;
  }

  /** Undefined: whatever comes may enter. */
  bound(limit: MailboxLimit | undefined): void {
    const { gate } = this;
    if (limit === undefined) {
      this.gate = undefined;
      for (const item of gate?.drain() ?? []) this.queue.push(item);
    } else if (gate !== undefined) gate.change(limit);
    else {
      this.messages = this.queue.countOf(isMessageItem);
      this.gate = new Gate<Item>(limit, this, this.slot.host.system.clock);
    }
  }

  judge(envelope: Envelope): "enter" | "wait" | Delivery {
    return this.gate === undefined || !isMessage(envelope) ? "enter" : this.gate.judge(envelope);
  }

  push(item: Item): void {
    const { gate } = this;
    if (gate === undefined || item.input.kind !== "envelope") {
      this.queue.push(item);
      return;
    }
    const { envelope } = item.input;
    if (item.full === undefined || !isMessage(envelope)) {
      gate.beforeOthers(envelope);
      this.enter(item);
      return;
    }
    const verdict = gate.judge(envelope);
    if (verdict === "enter") this.enter(item);
    else if (verdict === "wait") gate.wait(envelope, item);
    else item.full(verdict);
  }

  shift(): Item | undefined {
    const item = this.queue.shift();
    if (this.gate !== undefined && item !== undefined && isMessageItem(item)) this.messages--;
    return item;
  }

  /** Between two inputs: what is too much goes, and who waits comes in. `discard` drops the oldest that the process has already. */
  keepLimit(discard: (count: number) => void): void {
    const { gate } = this;
    if (gate === undefined) return;
    const { excess } = gate;
    if (excess > 0) {
      const inside = Math.min(excess, this.slot.process.mailbox.unread);
      this.noteFull(gate.limit, inside);
      this.dropQueued(excess - inside);
      if (inside > 0) discard(inside);
    }
    gate.settle();
  }

  /** Everything that waits, in order; nobody waits any more. */
  drain(): Item[] {
    this.messages = 0;
    return [...this.queue.drain(), ...(this.gate?.drain() ?? [])];
  }

  // GateOwner

  unread(): number {
    return this.messages + this.slot.process.mailbox.unread;
  }

  hasTaken(envelope: Envelope): boolean {
    return this.slot.process.hasTaken(envelope);
  }

  enter(item: Item): void {
    this.queue.push(item);
    if (!isMessageItem(item)) return;
    this.messages++;
    const { limit } = this.gate!;
    // Whatever the process takes meanwhile, the first of so many will be too much when it is looked at.
    if (limit.onFull === "drop_old") this.dropQueued(this.messages - limit.size);
  }

  turnAway(item: Item, delivery: Delivery): void {
    item.full!(delivery);
  }

  noteFull(limit: MailboxLimit, count: number, envelope?: Envelope): void {
    if (count <= 0) return;
    this.timesFull += count;
    const { pid, slot } = this;
    const event = { pid, entry: slot.process.entry, limit, count: this.timesFull, more: count };
    const { batches, system } = slot.host;
    // A sender of this journal may turn out not to have sent it.
    if (envelope?.from.node === pid.node) batches.after(() => system.noteFull(event, envelope));
    else system.noteFull(event, envelope);
  }

  /** The oldest messages of the queue go, as if the process had dropped them. */
  private dropQueued(count: number): void {
    this.noteFull(this.gate!.limit, count);
    for (let left = count; left > 0; left--) {
      const item = this.queue.shiftFirst(isMessageItem);
      if (item?.input.kind !== "envelope") return;
      this.messages--;
      const { slot } = this;
      const reply = droppedCall(item.input.envelope, slot.incarnation);
      if (reply !== undefined) {
        slot.outgoing.send(reply, 0);
        slot.changed();
      }
      item.taken?.();
    }
  }
}

function isMessageItem({ input }: Item): boolean {
  return input.kind === "envelope" && isMessage(input.envelope);
}
