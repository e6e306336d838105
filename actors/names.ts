/** Registered names of one node. Who may see them from elsewhere is not decided here. */
import { type Failure, failure, type Pid, PidMap, samePid } from "../mailbox/index.js";

export class Names {
  private readonly byName = new Map<string, Pid>();
  private readonly byPid = new PidMap<Set<string>>();
  private readonly listeners = new Map<string, (pid: Pid) => void>();

  /** Be told when the names of a process of that node change; hosts that keep names use it. */
  watch(node: string, changed: (pid: Pid) => void): void {
    this.listeners.set(node, changed);
  }

  unwatch(node: string): void {
    this.listeners.delete(node);
  }

  /** The names of one process. */
  of(pid: Pid): readonly string[] {
    return [...(this.byPid.get(pid) ?? [])];
  }

  /** Safe to repeat for the same pid; another owner's name is ALREADY_EXISTS. */
  register(name: string, pid: Pid): Failure | undefined {
    const owner = this.byName.get(name);
    if (owner !== undefined) {
      if (samePid(owner, pid)) return undefined;
      return failure("ALREADY_EXISTS", "name already registered", {
        retryable: false,
        details: { name, pid: owner.text },
      });
    }
    this.byName.set(name, pid);
    const mine = this.byPid.get(pid);
    if (mine === undefined) this.byPid.set(pid, new Set([name]));
    else mine.add(name);
    this.listeners.get(pid.node)?.(pid);
    return undefined;
  }

  lookup(name: string): Pid | undefined {
    return this.byName.get(name);
  }

  /** False when nothing was removed; only the owner may remove. */
  unregister(name: string, by: Pid): boolean {
    const owner = this.byName.get(name);
    if (owner === undefined || !samePid(owner, by)) return false;
    this.byName.delete(name);
    const mine = this.byPid.get(owner);
    mine?.delete(name);
    if (mine?.size === 0) this.byPid.delete(owner);
    this.listeners.get(owner.node)?.(owner);
    return true;
  }

  /** A process has ended: all its names are free, before anybody hears of its end. */
  release(pid: Pid): void {
    const mine = this.byPid.get(pid);
    if (mine === undefined) return;
    for (const name of mine) this.byName.delete(name);
    this.byPid.delete(pid);
  }

  list(): [name: string, pid: Pid][] {
    return [...this.byName];
  }
}

/** What a lookup that found nothing answers. */
export function nameNotFound(name: string): Failure {
  return failure("NOT_FOUND", "name not registered", { retryable: false, details: { name } });
}
