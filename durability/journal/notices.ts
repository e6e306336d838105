/** Notices: what processes in memory tell once and nobody repeats, kept while the journal is away. Delivering is the host's task. */
import type { Delivery, Envelope, Signal } from "../../mailbox/index.js";

const kinds: readonly Signal["kind"][] = ["exit", "unlink", "demonitor"];

export class Notices {
  /** Node of the processes in memory here; journals and workflows repeat what did not arrive. */
  private readonly node: string;
  private kept: Envelope[] = [];
  private isOver = false;

  constructor(node: string) {
    this.node = node;
  }

  /** Keep the envelope when it cannot be delivered now. Returns the delivery. */
  watch(envelope: Envelope, delivery: Delivery | Promise<Delivery>): Delivery | Promise<Delivery> {
    if (envelope.from.node !== this.node || !kinds.includes(envelope.signal.kind)) return delivery;
    if (delivery instanceof Promise) void delivery.then((later) => this.see(envelope, later));
    else this.see(envelope, delivery);
    return delivery;
  }

  /** In the order in which they were told; a repeat changes nothing for who gets it. */
  take(): Envelope[] {
    return this.kept.splice(0);
  }

  /** The journal does not come back to this node. */
  end(): void {
    this.isOver = true;
    this.kept = [];
  }

  private see(envelope: Envelope, delivery: Delivery): void {
    if (delivery.kind === "unreachable" && !this.isOver) this.kept.push(envelope);
  }
}
