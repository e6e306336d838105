/** Commands to the server, all issued under the workflow's own scope, so that a cancel request from outside never refuses one. */
import {
  type ActivityOptions,
  CancellationScope,
  type LocalActivityOptions,
  scheduleActivity,
  scheduleLocalActivity,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";

export interface Cancellable<T> {
  readonly result: Promise<T>;
  cancel(): void;
}

/**
 * Bytes of payloads that one workflow task may carry. The server refuses a completion of 4 MB, and every repeat of it; a single payload
 * list may weigh 1 MB more than this.
 */
const taskBytes = 2 * 1024 * 1024;
/** Results of local activities up to this are not counted. */
const smallResult = 16 * 1024;

export class Commands {
  private readonly scope: CancellationScope;
  /** The task that `spent` is about, known by the length of its history. */
  private task = -1;
  private spent = 0;
  /** Ends the current workflow task with an error: for what can only be a fault of ours. */
  readonly crash: (error: unknown) => void;

  constructor(scope: CancellationScope, crash: (error: unknown) => void) {
    this.scope = scope;
    this.crash = crash;
  }

  /** Count bytes that the current task will carry. What comes back resolves when there is room; undefined: there is now. */
  room(bytes: number): Promise<void> | undefined {
    return this.take(bytes) ? undefined : this.waitForRoom(bytes);
  }

  /** `issue` runs right away; its command belongs to the current task. */
  run<T>(issue: () => Promise<T>): Promise<T> {
    return this.scope.run(issue);
  }

  cancellable<T>(issue: () => Promise<T>): Cancellable<T> {
    const scope = new CancellationScope({ cancellable: true, parent: this.scope });
    return { result: scope.run(issue), cancel: () => scope.cancel() };
  }

  activity<T>(type: string, args: unknown[], options: ActivityOptions): Promise<T> {
    return this.run(() => scheduleActivity<T>(type, args, options));
  }

  cancellableActivity<T>(type: string, args: unknown[], options: ActivityOptions): Cancellable<T> {
    return this.cancellable(() => scheduleActivity<T>(type, args, options));
  }

  local<T>(type: string, args: unknown[], options: LocalActivityOptions = {}): Promise<T> {
    return this.run(() => scheduleLocalActivity<T>(type, args, { ...localDefaults, ...options }));
  }

  /** `resultBytes`: what its result weighs, when that is much: the task that it comes in carries it. */
  cancellableLocal<T>(type: string, args: unknown[], resultBytes = 0): Cancellable<T> {
    const issue = () => scheduleLocalActivity<T>(type, args, localDefaults);
    const room = resultBytes > smallResult ? this.room(resultBytes) : undefined;
    return this.cancellable(room === undefined ? issue : () => room.then(issue));
  }

  private async waitForRoom(bytes: number): Promise<void> {
    // A timer ends the task, and with it goes what it carries.
    do await this.run(() => sleep(1));
    while (!this.take(bytes));
  }

  private take(bytes: number): boolean {
    const { historyLength } = workflowInfo();
    if (historyLength !== this.task) this.spent = 0;
    this.task = historyLength;
    if (this.spent > 0 && this.spent + bytes > taskBytes) return false;
    this.spent += bytes;
    return true;
  }

  /** Hand the result of a command over; a fault in `done` or `failed` ends the task, never silently. */
  settle<T>(result: Promise<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
    result.then(done, failed).catch(this.crash);
  }
}

/** Internal local activities are quick and safe to repeat. */
const localDefaults: LocalActivityOptions = {
  startToCloseTimeout: "30s",
  retry: { maximumAttempts: 5, initialInterval: "100ms" },
};
