/** Passive: a process that is stored and not in memory, until something makes it run. What is said to it waits for its return. */
import type { Clock, Relations } from "../../actors/index.js";
import type { Pid } from "../../mailbox/index.js";
import type { Item } from "./queue.js";
import type { StoredState, WorkflowFacts } from "./records.js";

export class Passive {
  readonly pid: Pid;
  state: StoredState;
  /** Of a process that has been in memory here, as far as somebody is bound to it; it does not change while it is stored. */
  readonly relations: Relations | undefined;
  /** What came while it was being read. */
  readonly waiting: Item[] = [];
  /** It is on its way into memory. */
  isWaking = false;
  private timer: { cancel(): void } | undefined;

  constructor(pid: Pid, state: StoredState, relations?: Relations) {
    this.pid = pid;
    this.state = state;
    this.relations = relations;
  }

  get incarnation(): string {
    return this.state.inc;
  }

  get isWorkflow(): boolean {
    return this.state.workflow === 1;
  }

  get closePolicy(): WorkflowFacts["parentClosePolicy"] {
    return this.state.close;
  }

  /** Wake when its earliest timer is due. */
  arm(clock: Clock, now: number, due: () => void): void {
    if (this.state.due !== undefined) this.timer = clock.timer(Math.max(0, this.state.due - now), due);
  }

  rest(): void {
    this.timer?.cancel();
  }
}
