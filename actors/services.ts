/** Services of a node: what a program may ask for besides other processes, each under its name. None is defined here. */
import { type Failure, failure, type Payload, type Pid } from "../mailbox/index.js";
import { thrownFailure } from "./guard.js";
import type { AskRequest, HoldRequest, Outcome, PayloadRecord } from "./input.js";

/**
 * One service, such as `env` or `pg`. Arguments come from untrusted programs: check them. An operation that it does not know is
 * INVALID.
 */
export interface NodeService {
  /** One operation, answered once. At least once: a caller on a journal may ask again after a crash. */
  ask(caller: Pid, operation: string, args: PayloadRecord): Outcome | Promise<Outcome>;
  /**
   * An interest of the caller that lasts until the returned function is called. What there is to tell goes to `bring`, also at once;
   * not any more afterwards. A caller on a journal comes again after each restart of its node.
   */
  hold?(caller: Pid, operation: string, args: PayloadRecord, bring: (payload: Payload) => void): (() => void) | Failure;
}

/** What a request to one service needs to know of the caller's host. */
export interface Holder {
  brought(payload: Payload): void;
  /** The interest cannot be held. */
  refused(error: Failure): void;
}

export class Services {
  private readonly services = new Map<string, NodeService>();

  /** Throws when there is one of that name already. */
  add(name: string, service: NodeService): void {
    if (this.services.has(name)) throw new Error(`service ${name} is there already`);
    this.services.set(name, service);
  }

  /** Never throws or rejects: a service that does is answered for. */
  ask(caller: Pid, { service: name, operation, args }: AskRequest): Outcome | Promise<Outcome> {
    const service = this.services.get(name);
    if (service === undefined) return { ok: false, error: serviceMissing(name) };
    try {
      const outcome = service.ask(caller, operation, args);
      return outcome instanceof Promise ? outcome.catch(refusedBy) : outcome;
    } catch (thrown) {
      return refusedBy(thrown);
    }
  }

  /** Returns what ends the interest; safe to call again, and after a refusal. */
  hold(caller: Pid, { service: name, operation, args }: HoldRequest, holder: Holder): () => void {
    let isHeld = true;
    const bring = (payload: Payload): void => {
      if (isHeld) holder.brought(payload);
    };
    const end = this.begin(caller, name, operation, args, bring);
    if (typeof end !== "function") {
      holder.refused(end);
      return () => {};
    }
    return () => {
      if (!isHeld) return;
      isHeld = false;
      end();
    };
  }

  private begin(
    caller: Pid,
    name: string,
    operation: string,
    args: PayloadRecord,
    bring: (payload: Payload) => void,
  ): (() => void) | Failure {
    const service = this.services.get(name);
    if (service === undefined) return serviceMissing(name);
    if (service.hold === undefined) return unknownOperation(name, operation);
    try {
      return service.hold(caller, operation, args, bring);
    } catch (thrown) {
      return thrownFailure(thrown);
    }
  }
}

/** What a service answers to an operation that it does not have. */
export function unknownOperation(service: string, operation: string): Failure {
  return failure("INVALID", `${service} has no operation "${operation}"`, { retryable: false });
}

function serviceMissing(name: string): Failure {
  return failure("NOT_FOUND", `this node has no ${name}`, { retryable: false, details: { service: name } });
}

function refusedBy(thrown: unknown): Outcome {
  return { ok: false, error: thrownFailure(thrown) };
}
