/** Ledger: the bonds between processes here and those of other threads, for when a thread is lost and its processes can announce nothing. */
import type { Envelope, ExitReason, Pid, Ref, Signal } from "../../../mailbox/index.js";

interface Entry {
  readonly here: Pid;
  /** "" while unknown. */
  readonly incarnation: string;
  readonly there: Pid;
  /** `watched`: the process there monitors the one here. */
  readonly via: "link" | "watching" | "watched";
  /** As the process here has it. */
  readonly ref: Ref;
}

export class Ledger {
  /** By thread. */
  private readonly threads = new Map<number, Map<string, Entry>>();

  /** Bonds with processes of that thread. */
  count(thread: number): number {
    return this.threads.get(thread)?.size ?? 0;
  }

  /** An envelope leaves for that thread, or comes from it: every bond begins and ends with one. */
  note(thread: number, envelope: Envelope, isLeaving: boolean): void {
    const { signal } = envelope;
    switch (signal.kind) {
      case "link":
      case "monitor": {
        const [here, there] = isLeaving ? [envelope.from, envelope.to] : [envelope.to, envelope.from];
        const incarnation = isLeaving ? envelope.incarnation : (envelope.toIncarnation ?? "");
        const via = signal.kind === "link" ? "link" : isLeaving ? "watching" : "watched";
        this.add(thread, { here, incarnation, there, via, ref: isLeaving ? signal.ref : -signal.ref });
        return;
      }
      case "unlink":
      case "demonitor":
      case "exit": {
        const [here, there] = isLeaving ? [envelope.from, envelope.to] : [envelope.to, envelope.from];
        this.remove(thread, here, there, isLeaving ? signal.refs : signal.refs.map((ref) => -ref));
        return;
      }
    }
  }

  add(thread: number, entry: Entry): void {
    const key = keyOf(entry.here, entry.there, entry.ref);
    const known = this.threads.get(thread);
    if (known === undefined) this.threads.set(thread, new Map([[key, entry]]));
    else known.set(key, entry);
  }

  remove(thread: number, here: Pid, there: Pid, refs: readonly Ref[]): void {
    const known = this.threads.get(thread);
    if (known === undefined) return;
    for (const ref of refs) known.delete(keyOf(here, there, ref));
  }

  /** What the processes of a lost thread would have told those here, had they ended with this reason. `incarnation` is theirs. */
  lost(thread: number, reason: ExitReason, incarnation: string): Envelope[] {
    const entries = [...(this.threads.get(thread)?.values() ?? [])];
    this.threads.delete(thread);
    return entries.map((entry) => {
      const refs = [-entry.ref];
      const signal: Signal =
        entry.via === "watched"
          ? { kind: "demonitor", refs }
          : { kind: "exit", via: entry.via === "link" ? "link" : "monitor", refs, reason };
      const base = { from: entry.there, incarnation, to: entry.here, seq: 0, signal };
      return entry.incarnation === "" ? base : { ...base, toIncarnation: entry.incarnation };
    });
  }
}

/** Our own refs are above zero and those that a peer made below, so a ref and the two ends name one bond. */
function keyOf(here: Pid, there: Pid, ref: Ref): string {
  return `${ref} ${here.text} ${there.text}`;
}
