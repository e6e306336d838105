/** What the order example must come to, wherever its orders are kept. */
import { join } from "node:path";
import { expect } from "vitest";
import { root } from "./command.js";

export const example: string = join(root, "examples/orders");
export const numbers: readonly number[] = Array.from({ length: 40 }, (_, index) => index + 1);
export const summary = "orders: 35 completed, 2 rejected, 3 compensated";

/** Idempotency keys that were charged, by order number, from the log of one or more nodes. */
export function charges(log: string): Map<number, Set<string>> {
  const keys = new Map<number, Set<string>>();
  for (const [, number, key] of log.matchAll(/INFO: charge number=(\d+) total=\d+ key=(\S+)/g)) {
    keys.set(Number(number), (keys.get(Number(number)) ?? new Set()).add(key!));
  }
  return keys;
}

export function expectOneChargeEach(log: string): void {
  const charged = charges(log);
  // 14 is out of stock, 28 is turned down, and the cards of 9 and 22 are refused.
  const never = [9, 14, 22, 28];
  expect([...charged.keys()].sort((a, b) => a - b)).toEqual(numbers.filter((number) => !never.includes(number)));
  expect([...charged].filter(([, keys]) => keys.size !== 1)).toEqual([]);
  expect(new Set([...charged.values()].flatMap((keys) => [...keys])).size).toBe(charged.size);
}
