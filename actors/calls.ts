/** Request and reply between processes: who waits for whom, and whom this process owes an answer. */
import { type CallHop, type CallMark, type Failure, failure, type Message, type Pid, type Ref } from "../mailbox/index.js";

/** A call this process waits for. */
export interface OpenCall {
  readonly ref: Ref;
  readonly tag: number;
  readonly to: Pid;
  readonly monitorRef: Ref;
  readonly timerTag: number;
}

export class Calls {
  private readonly open = new Map<Ref, OpenCall>();
  private readonly owed = new Map<string, CallMark>();

  add(call: OpenCall): void {
    this.open.set(call.ref, call);
  }

  /** Take an open call out; undefined when it was answered before. */
  take(ref: Ref): OpenCall | undefined {
    const call = this.open.get(ref);
    this.open.delete(ref);
    return call;
  }

  isOpen(ref: Ref): boolean {
    return this.open.has(ref);
  }

  byTag(tag: number): OpenCall | undefined {
    for (const call of this.open.values()) if (call.tag === tag) return call;
    return undefined;
  }

  noteReceived(message: Message): void {
    if (message.call !== undefined) this.owed.set(owedKey(message.from, message.call), message.call);
  }

  owes(message: Message): boolean {
    return message.call !== undefined && this.owed.has(owedKey(message.from, message.call));
  }

  /** True when the answer was still owed; it is not any more. */
  settle(message: Message): boolean {
    return message.call !== undefined && this.owed.delete(owedKey(message.from, message.call));
  }

  /** A caller has ended: no answer is owed to it. */
  forget(pid: Pid): void {
    for (const key of this.owed.keys()) if (key.startsWith(`${pid.text}#`)) this.owed.delete(key);
  }

  /** The hops behind a new call: everyone who waits for this process, then this process itself. */
  chain(self: Pid, ref: Ref): CallHop[] {
    const hops = new Map<string, CallHop>();
    for (const mark of this.owed.values()) for (const hop of mark.chain) hops.set(`${hop.pid}#${hop.ref}`, hop);
    return [...hops.values(), { pid: self.text, ref }];
  }

  /** The error for a call that came back to one who waits in its chain; undefined when there is no cycle. */
  cycle(self: Pid, mark: CallMark): Failure | undefined {
    const at = mark.chain.findIndex((hop) => hop.pid === self.text && this.open.has(hop.ref));
    if (at < 0) return undefined;
    const pids = [...mark.chain.slice(at).map((hop) => hop.pid), self.text];
    return failure("CONFLICT", `calls form a cycle: ${pids.join(" -> ")}`, { retryable: false, details: { pids } });
  }

  list(): { open: OpenCall[]; owed: [string, CallMark][] } {
    return { open: [...this.open.values()], owed: [...this.owed] };
  }
}

function owedKey(from: Pid, call: CallMark): string {
  return `${from.text}#${call.ref}`;
}
