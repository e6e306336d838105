/** Router: from an envelope to the host of its receiver. Holds no process state; what could not be delivered goes to the dead letters. */
import {
  accepted,
  type Delivery,
  type Envelope,
  type Failure,
  failure,
  homeOf,
  makePid,
  type Pid,
  unreachable,
} from "../mailbox/index.js";
import { type DeadLetter, DeadLetters } from "./dead-letters.js";
import { thrownFailure } from "./guard.js";
import type { Host } from "./host.js";

const faulty = (thrown: unknown): Delivery => unreachable(`the host failed: ${thrownFailure(thrown).message}`);

/** What a spawn on, or a message to, an unknown host is answered. */
export function hostMissing(id: string): Failure {
  return failure("NOT_FOUND", "host not found", { retryable: false, details: { host_id: id } });
}

const hostNotFound = (host: string): Delivery => ({ kind: "gone", error: hostMissing(host) });

/** What a host may note at a pid (`setHome`) that leads to a living process of its own: envelopes go there without a search. */
export interface Home {
  readonly router: Router;
  /** Take an envelope over, in order with those that come by the host; false when it has to decide. */
  take(envelope: Envelope): boolean;
}

export class Router {
  private readonly hosts = new Map<string, Host>();
  private readonly nodes = new Map<string, Map<string, Host>>();
  /** For what no host here is meant for: of a thread, the rest of its node. */
  rest: Host | undefined;
  readonly deadLetters: DeadLetters;

  constructor(now: () => number, onDeadLetter: (letter: DeadLetter) => void) {
    this.deadLetters = new DeadLetters(now, (envelope) => this.offer(envelope), onDeadLetter);
  }

  /** Throws when a host of that id is attached already. */
  attach(host: Host): void {
    if (this.hosts.has(host.id)) throw new Error(`host ${host.id} is attached already`);
    this.hosts.set(host.id, host);
    const node = this.nodes.get(host.node);
    if (node === undefined) this.nodes.set(host.node, new Map([[host.id, host]]));
    else node.set(host.id, host);
  }

  detach(host: Host): void {
    if (this.hosts.get(host.id) !== host) return;
    this.hosts.delete(host.id);
    const node = this.nodes.get(host.node);
    node?.delete(host.id);
    if (node?.size === 0) this.nodes.delete(host.node);
  }

  host(id: string): Host | undefined {
    return this.hosts.get(id) ?? this.rest;
  }

  hasNode(node: string): boolean {
    return this.nodes.has(node);
  }

  /** False when the pid's host is here and says that the process has ended. */
  mayLive(pid: Pid): boolean {
    return this.nodes.get(pid.node)?.get(pid.host)?.knows?.(pid) ?? true;
  }

  /** As `route`, for a sender that hears no answer: that there was no room makes a dead letter too. */
  post(envelope: Envelope): void {
    const delivery = this.route(envelope);
    if (delivery instanceof Promise) void delivery.then((settled) => this.unheard(envelope, settled));
    else this.unheard(envelope, delivery);
  }

  /** Nobody hears that there was no room. */
  unheard(envelope: Envelope, delivery: Delivery): void {
    if (delivery.kind === "full") this.refused(envelope, delivery);
  }

  /** Never throws or rejects. A message that is refused is also a dead letter, unless its sender is told that there is no room. */
  route(envelope: Envelope): Delivery | Promise<Delivery> {
    const home = homeOf(envelope.to) as Home | undefined;
    if (home !== undefined && home.router === this && home.take(envelope)) return accepted;
    const delivery = this.offer(envelope);
    if (delivery instanceof Promise) {
      return delivery.then((settled) => {
        if (isLost(settled)) this.refused(envelope, settled);
        return settled;
      });
    }
    if (isLost(delivery)) this.refused(envelope, delivery);
    return delivery;
  }

  /** As `route`, for who may try again: what is refused is not a dead letter yet, and `lost` makes it one. */
  offer(envelope: Envelope): Delivery | Promise<Delivery> {
    const delivery = this.attempt(envelope);
    return delivery instanceof Promise ? delivery.catch(faulty) : delivery;
  }

  /** Note a message that was accepted and then reached nobody, as its receiver ended with it in the queue. */
  lost(envelope: Envelope, reason: string): void {
    this.deadLetters.add(envelope, reason);
  }

  /** A host that throws breaks its law; that must not end the process that sends. */
  private attempt(envelope: Envelope): Delivery | Promise<Delivery> {
    try {
      return this.deliver(envelope);
    } catch (thrown) {
      return faulty(thrown);
    }
  }

  private deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    const { to } = envelope;
    const node = this.nodes.get(to.node);
    if (this.rest !== undefined && !node?.has(to.host)) return this.rest.deliver(envelope);
    if (node === undefined) {
      if (to.node === "") return hostNotFound(to.host);
      return unreachable(`node ${to.node} is not reachable from here`);
    }
    return node.get(to.host)?.deliver(envelope) ?? hostNotFound(to.host);
  }

  private refused(envelope: Envelope, delivery: Exclude<Delivery, { kind: "accepted" }>): void {
    this.lost(envelope, delivery.error?.message ?? "process not found");
  }
}

function isLost(delivery: Delivery): delivery is Extract<Delivery, { kind: "gone" | "unreachable" }> {
  return delivery.kind === "gone" || delivery.kind === "unreachable";
}

/** Pid of something that is not a process: it can send, and nothing can be sent to it. */
export function systemPid(name: string): Pid {
  return makePid("", "", name);
}
