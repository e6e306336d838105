/** Cycles and levels of a directed graph of ids. Knows nothing of entries. */

/** From an id to the ids it needs; ids without a row need nothing. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** One chain for each cycle found, the first id repeated at its end; each id is in at most one chain. */
export function findCycles(graph: Graph): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (id: string): void => {
    if (done.has(id)) return;
    const start = trail.indexOf(id);
    if (start >= 0) {
      cycles.push([...trail.slice(start), id]);
      return;
    }
    trail.push(id);
    for (const next of graph.get(id) ?? []) visit(next);
    trail.pop();
    done.add(id);
  };
  for (const id of graph.keys()) visit(id);
  return cycles;
}

/** Level 0 needs nothing, level n something of level n-1; sorted inside a level. The graph must have no cycle. */
export function levels(graph: Graph): string[][] {
  const depths = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const depth = Math.max(-1, ...(graph.get(id) ?? []).map(depthOf)) + 1;
    depths.set(id, depth);
    return depth;
  };
  const result: string[][] = [];
  for (const id of graph.keys()) {
    const depth = depthOf(id);
    while (result.length <= depth) result.push([]);
    result[depth]!.push(id);
  }
  return result.map((ids) => ids.sort());
}
