/** Supervisor: acts on the decisions of strategy.ts, intensity.ts and backoff.ts. What it is told, and in which turn, is program.ts's. */
import type { Outcome } from "../actors/index.js";
import { type ExitReason, exitError, type Failure, failure, failureText, isNodeDown } from "../mailbox/index.js";
import { backOffDelayMs, randomBytesOfDelay, randomFraction } from "./backoff.js";
import { type Child, newChild } from "./children.js";
import { askNode, type Core, childFailure, childName, dropTimer, isDurableHost, shortError } from "./core.js";
import { RestartWindow } from "./intensity.js";
import type { SupervisorSpec } from "./spec.js";
import { startChild } from "./starting.js";
import { letGo, stopAtOnce, stopChild } from "./stopping.js";
import { concerned, shutdownKind, verdictOf } from "./strategy.js";
import type { Work } from "./waits.js";

/** What comes after a failure: another attempt at once or by a timer, none as the node ends, or the end of the supervisor. */
type Next = "now" | "later" | "never" | "over";

export interface SupervisorOptions {
  readonly core: Core;
  readonly spec: SupervisorSpec;
  /** Restarts of an earlier life that still count. */
  readonly restarts?: readonly number[];
  /** Have another attempt at this child, in a turn of its own. */
  retry(child: Child): void;
  /** From now on this supervisor only stops. */
  stopping(): void;
}

export class Supervisor {
  readonly spec: SupervisorSpec;
  readonly window: RestartWindow;
  private readonly core: Core;
  private readonly options: SupervisorOptions;

  constructor(options: SupervisorOptions) {
    this.spec = options.spec;
    this.core = options.core;
    this.options = options;
    this.window = new RestartWindow(options.spec, options.restarts);
  }

  /** Start all children in order; when one cannot be, stop those that could in reverse order. */
  *startAll(): Work<Failure | undefined> {
    const { core, spec } = this;
    if (spec.strategy === "simple_one_for_one") return undefined;
    for (const one of spec.children) {
      const child = newChild(one.id, one, yield* isDurableHost(core, one.host));
      core.children.add(child);
      const error = yield* startChild(core, child);
      if (error === undefined) continue;
      yield* this.stopAll();
      return childFailure(child, error);
    }
    return undefined;
  }

  /** A child has ended by itself. */
  *ended(child: Child, reason: ExitReason): Work<void> {
    const { core, spec } = this;
    const { pid } = child;
    core.children.unbind(child);
    child.status = "stopped";
    const verdict = verdictOf(child.spec.restart, reason);
    if (verdict === "remove" || (verdict === "keep" && spec.strategy === "simple_one_for_one"))
      return core.children.remove(child);
    if (verdict === "keep") return;
    const error = exitError(reason) ?? failure("EXITED", "ended normally");
    if (core.self.now - child.startedAt >= spec.periodMs) child.failures = 0;
    const next = yield* this.bear(child, error, pid !== undefined && isNodeDown(error, pid.node));
    if (next === "over" || next === "never") return;
    yield* this.stopGroup(child);
    if (next === "now") yield* this.startGroup(child);
  }

  /**
   * Another attempt at a child that could not be started, or that has waited for its back-off. A failed start counts only now: until
   * then the child could be terminated instead.
   */
  *tryAgain(child: Child): Work<void> {
    const isDue = child.status === "restarting" && child.timer === 0;
    if (!isDue || this.core.children.get(child.key) !== child) return;
    const { failedStart } = child;
    child.failedStart = undefined;
    if (failedStart !== undefined && (yield* this.bear(child, failedStart)) !== "now") return;
    yield* this.stopGroup(child);
    yield* this.startGroup(child);
  }

  /** In reverse starting order. What outlives this node is left as it is when it is the node that ends. */
  *stopAll(): Work<void> {
    const { core, spec } = this;
    const isClosing = (yield* askNode(core, "closing", {})) === true;
    const backwards = [...core.children.all()].reverse();
    const toStop: Child[] = [];
    for (const child of backwards) {
      if (isClosing && child.isDurable) yield* letGo(core, child);
      else toStop.push(child);
    }
    if (spec.strategy === "simple_one_for_one") return yield* stopAtOnce(core, toStop);
    for (const child of toStop) yield* stopChild(core, child);
  }

  /** Note a failure of a child, and decide what comes of it. The loss of its node says nothing of the child, and does not count. */
  private *bear(child: Child, error: Failure, isNodeLoss = false): Work<Next> {
    const { core } = this;
    if (!isNodeLoss && this.window.add(core.self.now)) {
      if ((yield* askNode(core, "closing", {})) === true) return "never";
      yield* this.giveUp(child, error);
      return "over";
    }
    child.failures++;
    const { backOff } = child.spec;
    const delayMs = backOff === undefined ? 0 : backOffDelayMs(backOff, child.failures, yield* this.random());
    const args = { id: this.nameOf(child), attempt: child.failures, delay_ms: delayMs, error: shortError(error) };
    const isClosing = yield* askNode(core, "restart", args);
    if (isClosing === true) return "never";
    child.status = "restarting";
    if (delayMs === 0) return "now";
    child.timer = core.self.request({ kind: "timer", delayMs });
    core.timers.set(child.timer, child);
    return "later";
  }

  private *random(): Work<number> {
    const outcome: Outcome = yield* this.core.answers.of(
      this.core.self.request({ kind: "random", bytes: randomBytesOfDelay }),
    );
    return randomFraction(outcome.ok ? outcome.value : null);
  }

  /** Stop whatever else the failure concerns, in reverse starting order. */
  private *stopGroup(failed: Child): Work<void> {
    const { core, spec } = this;
    const group = concerned(spec.strategy, failed, core.children.all());
    for (const child of [...group].reverse()) {
      if (child === failed) continue;
      yield* stopChild(core, child);
      if (child.spec.restart === "temporary") core.children.remove(child);
    }
  }

  /** In starting order. One that cannot be started ends this attempt, and is the one to begin the next with. */
  private *startGroup(failed: Child): Work<void> {
    const { core, spec } = this;
    // Should one before it not start, it waits for that one.
    dropTimer(core, failed);
    failed.status = "stopped";
    for (const child of concerned(spec.strategy, failed, core.children.all())) {
      const error = yield* startChild(core, child);
      if (error === undefined) continue;
      child.status = "restarting";
      child.failedStart = error;
      return this.options.retry(child);
    }
  }

  private *giveUp(child: Child, last: Failure): Work<void> {
    const { core, spec } = this;
    this.options.stopping();
    dropTimer(core, child);
    yield* this.stopAll();
    const { intensity, periodMs } = spec;
    const message = `restart limit reached: more than ${intensity} in ${periodMs} ms; the last was of ${childName(child)}: ${failureText(last)}`;
    const details = {
      reason: "reached_max_restart_intensity",
      child: child.spec.id,
      intensity,
      period_ms: periodMs,
      error: shortError(last),
    };
    core.self.exit({ kind: "failed", error: failure(shutdownKind, message, { details }) });
  }

  private nameOf({ key }: Child): string {
    return `${this.spec.name ?? this.core.self.pid.text}/${key}`;
  }
}
