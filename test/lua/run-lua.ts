/** Running one Lua process to its end, for tests that look at its result or its error. */
import { expect } from "vitest";
import type { Failure } from "../../mailbox/index.js";
import { type SourceSpec, type VirtualOptions, virtualNode } from "../support/virtual.js";

export function run(text: SourceSpec, ...args: number[]) {
  return virtualNode({ "app:main": text }).run("app:main", ...args);
}

export function failureOf(text: SourceSpec, options: VirtualOptions = {}): Failure {
  const node = virtualNode({ "app:main": text }, options);
  const outcome = node.run("app:main");
  expect(node.internalErrors).toEqual([]);
  if (outcome.ok) throw new Error(`did not fail: ${JSON.stringify(outcome.value)}`);
  return outcome.error;
}
