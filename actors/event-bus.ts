/** The service `events`: a bus on which the processes of one node tell each other what happened. Keeps nothing. */
import { type Failure, failure, type Payload, type Pid } from "../mailbox/index.js";
import { type EventPattern, matchesEvent, maxEventNameLength, parseEventPattern } from "./event-pattern.js";
import type { Outcome, PayloadRecord } from "./input.js";
import { type NodeService, unknownOperation } from "./services.js";

/** What a subscriber gets. Without `data` when the sender gave none. */
export type BusEvent = {
  readonly system: string;
  readonly kind: string;
  readonly path: string;
  readonly data?: Payload;
};

interface Subscriber {
  readonly system: EventPattern;
  /** Undefined: every kind. */
  readonly kind: EventPattern | undefined;
  readonly bring: (payload: Payload) => void;
}

/** Fields in which an event or a subscription names something. */
type Field = "system" | "kind" | "path";

/**
 * Operations: `ask` "send" `{system, kind, path, data?}`, answered `true` when every subscriber of this node has been handed the event;
 * `hold` "subscribe" `{system, kind?}`, two patterns. A hold brings `null` first: from then on no event is missed. Events of one sender
 * arrive in order.
 */
export class EventBus implements NodeService {
  private readonly subscribers = new Set<Subscriber>();

  ask(_caller: Pid, operation: string, args: PayloadRecord): Outcome {
    if (operation !== "send") return { ok: false, error: unknownOperation("events", operation) };
    const problem = eventProblem(args);
    if (problem !== undefined) return { ok: false, error: problem };
    const event = busEvent(args);
    for (const { system, kind, bring } of [...this.subscribers]) {
      if (matchesEvent(system, event.system) && (kind === undefined || matchesEvent(kind, event.kind))) bring(event);
    }
    return { ok: true, value: true };
  }

  hold(
    _caller: Pid,
    operation: string,
    args: PayloadRecord,
    bring: (payload: Payload) => void,
  ): (() => void) | Failure {
    if (operation !== "subscribe") return unknownOperation("events", operation);
    const system = patternOf(args, "system");
    if ("message" in system) return system;
    const kind = (args.kind ?? null) === null ? undefined : patternOf(args, "kind");
    if (kind !== undefined && "message" in kind) return kind;
    const subscriber: Subscriber = { system, kind, bring };
    this.subscribers.add(subscriber);
    bring(null);
    return () => void this.subscribers.delete(subscriber);
  }
}

/** Why this is no event; undefined when it is one. */
export function eventProblem(args: PayloadRecord): Failure | undefined {
  for (const field of ["system", "kind", "path"] as const) {
    const name = args[field];
    if (typeof name !== "string" || name === "") return invalid(field, "must be text that is not empty");
    if (field !== "path" && name.length > maxEventNameLength) {
      return invalid(field, `may have ${maxEventNameLength} characters`);
    }
  }
  return undefined;
}

/** Why this is no subscription; undefined when it is one. */
export function subscriptionProblem(args: PayloadRecord): Failure | undefined {
  const system = patternOf(args, "system");
  if ("message" in system) return system;
  if ((args.kind ?? null) === null) return undefined;
  const kind = patternOf(args, "kind");
  return "message" in kind ? kind : undefined;
}

function patternOf(args: PayloadRecord, field: Field): EventPattern | Failure {
  const text = args[field];
  if (typeof text !== "string" || text === "") return invalid(field, "must be text that is not empty");
  const pattern = parseEventPattern(text);
  return typeof pattern === "string" ? invalid(field, pattern) : pattern;
}

function busEvent(args: PayloadRecord): BusEvent {
  const { system, kind, path, data } = args;
  const names = { system: String(system), kind: String(kind), path: String(path) };
  return data === undefined || data === null ? names : { ...names, data };
}

function invalid(field: Field, what: string): Failure {
  return failure("INVALID", `event ${field} ${what}`, { retryable: false });
}
