/** How children are stopped: cancel, wait, then kill. Which ones, and in which order, is decided elsewhere. */
import { type Failure, failureText, type Pid } from "../mailbox/index.js";
import type { Child } from "./children.js";
import { type Core, childName, dropTimer } from "./core.js";
import type { Work } from "./waits.js";

/** Reason of the cancel that a child gets. */
const stopReason = "supervisor stopping";

/** Time for the news of a kill that was accepted to arrive. A host that takes longer cannot be reached. */
const killPatienceMs = 30_000;

/** Stop one child, whatever it is at. A Failure when it cannot be reached: then it is let go of, as nobody knows if it lives. */
export function* stopChild(core: Core, child: Child): Work<Failure | undefined> {
  dropTimer(core, child);
  yield* untilSpawned(core, child);
  const problem = isAlive(child) ? yield* endChild(core, child, child.pid!) : undefined;
  core.children.unbind(child);
  child.status = "stopped";
  return problem;
}

/** Stop many that share one shutdown, all at once. */
export function* stopAtOnce(core: Core, children: readonly Child[]): Work<void> {
  for (const child of children) dropTimer(core, child);
  for (const child of children) yield* untilSpawned(core, child);
  const living = children.filter(isAlive);
  const shutdown = living[0]?.spec.shutdown;
  if (shutdown !== undefined && shutdown !== "kill") {
    for (const { pid } of living) core.self.cancel(pid!, stopReason, undefined);
    yield* untilEnded(core, living, shutdown === "infinity" ? undefined : shutdown);
  }
  const left = living.filter(isAlive);
  for (const { pid } of left) core.self.kill(pid!);
  yield* untilEnded(core, left, killPatienceMs);
  for (const child of children) {
    if (isAlive(child)) release(core, child, child.pid!);
    core.children.unbind(child);
    child.status = "stopped";
  }
}

/** Leave a child as it is, as nothing that happens to it concerns this supervisor any more. */
export function* letGo(core: Core, child: Child): Work<void> {
  dropTimer(core, child);
  yield* untilSpawned(core, child);
  if (isAlive(child)) release(core, child, child.pid!);
  core.children.unbind(child);
  child.status = "stopped";
}

function isAlive({ pid, ended }: Child): boolean {
  return pid !== undefined && ended === undefined;
}

/** A start under way cannot be taken back: what it brings is stopped then. */
function* untilSpawned(core: Core, child: Child): Work<void> {
  const isSpawning = (): boolean => {
    for (const other of core.spawning.values()) if (other === child) return true;
    return false;
  };
  while (isSpawning()) yield;
}

function* endChild(core: Core, child: Child, pid: Pid): Work<Failure | undefined> {
  const { shutdown } = child.spec;
  if (shutdown !== "kill") {
    core.self.cancel(pid, stopReason, undefined);
    yield* untilEnded(core, [child], shutdown === "infinity" ? undefined : shutdown);
    if (!isAlive(child)) return undefined;
    const message = `${childName(child)} did not stop within ${shutdown} ms and is terminated`;
    core.self.log({ level: "warn", message, fields: { child: child.spec.id, child_pid: pid.text } });
  }
  const tag = core.self.kill(pid);
  core.answers.want(tag);
  try {
    yield* untilEnded(core, [child], killPatienceMs, tag);
    if (!isAlive(child)) return undefined;
    release(core, child, pid);
    const answer = core.answers.get(tag);
    if (answer === undefined || answer.ok || answer.error.kind === "NOT_FOUND") return undefined;
    const message = `${childName(child)} could not be terminated and is let go of: ${failureText(answer.error)}`;
    core.self.log({ level: "error", message, fields: { child: child.spec.id, child_pid: pid.text } });
    return answer.error;
  } finally {
    core.answers.forget(tag);
  }
}

/** Wait until all have ended, the time is over, or the answer to `tag` is a refusal. */
function* untilEnded(core: Core, children: readonly Child[], withinMs: number | undefined, tag = 0): Work<void> {
  const timer = withinMs === undefined ? 0 : core.self.request({ kind: "timer", delayMs: withinMs });
  core.answers.want(timer);
  try {
    for (const child of children) {
      while (isAlive(child) && core.answers.get(timer) === undefined && core.answers.get(tag)?.ok !== false) yield;
    }
  } finally {
    core.answers.forget(timer);
    if (timer !== 0) core.self.drop(timer);
  }
}

function release({ self }: Core, { isDurable }: Child, pid: Pid): void {
  self.demonitor(pid);
  if (!isDurable) self.unlink(pid);
}
