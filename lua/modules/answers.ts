/** How module functions answer: the value, or nil and an error object. */
import type { Outcome } from "../../actors/index.js";
import { type Delivery, deliveryError, type Failure, failure, type Payload } from "../../mailbox/index.js";
import type { Call, Pushable } from "../fengari.js";
import type { LuaProcess, Resumption, Shared } from "../owner.js";

/** `nil, err` for a failure at hand. */
export function failWith(call: Call<LuaProcess>, error: Failure): undefined {
  call.push(undefined, call.owner.shared.pushableError(error));
  return undefined;
}

/** `nil, err` with `retryable` false. */
export function fail(call: Call<LuaProcess>, kind: string, message: string, details?: Payload): undefined {
  return failWith(call, refusal(kind, message, details));
}

export function refusal(kind: string, message: string, details?: Payload): Failure {
  return failure(kind, message, details === undefined ? { retryable: false } : { retryable: false, details });
}

/** End a wait with a request's value, shown by `show`, or with `nil, err`. */
export function answer(
  shared: Shared,
  resumption: Resumption,
  outcome: Outcome,
  show: (value: Payload) => Pushable = shared.fromPayload,
): void {
  if (outcome.ok) resumption.values(show(outcome.value));
  else resumption.values(undefined, shared.pushableError(outcome.error));
}

/** End a wait with `true`, or with `nil, err` when the envelope was not accepted. */
export function answerDelivery(shared: Shared, resumption: Resumption, delivery: Delivery): void {
  if (delivery.kind === "accepted") resumption.values(true);
  else resumption.values(undefined, shared.pushableError(deliveryError(delivery)));
}

/** For a name, topic or key: read with U+FFFD in it, it could be taken for another one. */
export function notUtf8(what: string): Failure {
  return refusal("INVALID", `${what} is not valid UTF-8`);
}

/** True for nil and for an argument that was not given. */
export function absent(call: Call<LuaProcess>, n: number): boolean {
  const type = call.type(n);
  return type === "none" || type === "nil";
}

/** Text that is not empty, or the refusal (INVALID) in which `what` names the argument. */
export function textArgument(call: Call<LuaProcess>, n: number, what: string): string | Failure {
  const value = call.get(n);
  if (typeof value === "string" && value !== "") return value;
  const bytes = value instanceof Uint8Array ? "text that is not valid UTF-8" : `a ${call.type(n)}`;
  const given = value === "" ? '""' : value === undefined ? "nil" : bytes;
  return refusal("INVALID", `${what} must be text that is not empty, not ${given}`);
}
