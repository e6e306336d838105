/** Crew: the other threads of a host as one thread sees them, and the envelopes that pass between it and them. */
import type { Home, Router, SpawnSpec } from "../../../actors/index.js";
import {
  type Delivery,
  type Envelope,
  type ExitReason,
  failure,
  gone,
  homeOf,
  type Pid,
  type Signal,
  setHome,
  unreachable,
} from "../../../mailbox/index.js";
import { numberOf, seriesOf, threadOf } from "./ids.js";
import { Ledger } from "./ledger.js";
import type { Living } from "./living.js";
import type { Peer } from "./peer.js";
import type { Post } from "./post.js";
import { type AnswerRow, answerRow, askOf, type Codec, deliveryOf, type EnvelopeRow, rowKind } from "./rows.js";

/** The main thread. */
export const mainThread = 0;

/** Of the row of a message that nobody waits for. */
const plainLength = 5;

interface Ask {
  readonly thread: number;
  readonly resolve: (delivery: Delivery) => void;
}

export interface CrewOptions {
  /** This thread, and its router. */
  readonly thread: number;
  readonly router: Router;
  readonly codec: Codec;
  /** Where the answer to something from that thread goes; undefined: it is no more. */
  readonly postOf: (thread: number) => Post | undefined;
  /** Take over what came for a process of this thread. */
  readonly deliver: (envelope: Envelope, isAsked: boolean) => Delivery | Promise<Delivery>;
  /** Nobody waits for this delivery, which is not `accepted`. */
  readonly unheard: (envelope: Envelope, delivery: Delivery) => void;
}

export class Crew {
  readonly peers = new Map<number, Peer>();
  private readonly ledger = new Ledger();
  private readonly asks = new Map<number, Ask>();
  private lastAsk = 0;
  private readonly options: CrewOptions;

  constructor(options: CrewOptions) {
    this.options = options;
  }

  /** Answers that others owe. */
  get open(): number {
    return this.asks.size;
  }

  /** Bonds over the border of this thread. */
  get bonds(): number {
    return [...this.peers.keys()].reduce((sum, thread) => sum + this.ledger.count(thread), 0);
  }

  peerOf({ id }: Pid): Peer | undefined {
    return this.peers.get(threadOf(seriesOf(id)));
  }

  knows(pid: Pid): boolean {
    return this.peerOf(pid)?.lives(pid.id) ?? false;
  }

  mayTurnAway(to: Pid, signal: Signal): boolean {
    return this.peerOf(to)?.mayTurnAway(to.id, signal) ?? false;
  }

