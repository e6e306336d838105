/** Stored: the state of a supervisor that is at rest, as data, and the way back. */
import type { Self, SupervisorStarter } from "../actors/index.js";
import { type ChildRow, Children } from "./children.js";
import type { Core } from "./core.js";
import type { SupervisorSpec } from "./spec.js";
import { Answers } from "./waits.js";

/** JSON-shaped. */
export interface Stored {
  readonly spec: SupervisorSpec;
  readonly starter: SupervisorStarter;
  /** Of the monitor of its parent, which may not be answered yet; not in what was stored before there was such a field. */
  readonly parentTag?: number;
  readonly children: readonly ChildRow[];
  /** Times of the restarts that count. */
  readonly restarts: readonly number[];
  /** Children numbered so far. */
  readonly numbers: number;
  readonly hosts: readonly (readonly [host: string, isDurable: boolean])[];
}

export function newCore(self: Self): Core {
  return {
    self,
    answers: new Answers(),
    children: new Children(),
    spawning: new Map(),
    timers: new Map(),
    hosts: new Map(),
  };
}

export function storeCore({ children, hosts }: Core): Pick<Stored, "children" | "hosts"> {
  return { children: children.toRows(), hosts: [...hosts] };
}

/** Into a new core. */
export function restoreCore(core: Core, stored: Pick<Stored, "children" | "hosts">): void {
  core.children.takeRows(stored.children);
  for (const child of core.children.all()) if (child.timer !== 0) core.timers.set(child.timer, child);
  for (const [host, isDurable] of stored.hosts) core.hosts.set(host, isDurable);
}
