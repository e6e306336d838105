/** Keys of a process's context that mean something to the runtime; all others are the program's. What a context may hold is decided at its borders. */
import type { PayloadRecord } from "./input.js";

/** In it a callee finds its idempotency key: the same on every attempt of one call. It belongs to that call alone. */
export const idempotencyKey = "idempotency_key";

/** Who acts, `{ id, meta }`, and under which policies, `{ policies, groups }`. They go wherever the context goes. */
export const actorKey = "@actor";
export const scopeKey = "@scope";

/** Programs can neither set nor see such keys. */
export function isReservedKey(key: string): boolean {
  return key.startsWith("@");
}

/** What a process hands on to whatever it starts or calls. */
export function inheritedContext(context: PayloadRecord): PayloadRecord {
  if (!Object.hasOwn(context, idempotencyKey)) return context;
  const { [idempotencyKey]: _own, ...rest } = context;
  return rest;
}
