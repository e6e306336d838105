/** Too late: what becomes of an input whose process has ended, and what a link or monitor hears that found nobody. */
import type { Input } from "../../actors/index.js";
import type { Delivery, Envelope, ExitReason } from "../../mailbox/index.js";
import type { Item } from "./queue.js";
import type { Slot } from "./slot.js";

/** An input that came after the end: its sender is answered as by a dead pid. */
export function refuseLate({ process, host, outgoing, isWorkflow }: Slot, { input, taken, refused }: Item): void {
  const nothing = (): void => {};
  // Whoever monitors a workflow that has ended hears of its end, also when the two crossed.
  if (isWorkflow && input.kind === "envelope" && input.envelope.signal.kind === "monitor") {
    host.pass(input.envelope, { taken: taken ?? nothing, refused: refused ?? nothing });
    return;
  }
  for (const answer of process.refuse(input)) outgoing.send(answer, 0);
  refused?.();
  if (input.kind !== "envelope") return;
  const { envelope } = input;
  const { router } = host.system;
  host.batches.after(() => router.lost(envelope, "process ended before it read the message"));
}

/** A link or monitor was accepted, and then found nobody: it ends as if its target had just ended. */
export function bounceOf(envelope: Envelope, delivery: Exclude<Delivery, { kind: "accepted" }>, at: number): Input {
  const { signal, to, from } = envelope;
  if (signal.kind !== "link" && signal.kind !== "monitor") throw new Error(`a ${signal.kind} makes no bond`);
  const reason: ExitReason = delivery.kind === "gone" ? { kind: "noproc" } : { kind: "failed", error: delivery.error };
  const exit = { kind: "exit", via: signal.kind, refs: [-signal.ref], reason } as const;
  return { kind: "envelope", at, envelope: { from: to, incarnation: "", to: from, seq: 0, signal: exit } };
}
