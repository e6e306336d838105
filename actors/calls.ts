/** Request and reply between processes: who waits for whom, and whom this process owes an answer. */
import {
  type CallHop,
  type CallMark,
  deliveryError,
  exitError,
  type Failure,
  failure,
  type Message,
  type Payload,
  type Pid,
  type Ref,
  type ReplyOutcome,
  samePid,
} from "../mailbox/index.js";
import type { Bonds } from "./bonds.js";
import type { Outcome } from "./input.js";
import type { Life } from "./life.js";
import type { Outbox } from "./outbox.js";

/** Hops that a call carries. A cycle through a callee with more waiting callers may be missed; then the call times out. */
const maxHops = 64;

interface OpenCall {
  /** Names the call and the monitor that goes with it; so the callee knows by the end of the one that nobody waits for the other. */
  readonly ref: Ref;
  readonly tag: number;
  readonly to: Pid;
  readonly timerTag: number;
}

type Caller = Pick<Message, "from" | "incarnation">;

export interface OwedCall extends Caller {
  readonly mark: CallMark;
}

export class Calls {
  private readonly open = new Map<Ref, OpenCall>();
  private readonly owed = new Map<string, OwedCall>();
  private readonly life: Life;
  private readonly bonds: Bonds;
  private readonly outbox: Outbox;

  constructor(life: Life, bonds: Bonds, outbox: Outbox) {
    this.life = life;
    this.bonds = bonds;
    this.outbox = outbox;
  }

  call(to: Pid, topic: string, payloads: readonly Payload[], timeoutMs: number): number {
    const tag = this.outbox.newTag();
    const ref = this.bonds.relations.newRef();
    const timerTag = this.outbox.ask({ kind: "timer", delayMs: timeoutMs }, () =>
      this.finish(ref, noReply(to, timeoutMs)),
    );
    this.open.set(ref, { ref, tag, to, timerTag });
    const mark: CallMark = { ref, chain: this.chain(ref) };
    if (!samePid(to, this.life.pid)) {
      this.bonds.watch(to, ref, (reason) =>
        this.finish(ref, { ok: false, error: exitError(reason) ?? endedWithoutAnswer(to) }),
      );
    }
    this.outbox.transmit(to, { kind: "message", topic, payloads, call: mark }, (refusal) =>
      this.finish(ref, { ok: false, error: deliveryError(refusal) }),
    );
    return tag;
  }

  reply(message: Message, outcome: ReplyOutcome): number {
    if (message.call === undefined || !this.owed.delete(owedKey(message, message.call.ref))) return 0;
    return this.outbox.transmit(
      message.from,
      { kind: "reply", ref: message.call.ref, outcome },
      undefined,
      message.incarnation,
    );
  }

  owes(message: Message): boolean {
    return message.call !== undefined && this.owed.has(owedKey(message, message.call.ref));
  }

  /** Note a message that asks for an answer. True when it came back to one who waits in its chain, and was refused for that. */
  received(message: Message): boolean {
    if (message.call === undefined) return false;
    this.owe({ from: message.from, incarnation: message.incarnation, mark: message.call });
    const error = this.cycle(message.call);
    if (error !== undefined) this.reply(message, { ok: false, error });
    return error !== undefined;
  }

  /** The answer to an open call; ignored when it was answered before. */
  finish(ref: Ref, outcome: Outcome): void {
    const call = this.open.get(ref);
    if (call === undefined) return;
    this.close(call);
    this.life.settled(call.tag, outcome);
  }

  /** Lose interest in a call; false when there is none with this tag. */
  drop(tag: number): boolean {
    for (const call of this.open.values()) {
      if (call.tag !== tag) continue;
      this.close(call);
      return true;
    }
    return false;
  }

  /** The program that called is no more. */
  dropOpen(): void {
    for (const call of [...this.open.values()]) this.close(call);
  }

  get hasOpen(): boolean {
    return this.open.size > 0;
  }

  /** Callers that wait for this process. */
  owedCallers(): readonly OwedCall[] {
    return [...this.owed.values()];
  }

  owe(call: OwedCall): void {
    this.owed.set(owedKey(call, call.mark.ref), call);
  }

  /** A caller has ended: no answer is owed to it. */
  forget(pid: Pid): void {
    for (const [key, { from }] of this.owed) if (samePid(from, pid)) this.owed.delete(key);
  }

  /** A caller no longer watches under these refs of its own: it has given up those calls. */
  withdrawn(caller: Caller, refs: readonly Ref[]): void {
    for (const ref of refs) this.owed.delete(owedKey(caller, ref));
  }

  private close(call: OpenCall): void {
    this.open.delete(call.ref);
    this.outbox.forgo(call.timerTag);
    this.bonds.unwatch(call.to, call.ref);
  }

  /** The hops behind a new call: those who wait for this process, as far as there is room, then this process itself. */
  private chain(ref: Ref): CallHop[] {
    const hops = new Map<string, CallHop>();
    for (const { mark } of this.owed.values()) {
      for (const hop of mark.chain) hops.set(`${hop.pid}#${hop.ref}`, hop);
      if (hops.size >= maxHops) break;
    }
    return [...[...hops.values()].slice(0, maxHops), { pid: this.life.pid.text, ref }];
  }

  private cycle(mark: CallMark): Failure | undefined {
    const self = this.life.pid.text;
    const at = mark.chain.findIndex((hop) => hop.pid === self && this.open.has(hop.ref));
    if (at < 0) return undefined;
    const pids = [...mark.chain.slice(at).map((hop) => hop.pid), self];
    return failure("CONFLICT", `calls form a cycle: ${pids.join(" -> ")}`, { retryable: false, details: { pids } });
  }
}

function owedKey({ from, incarnation }: Caller, ref: Ref): string {
  return `${ref} ${incarnation} ${from.text}`;
}

function noReply(to: Pid, timeoutMs: number): Outcome {
  const details = { pid: to.text };
  return { ok: false, error: failure("TIMEOUT", `no reply within ${timeoutMs} ms`, { retryable: true, details }) };
}

function endedWithoutAnswer(pid: Pid): Failure {
  return failure("NOT_FOUND", `${pid.text} ended without an answer`, { retryable: false });
}
