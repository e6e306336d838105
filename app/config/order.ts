/** In which order entries start (lua-api.md 4.5). Does not start anything. */

import { type Draft, problemAt } from "./drafts.js";
import type { Report } from "./errors.js";
import { findCycles, type Graph, levels } from "./graph.js";

/**
 * Levels of entry ids: all of a level may start at the same time, once the levels before have started.
 * Stopping goes the other way round. Every entry is in it; those that cannot be started are passed over.
 * The dependencies of a loaded app have no cycle.
 */
export function startOrder(config: { readonly dependencies: Graph }): string[][] {
  return levels(config.dependencies);
}

export function reportCycles(dependencies: Graph, drafts: ReadonlyMap<string, Draft>, report: Report): void {
  for (const chain of findCycles(dependencies)) {
    const draft = drafts.get(chain[0]!);
    if (draft === undefined) continue;
    const message = `these entries wait for each other to start: ${chain.join(" -> ")}; remove one of the references`;
    report.problems.push(problemAt(draft, [], message));
  }
}
