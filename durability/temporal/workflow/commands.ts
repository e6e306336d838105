/** Commands to the server, all issued under the workflow's own scope, so that a cancel request from outside never refuses one. */
import {
  type ActivityOptions,
  CancellationScope,
  type LocalActivityOptions,
  scheduleActivity,
  scheduleLocalActivity,
} from "@temporalio/workflow";

export interface Cancellable<T> {
  readonly result: Promise<T>;
  cancel(): void;
}

export class Commands {
  private readonly scope: CancellationScope;
  /** Ends the current workflow task with an error: for what can only be a fault of ours. */
  readonly crash: (error: unknown) => void;

  constructor(scope: CancellationScope, crash: (error: unknown) => void) {
    this.scope = scope;
    this.crash = crash;
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

  cancellableLocal<T>(type: string, args: unknown[]): Cancellable<T> {
    return this.cancellable(() => scheduleLocalActivity<T>(type, args, localDefaults));
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
