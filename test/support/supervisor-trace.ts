/**
 * What is compared of a trace: everything, but for what neither side promises and what both say in other words.
 *
 * - Children of a supervisor that was killed end in any order, and each side has a reason of its own: they come right after it, sorted.
 * - Children of a simple_one_for_one, whose ids have a number, are stopped all at once and listed in any order: both are sorted.
 * - A call that comes too late is refused by ours before it ends, and answered by the end of OTP's: it comes last.
 * - Why the root ended after its parent, and the parent after the root, is told in the words of each side and left out.
 */

export function comparable(trace: readonly string[]): string[] {
  const family = new Family();
  return inSteps(trace).flatMap((step) => {
    const { entries, orphans } = family.step(step);
    return [...besideParents(sortedDynamic(unansweredLast(entries)), orphans).map(sortedList), "--"];
  });
}

function inSteps(trace: readonly string[]): string[][] {
  const steps: string[][] = [[]];
  for (const entry of trace) {
    if (entry === "--") steps.push([]);
    else steps.at(-1)!.push(entry);
  }
  const last = steps.pop()!;
  return last.length === 0 ? steps : [...steps, last];
}

/** By the names that the script gave: `a` and `d1` are the root's, `aa` and `ad1` are those of `a`. */
function supervisorOf(id: string): string {
  if (id === "root" || id === "parent") return "";
  return id.replace(/\d+$/, "").length === 1 ? "root" : id[0]!;
}

/** Who lives, and under whom. */
class Family {
  private readonly labels = new Map<string, string>();
  private readonly parents = new Map<string, string>();
  private readonly gone = new Set<string>();

  /** The entries without those of orphans, and these by the supervisor that they lost. */
  step(step: readonly string[]): { entries: string[]; orphans: Map<string, string[]> } {
    const entries: string[] = [];
    const orphans = new Map<string, string[]>();
    for (const entry of step) {
      const [, verb, label, id, reason] = /^(start|down) ((\w+)(?:#\d+)?)(?: (\w+))?$/.exec(entry) ?? [];
      if (verb === "start") this.start(id!, label!);
      if (verb !== "down") {
        entries.push(entry);
        continue;
      }
      const parent = this.parents.get(label!);
      this.gone.add(label!);
      if (parent !== undefined && this.gone.has(parent) && parent !== "parent")
        orphans.set(parent, [...(orphans.get(parent) ?? []), `orphan ${label}`]);
      else entries.push(label === "parent" || this.hasLost(id!) ? `down ${label}` : `down ${label} ${reason}`);
    }
    return { entries: this.apart(entries), orphans };
  }

  private start(id: string, label: string): void {
    this.labels.set(id, label);
    this.parents.set(label, id === "root" ? "parent" : this.labels.get(supervisorOf(id))!);
  }

  private hasLost(id: string): boolean {
    return id === "root" && this.gone.has("parent");
  }

  /** Without the root its supervisors stop their children beside each other. */
  private apart(entries: string[]): string[] {
    const at = entries.findIndex((entry) => entry.startsWith("down root#"));
    if (at < 0) return entries;
    const key = (entry: string): string => (entry.startsWith("down ") ? supervisorOf(idOf(entry)) : "");
    const after = entries.slice(at + 1).sort((a, b) => key(a).localeCompare(key(b)));
    return [...entries.slice(0, at + 1), ...after];
  }
}

function idOf(entry: string): string {
  return /^\w+ (\w+)/.exec(entry)?.[1] ?? "";
}

/** Neighbours that are children of one simple_one_for_one. */
function sortedDynamic(entries: readonly string[]): string[] {
  const sorted: string[] = [];
  for (const entry of entries) {
    let at = sorted.length;
    const isDynamic = (other: string | undefined): boolean => /^down \w*\d+#/.test(other ?? "");
    if (isDynamic(entry)) {
      const isLess = (other: string): boolean =>
        supervisorOf(idOf(other)) === supervisorOf(idOf(entry)) && entry < other;
      while (isDynamic(sorted[at - 1]) && isLess(sorted[at - 1]!)) at--;
    }
    sorted.splice(at, 0, entry);
  }
  return sorted;
}

function besideParents(entries: readonly string[], orphans: ReadonlyMap<string, string[]>): string[] {
  return entries.flatMap((entry) => {
    const label = /^down (\S+)/.exec(entry)?.[1];
    return [entry, ...(orphans.get(label ?? "") ?? []).sort()];
  });
}

function sortedList(entry: string): string {
  const [, before, list] = /^(.* -> )\[(=.*)\]$/.exec(entry) ?? [];
  return list === undefined ? entry : `${before}[${list.split(" ").sort().join(" ")}]`;
}

function unansweredLast(entries: readonly string[]): string[] {
  const isLate = (entry: string): boolean => entry.endsWith(" -> gone");
  return [...entries.filter((entry) => !isLate(entry)), ...entries.filter(isLate)];
}