  /** To a process of this host that is not on this thread. */
  deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    const { to, signal } = envelope;
    const peer = this.peerOf(to);
    if (peer === undefined) return gone;
    const lives = peer.lives(to.id);
    if (lives || (signal.kind !== "link" && signal.kind !== "monitor")) this.ledger.note(peer.thread, envelope, true);
    if (!lives) return gone;
    if (peer.mayTurnAway(to.id, signal)) return this.ask(peer.thread, peer.post, envelope);
    if (signal.kind === "message") setHome(to, new FarHome(this.options, peer, to.id));
    peer.post.push(this.options.codec.row(envelope));
    return peer.post.answer();
  }

  /** Send it, and answer as the other thread does. */
  ask(thread: number, post: Post, envelope: Envelope): Promise<Delivery> {
    const ask = ++this.lastAsk;
    post.push(this.options.codec.row(envelope, ask));
    return new Promise((resolve) => this.asks.set(ask, { thread, resolve }));
  }

  answered(row: AnswerRow): void {
    const ask = this.asks.get(row[1]);
    this.asks.delete(row[1]);
    ask?.resolve(deliveryOf(row));
  }

  /** An envelope has come over the border. */
  arrived(row: EnvelopeRow, envelope: Envelope): void {
    const home = homeOf(envelope.to) as Home | undefined;
    if (row.length === plainLength && home?.router === this.options.router && home.take(envelope)) return;
    const thread = this.threadOf(envelope.from);
    if (thread !== mainThread) this.ledger.note(thread, envelope, false);
    const ask = askOf(row);
    const delivery = this.options.deliver(envelope, ask !== undefined);
    if (delivery instanceof Promise) void delivery.then((settled) => this.taken(envelope, thread, ask, settled));
    else this.taken(envelope, thread, ask, delivery);
  }

  /** A process of this thread has a child on another one: the bonds between them are written into both ends. */
  bindChild({ parent, parentIncarnation, linkRef, monitorRef }: SpawnSpec, child: Pid): void {
    if (this.threadOf(parent) !== this.options.thread || !this.knows(child)) return;
    const thread = this.threadOf(child);
    const base = { here: parent, incarnation: parentIncarnation, there: child };
    if (linkRef !== undefined) this.ledger.add(thread, { ...base, via: "link", ref: linkRef });
    if (monitorRef !== undefined) this.ledger.add(thread, { ...base, via: "watching", ref: monitorRef });
  }

  /** The same, seen from where the child is. */
  bindParent({ parent, linkRef, monitorRef }: SpawnSpec, child: Pid): void {
    const thread = this.threadOf(parent);
    if (thread === mainThread || thread === this.options.thread) return;
    const base = { here: child, incarnation: this.options.codec.node, there: parent };
    if (linkRef !== undefined) this.ledger.add(thread, { ...base, via: "link", ref: -linkRef });
    if (monitorRef !== undefined) this.ledger.add(thread, { ...base, via: "watched", ref: -monitorRef });
  }

  /** A thread is no more: who waits for it is answered. Returns what its processes would have told those of this thread. */
  lost(thread: number): Envelope[] {
    const peer = this.peers.get(thread);
    this.peers.delete(thread);
    const { codec } = this.options;
    const reason = workerLost(codec.host, thread);
    const delivery = unreachable(reason.error.message);
    peer?.endAll();
    peer?.post.release(delivery);
    for (const [number, ask] of [...this.asks]) {
      if (ask.thread !== thread) continue;
      this.asks.delete(number);
      ask.resolve(delivery);
    }
    return this.ledger.lost(thread, reason, codec.node);
  }

  threadOf(pid: Pid): number {
    return this.options.codec.isOurs(pid) ? threadOf(seriesOf(pid.id)) : mainThread;
  }

  private taken(envelope: Envelope, thread: number, ask: number | undefined, delivery: Delivery): void {
    if (ask !== undefined) this.options.postOf(thread)?.push(answerRow(ask, delivery));
    else if (delivery.kind !== "accepted") this.options.unheard(envelope, delivery);
  }
}

/** How the processes of a thread end that has crashed. */
export function workerLost(host: string, thread: number): Extract<ExitReason, { kind: "failed" }> {
  const message = `worker ${thread} of ${host} is down`;
  return { kind: "failed", error: failure("UNAVAILABLE", message, { retryable: true }) };
}

/** The way to a process of another thread that has been sent to before. */
class FarHome implements Home {
  readonly router: Router;
  private readonly codec: Codec;
  private readonly post: Post;
  private readonly living: Living;
  private readonly number: number;
  private readonly id: string;

  constructor({ router, codec }: CrewOptions, peer: Peer, id: string) {
    this.router = router;
    this.codec = codec;
    this.post = peer.post;
    this.living = peer.livingOf(id);
    this.number = numberOf(id);
    this.id = id;
  }

  /** Messages that need no answer of their own; a process with a bounded mailbox has no such way. */
  take(envelope: Envelope): boolean {
    if (this.post.isClogged || !this.living.has(this.number) || !this.codec.isPlain(envelope)) return false;
    const { topic, payloads } = envelope.signal;
    this.post.push([rowKind.message, this.id, this.codec.short(envelope.from), topic, payloads]);
    return true;
  }
}
