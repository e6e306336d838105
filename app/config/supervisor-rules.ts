/** Rules between a supervision tree and the hosts and processes that its children name. */

import { type Draft, isRecord, problemAt } from "./drafts.js";
import type { Report } from "./errors.js";
import type { Entry } from "./kinds.js";
import type { Path } from "./yaml.js";

/** A child as it was written, and the host that it comes to run on. */
interface PlacedChild {
  readonly path: Path;
  readonly child: Record<string, unknown>;
  readonly host: string;
  /** Of a simple_one_for_one: each child gets its name when it is started. */
  readonly isTemplate: boolean;
}

/**
 * A child on a durable host has a name, by which it is found again, and no other child of the app has the same; a workflow is on a
 * durable host, and a supervisor on none of Temporal. `taken` says what else has that name.
 */
export function checkTree(
  draft: Draft,
  entries: ReadonlyMap<string, Entry>,
  taken: (name: string) => string | undefined,
  report: Report,
): void {
  const fail = (path: Path, message: string) => report.problems.push(problemAt(draft, path, message));
  for (const { path, child, host, isTemplate } of placedChildren(draft.value, String(draft.value.host), [])) {
    const isDurable = keepsProcesses(entries.get(host));
    const target = entries.get(String(child.process));
    if (isDurable && child.name === undefined && !isTemplate)
      fail(path, `missing "name": ${host} is a durable host, where a child is found again by its name`);
    if (Array.isArray(child.children) && entries.get(host)?.kind === "temporal.worker")
      fail(
        path,
        `a child with children is a supervisor, which cannot run on ${host}, a temporal.worker; give it another host`,
      );
    if (!isDurable && target?.kind === "workflow.lua")
      fail(
        [...path, "process"],
        `${target.id} is a workflow.lua and needs a durable host; ${host} keeps its processes in memory`,
      );
    const other = typeof child.name === "string" ? taken(child.name) : undefined;
    if (other !== undefined)
      fail([...path, "name"], `the name "${child.name}" is also that of ${other}; give one of them another`);
  }
}

/** At any depth; a child without a host runs on that of its supervisor. */
function placedChildren(tree: Record<string, unknown>, host: string, path: Path): PlacedChild[] {
  if (!Array.isArray(tree.children)) return [];
  const isTemplate = tree.strategy === "simple_one_for_one";
  return tree.children.flatMap((child: unknown, index): PlacedChild[] => {
    if (!isRecord(child)) return [];
    const own = typeof child.host === "string" ? child.host : host;
    const here = [...path, "children", index];
    return [{ path: here, child, host: own, isTemplate }, ...placedChildren(child, own, here)];
  });
}

function keepsProcesses(host: Entry | undefined): boolean {
  return host?.kind === "temporal.worker" || (host?.kind === "process.host" && host.journal !== undefined);
}
