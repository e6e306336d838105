/** The coroutines of one process and the order in which they run. What they wait for is known to channels and modules. */
import type { Call, Engine, LuaFunction, LuaRef, LuaThread, Outcome, Pushable, Suspension } from "./fengari.js";
import type { LuaProcess, Resumption } from "./owner.js";

/** What a coroutine may wait for. Waiting on a channel is quiet: nobody calls it a deadlock. */
export type WaitKind = "operation" | "channel";

/** One blocked call of a coroutine. The first of `values` and `raise` ends it; later ones have no effect. */
export class Wait implements Resumption {
  settled = false;
  readonly kind: WaitKind;
  private readonly tasks: Tasks;
  private readonly task: Task;

  constructor(tasks: Tasks, task: Task, kind: WaitKind) {
    this.tasks = tasks;
    this.task = task;
    this.kind = kind;
  }

  values(...values: Pushable[]): void {
    if (this.settled) return;
    this.settled = true;
    this.task.values = values;
    this.tasks.wake(this.task, this.kind);
  }

  raise(error: Pushable): void {
    if (this.settled) return;
    this.settled = true;
    this.task.error = { value: error };
    this.tasks.wake(this.task, this.kind);
  }
}

/** One coroutine that the scheduler runs: the main one, or one made by `coroutine.spawn`. */
export class Task {
  readonly thread: LuaThread<LuaProcess>;
  /** Counts from 1, the main coroutine, in order of creation. */
  readonly number: number;
  values: readonly Pushable[] = [];
  error: { value: Pushable } | undefined;

  constructor(thread: LuaThread<LuaProcess>, number: number) {
    this.thread = thread;
    this.number = number;
  }

  /** Go on with what the task was woken with. */
  step(): Outcome {
    const { values, error } = this;
    this.values = [];
    this.error = undefined;
    return error === undefined ? this.thread.resume(values) : this.thread.resumeWithError(error.value);
  }
}

/** How the work of a slice ended. `idle`: every task waits. */
export type SliceEnd =
  | { readonly kind: "idle" }
  | { readonly kind: "more" }
  | { readonly kind: "returned"; readonly values: readonly LuaRef[] }
  | { readonly kind: "error"; readonly error: LuaRef; readonly message: string; readonly traceback: string }
  | { readonly kind: "killed"; readonly reason: unknown }
  /** Someone called `leave`: no coroutine runs any more. */
  | { readonly kind: "left" };

const idle: SliceEnd = { kind: "idle" };
const more: SliceEnd = { kind: "more" };
const left: SliceEnd = { kind: "left" };

export class Tasks {
  private readonly engine: Engine<LuaProcess>;
  /** The main coroutine, and those that it has started: most processes have none, and no set for them. */
  private main: Task | undefined = undefined;
  private others: Set<Task> | undefined = undefined;
  private queue: Task[] = [];
  private head = 0;
  /** Stopped in the middle of its work; it goes on before everybody else. */
  private preempted: Task | undefined;
  private running: Task | undefined;
  private hasLeft = false;
  private lastNumber = 0;
  private waitingOnChannel = 0;

  constructor(engine: Engine<LuaProcess>) {
    this.engine = engine;
  }

  /** True when some coroutine waits on a channel. */
  get anyOnChannel(): boolean {
    return this.waitingOnChannel > 0;
  }

  get ready(): boolean {
    return this.preempted !== undefined || this.head < this.queue.length;
  }

  /** The first one ever is the main coroutine. It does not run before `begin`. */
  create(fn: LuaFunction, owner: LuaProcess): Task {
    const task = new Task(this.engine.thread(fn, owner.environment), ++this.lastNumber);
    if (task.number === 1) this.main = task;
    else {
      this.others ??= new Set();
      this.others.add(task);
    }
    return task;
  }

  /** Append a coroutine to the run queue. */
  begin(task: Task, values: readonly Pushable[]): void {
    task.values = values;
    this.queue.push(task);
  }

  /** Suspend the running coroutine. `start` gets the wait once it is certain that the coroutine can be suspended. */
  wait(call: Call<LuaProcess>, kind: WaitKind, start: (wait: Wait) => void): Suspension {
    const wait = new Wait(this, this.checkWait(call), kind);
    const suspension = call.wait(wait);
    if (kind === "channel") this.waitingOnChannel++;
    start(wait);
    return suspension;
  }

  /** Raise what `wait` would raise: also for a call that turns out to have nothing to wait for, as elsewhere it has. */
  checkWait(call: Call<LuaProcess>): Task {
    if (this.running === undefined) call.error("a module may not wait while it is loaded; do it in the entry point");
    call.checkWait();
    return this.running;
  }

  wake(task: Task, kind: WaitKind): void {
    if (kind === "channel") this.waitingOnChannel--;
    if (task === this.main || this.others?.has(task)) this.queue.push(task);
  }

  /** Run tasks, first come first served, until all wait or about `sliceInstructions` are used up. */
  run(sliceInstructions: number): SliceEnd {
    for (let task = this.next(); task !== undefined; task = this.next()) {
      this.running = task;
      const outcome = task.step();
      this.running = undefined;
      if (this.hasLeft) return left;
      switch (outcome.kind) {
        case "wait":
          break;
        case "preempted":
          this.preempted = task;
          return more;
        case "done":
          this.forget(task);
          if (task.number === 1) return { kind: "returned", values: outcome.values };
          break;
        default:
          this.forget(task);
          return outcome;
      }
      if (this.engine.turnInstructions >= sliceInstructions) return this.ready ? more : idle;
    }
    return idle;
  }

  /** The running coroutine goes away for good, and no other one runs after it. */
  leave(call: Call<LuaProcess>): Suspension {
    return this.wait(call, "operation", () => {
      this.hasLeft = true;
    });
  }

  close(): void {
    for (const task of this.live()) task.thread.close();
    this.main = undefined;
    this.others = undefined;
    this.queue = [];
    this.head = 0;
    this.preempted = undefined;
  }

  stack(): string {
    return this.live()
      .map((task) => `coroutine ${task.number}: ${task.thread.traceback()}`)
      .join("\n");
  }

  private live(): Task[] {
    return [...(this.main === undefined ? [] : [this.main]), ...(this.others ?? [])];
  }

  private forget(task: Task): void {
    if (task === this.main) this.main = undefined;
    else this.others?.delete(task);
  }

  private next(): Task | undefined {
    const first = this.preempted;
    if (first !== undefined) {
      this.preempted = undefined;
      return first;
    }
    const task = this.queue[this.head];
    if (task === undefined) return undefined;
    this.head++;
    if (this.head === this.queue.length) {
      this.queue.length = 0;
      this.head = 0;
    } else if (this.head >= 1024) {
      this.queue.splice(0, this.head);
      this.head = 0;
    }
    return task;
  }
}
