/** Children: those of one supervisor, in starting order, found by id and by pid. What is done with them is decided elsewhere. */
import { type ExitReason, type Failure, type Pid, parsePid } from "../mailbox/index.js";
import type { ChildSpec } from "./child.js";

/** `restarting`: it waits for another attempt. */
export type ChildStatus = "stopped" | "starting" | "running" | "restarting";

export interface Child {
  /** Its id; of a dynamic one a number of its own. */
  readonly key: string;
  readonly spec: ChildSpec;
  /** Its host keeps it over the end of this node. */
  readonly isDurable: boolean;
  status: ChildStatus;
  pid: Pid | undefined;
  /** Pid of the one before, while there is none: a dynamic child that waits for another attempt has no other name. */
  formerPid: string | undefined;
  /** It has ended, and that has not been dealt with. */
  ended: ExitReason | undefined;
  /** Why it could not be started, until that has been dealt with. */
  failedStart: Failure | undefined;
  /** Of its back-off; 0: none. */
  timer: number;
  /** In a row. */
  failures: number;
  /** Ms since 1970. */
  startedAt: number;
}

/** JSON-shaped. */
export interface ChildRow {
  readonly key: string;
  readonly spec: ChildSpec;
  readonly isDurable: boolean;
  readonly status: ChildStatus;
  readonly pid?: string;
  readonly formerPid?: string;
  readonly timer: number;
  readonly failures: number;
  readonly startedAt: number;
}

export function newChild(key: string, spec: ChildSpec, isDurable: boolean): Child {
  return {
    key,
    spec,
    isDurable,
    status: "stopped",
    pid: undefined,
    formerPid: undefined,
    ended: undefined,
    failedStart: undefined,
    timer: 0,
    failures: 0,
    startedAt: 0,
  };
}

export class Children {
  private readonly byKey = new Map<string, Child>();
  private readonly byPid = new Map<string, Child>();

  get size(): number {
    return this.byKey.size;
  }

  get(key: string): Child | undefined {
    return this.byKey.get(key);
  }

  at(pid: Pid): Child | undefined {
    return this.byPid.get(pid.text);
  }

  /** In starting order. */
  all(): IterableIterator<Child> {
    return this.byKey.values();
  }

  add(child: Child): void {
    this.byKey.set(child.key, child);
    if (child.pid !== undefined) this.byPid.set(child.pid.text, child);
  }

  remove(child: Child): void {
    this.unbind(child);
    this.byKey.delete(child.key);
  }

  bind(child: Child, pid: Pid): void {
    child.pid = pid;
    child.formerPid = undefined;
    child.ended = undefined;
    this.byPid.set(pid.text, child);
  }

  unbind(child: Child): void {
    if (child.pid !== undefined) {
      this.byPid.delete(child.pid.text);
      child.formerPid = child.pid.text;
    }
    child.pid = undefined;
    child.ended = undefined;
  }

  /** By its pid, also when that process has ended and another attempt at the child is due. */
  dynamic(pid: Pid): Child | undefined {
    const living = this.at(pid);
    if (living !== undefined) return living;
    for (const child of this.byKey.values())
      if (child.status === "restarting" && child.formerPid === pid.text) return child;
    return undefined;
  }

  toRows(): ChildRow[] {
    return [...this.byKey.values()].map((child) => {
      const { key, spec, isDurable, status, pid, formerPid, timer, failures, startedAt } = child;
      const pids = { ...(pid && { pid: pid.text }), ...(formerPid !== undefined && { formerPid }) };
      return { key, spec, isDurable, status, ...pids, timer, failures, startedAt };
    });
  }

  takeRows(rows: readonly ChildRow[]): void {
    for (const { pid, formerPid, ...row } of rows) {
      const known = pid === undefined ? undefined : parsePid(pid);
      this.add({ ...row, pid: known, formerPid, ended: undefined, failedStart: undefined });
    }
  }
}
