/** Core: what all work of one supervisor shares, and how it names its children and asks its node. */
import type { Self } from "../actors/index.js";
import { type Failure, failure, failureText, type Payload } from "../mailbox/index.js";
import type { Child, Children } from "./children.js";
import type { Answers, Work } from "./waits.js";

export interface Core {
  readonly self: Self;
  readonly answers: Answers;
  readonly children: Children;
  /** Spawns under way, by tag. */
  readonly spawning: Map<number, Child>;
  /** Back-offs under way, by tag. */
  readonly timers: Map<number, Child>;
  /** Whether a host keeps its processes over the end of a node, by host id; of those that are known. */
  readonly hosts: Map<string, boolean>;
}

/** Ask the node; null when it does not know, as one without an app around it may. */
export function* askNode(core: Core, operation: string, args: { readonly [key: string]: Payload }): Work<Payload> {
  const tag = core.self.request({ kind: "ask", service: "node", operation, args });
  const outcome = yield* core.answers.of(tag);
  return outcome.ok ? outcome.value : null;
}

export function* isDurableHost(core: Core, host: string): Work<boolean> {
  const known = core.hosts.get(host);
  if (known !== undefined) return known;
  const answer = (yield* askNode(core, "host", { id: host })) as { readonly durable?: boolean } | null;
  if (answer !== null) core.hosts.set(host, answer.durable === true);
  return answer?.durable === true;
}

export function dropTimer(core: Core, child: Child): void {
  if (child.timer === 0) return;
  core.self.drop(child.timer);
  core.timers.delete(child.timer);
  child.timer = 0;
}

export function childName(child: Child): string {
  const { key, spec } = child;
  return key === spec.id ? `child "${key}"` : `child "${spec.id}" number ${key}`;
}

/** The error of a child, with the child's name in front; the kind stays. */
export function childFailure(child: Child, error: Failure): Failure {
  const { key, spec } = child;
  const details = { child: spec.id, ...(key === spec.id ? {} : { number: key }), error: shortError(error) };
  const { kind, retryable } = error;
  const message = `${childName(child)} did not start: ${failureText(error)}`;
  return failure(kind, message, { ...(retryable === undefined ? {} : { retryable }), details });
}

export function shortError(error: Failure): Payload {
  return { kind: error.kind, message: failureText(error) };
}
