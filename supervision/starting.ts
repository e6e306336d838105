/** How one child is started: linked when it ends with its node, else found again by its name. When that is done is decided elsewhere. */
import {
  inheritedContext,
  isNotAnswered,
  type Outcome,
  supervisorArgs,
  supervisorEntry,
  supervisorPatienceMs,
  supervisorRequest,
  supervisorTopic,
} from "../actors/index.js";
import { type Failure, failure, type Payload, parsePid } from "../mailbox/index.js";
import type { ChildSpec } from "./child.js";
import type { Child } from "./children.js";
import { type Core, dropTimer } from "./core.js";
import { letGo, stopChild } from "./stopping.js";
import type { Work } from "./waits.js";

/**
 * Start a child that does not run; a Failure when it cannot be. On a durable host a child that lives is adopted. A supervisor has
 * started when all of its children have.
 */
export function* startChild(core: Core, child: Child): Work<Failure | undefined> {
  const { spec, isDurable } = child;
  dropTimer(core, child);
  child.failedStart = undefined;
  child.status = "stopped";
  if (isDurable && spec.name === undefined) return nameMissing(spec);
  child.status = "starting";
  const lives = yield* isLivingTree(core, child);
  const tag = core.self.spawn(spec.process, spec.host, argsOf(spec, isDurable), {
    link: !isDurable,
    monitor: true,
    ...(spec.name === undefined ? {} : { name: spec.name }),
    ...(spec.context === undefined ? {} : { context: { ...inheritedContext(core.self.context), ...spec.context } }),
    options: spec.options,
  });
  core.spawning.set(tag, child);
  const outcome = yield* core.answers.of(tag);
  const error = outcome.ok ? yield* settle(core, child, lives) : outcome.error;
  child.status = error === undefined ? "running" : "stopped";
  child.startedAt = core.self.now;
  return error;
}

/** The answer to a spawn, as it comes: an end of the child that is told right after it must find the child. */
export function spawned(core: Core, tag: number, outcome: Outcome): void {
  const child = core.spawning.get(tag);
  if (child === undefined) return;
  core.spawning.delete(tag);
  const pid = outcome.ok ? parsePid(String(outcome.value)) : undefined;
  if (pid === undefined || pid.text === core.self.pid.text || core.children.at(pid) !== undefined) return;
  core.children.bind(child, pid);
}

/** A supervisor that is about to be adopted. It has started once, and may not go on before everything on this node has started. */
function* isLivingTree({ answers, self }: Core, { spec, isDurable }: Child): Work<boolean> {
  if (!isDurable || spec.process !== supervisorEntry || spec.name === undefined) return false;
  return (yield* answers.of(self.request({ kind: "lookup", name: spec.name }))).ok;
}

/** What is to be true of a spawned child before it counts as started. */
function* settle(core: Core, child: Child, lives: boolean): Work<Failure | undefined> {
  if (child.pid === undefined) {
    const message = `the name "${child.spec.name}" leads to this supervisor or to another of its children`;
    return failure("CONFLICT", message, { retryable: false });
  }
  if (child.spec.process !== supervisorEntry || lives) return undefined;
  const tag = core.self.call(child.pid, supervisorTopic, [supervisorRequest("started")], supervisorPatienceMs);
  const started = yield* core.answers.of(tag);
  if (started.ok) return undefined;
  // Its name led to a process of somebody else's.
  if (isNotAnswered(started.error, supervisorTopic)) yield* letGo(core, child);
  else yield* stopChild(core, child);
  return started.error;
}

/** A supervisor that was started by one that lives in memory ends with it; a durable one waits to be adopted. */
function argsOf({ process, args }: ChildSpec, isDurable: boolean): readonly Payload[] {
  return process === supervisorEntry ? supervisorArgs(args[0] ?? null, { attended: true, bound: !isDurable }) : args;
}

function nameMissing({ id, host }: ChildSpec): Failure {
  const message = `child "${id}" needs a name: ${host} is a durable host, where a child is found again by its name`;
  return failure("INVALID", message, { retryable: false, details: { child: id, host } });
}
