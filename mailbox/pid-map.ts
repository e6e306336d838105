/** PidMap: values by pid, without the text of any: most pids are never written out. What is kept is for its owner to say. */
import { type Pid, samePid } from "./pid.js";

interface Entry<T> {
  readonly pid: Pid;
  value: T;
  /** Of a pid with the same id on another host or node. */
  next: Entry<T> | undefined;
}

/** In the order in which they were first set, but for those of equal ids, which stand together. */
export class PidMap<T> {
  private readonly byId = new Map<string, Entry<T>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(pid: Pid): T | undefined {
    return this.find(pid)?.value;
  }

  set(pid: Pid, value: T): void {
    const entry = this.find(pid);
    if (entry !== undefined) {
      entry.value = value;
      return;
    }
    this.count++;
    const made: Entry<T> = { pid, value, next: undefined };
    let last = this.byId.get(pid.id);
    if (last === undefined) this.byId.set(pid.id, made);
    else {
      while (last.next !== undefined) last = last.next;
      last.next = made;
    }
  }

  delete(pid: Pid): boolean {
    let before: Entry<T> | undefined;
    let entry = this.byId.get(pid.id);
    while (entry !== undefined && !samePid(entry.pid, pid)) {
      before = entry;
      entry = entry.next;
    }
    if (entry === undefined) return false;
    this.count--;
    if (before !== undefined) before.next = entry.next;
    else if (entry.next === undefined) this.byId.delete(pid.id);
    else this.byId.set(pid.id, entry.next);
    return true;
  }

  values(): T[] {
    const all: T[] = [];
    for (const first of this.byId.values()) {
      for (let entry: Entry<T> | undefined = first; entry !== undefined; entry = entry.next) all.push(entry.value);
    }
    return all;
  }

  private find(pid: Pid): Entry<T> | undefined {
    let entry = this.byId.get(pid.id);
    while (entry !== undefined && !samePid(entry.pid, pid)) entry = entry.next;
    return entry;
  }
}
