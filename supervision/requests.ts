/** What may be asked of a supervisor that runs: its children, one by one or all of them. Done in the order in which it was asked. */
import { type Outcome, type SupervisorOperation, supervisorOperations } from "../actors/index.js";
import { type Failure, failure, type Payload, parsePid } from "../mailbox/index.js";
import type { ChildSpec } from "./child.js";
import { type Child, newChild } from "./children.js";
import { type Core, childFailure, isDurableHost } from "./core.js";
import { asMap, type PayloadMap } from "./fields.js";
import { childSpec, type SupervisorSpec } from "./spec.js";
import { startChild } from "./starting.js";
import { stopChild } from "./stopping.js";
import type { Work } from "./waits.js";

/** What a request reads and changes. */
export interface Supervised {
  readonly core: Core;
  readonly spec: SupervisorSpec;
  /** Numbers the children of a simple_one_for_one. */
  nextNumber(): number;
}

/** Source: specification 7, and the functions of the same names in Erlang's `supervisor`. */
export function* operate(tree: Supervised, operation: SupervisorOperation, args: PayloadMap): Work<Outcome> {
  const result = yield* perform(tree, operation, args);
  return isFailure(result) ? { ok: false, error: result } : { ok: true, value: result };
}

function* perform(tree: Supervised, operation: SupervisorOperation, args: PayloadMap): Work<Payload | Failure> {
  switch (operation) {
    case "which_children":
      return [...tree.core.children.all()].map((child) => describe(tree, child));
    case "count_children":
      return count(tree);
    case "start_child":
      return yield* isDynamic(tree) ? startDynamic(tree, args) : startNew(tree, args);
    case "terminate_child":
      return yield* terminate(tree, args.id ?? null);
    case "restart_child":
      return yield* restart(tree, args.id ?? null);
    case "delete_child":
      return remove(tree, args.id ?? null);
  }
}

function isDynamic({ spec }: Supervised): boolean {
  return spec.strategy === "simple_one_for_one";
}

function* startNew(tree: Supervised, args: PayloadMap): Work<Payload | Failure> {
  const { core } = tree;
  const spec = childSpec(args.child, core.self.pid.host);
  if (isFailure(spec)) return spec;
  const known = core.children.get(spec.id);
  if (known !== undefined) {
    const state =
      known.status === "stopped" ? "is known already, and stopped" : `is known already, and ${known.status}`;
    return refuse("ALREADY_EXISTS", spec.id, state, known);
  }
  return yield* startAdded(core, spec.id, spec);
}

/** The arguments follow those of the template. */
function* startDynamic(tree: Supervised, args: PayloadMap): Work<Payload | Failure> {
  const template = tree.spec.children[0]!;
  const more = args.child ?? [];
  if (!Array.isArray(more)) return invalid("start_child of a simple_one_for_one takes a list of arguments");
  const name = args.name ?? undefined;
  if (name !== undefined && (typeof name !== "string" || name === ""))
    return invalid("name must be text that is not empty");
  const spec: ChildSpec = { ...template, args: [...template.args, ...more], ...(name === undefined ? {} : { name }) };
  return yield* startAdded(tree.core, String(tree.nextNumber()), spec);
}

/** Its pid. One that cannot be started is forgotten again. */
function* startAdded(core: Core, key: string, spec: ChildSpec): Work<Payload | Failure> {
  const child = newChild(key, spec, yield* isDurableHost(core, spec.host));
  core.children.add(child);
  const error = yield* startChild(core, child);
  if (error === undefined) return child.pid!.text;
  core.children.remove(child);
  return childFailure(child, error);
}

function* terminate(tree: Supervised, id: Payload): Work<Payload | Failure> {
  const child = find(tree, id);
  if (isFailure(child)) return child;
  const problem = yield* stopChild(tree.core, child);
  if (child.spec.restart === "temporary" || isDynamic(tree)) tree.core.children.remove(child);
  return problem ?? true;
}

function* restart(tree: Supervised, id: Payload): Work<Payload | Failure> {
  const child = isDynamic(tree) ? dynamicRefusal("restart_child") : find(tree, id);
  if (isFailure(child)) return child;
  if (child.status !== "stopped") return refuse("CONFLICT", child.key, `is ${child.status}`, child);
  const error = yield* startChild(tree.core, child);
  return error === undefined ? child.pid!.text : childFailure(child, error);
}

function remove(tree: Supervised, id: Payload): Payload | Failure {
  const child = isDynamic(tree) ? dynamicRefusal("delete_child") : find(tree, id);
  if (isFailure(child)) return child;
  if (child.status !== "stopped") return refuse("CONFLICT", child.key, `is ${child.status}`, child);
  tree.core.children.remove(child);
  return true;
}

/** By id; by pid when the children are dynamic, as their ids are all the same. */
function find(tree: Supervised, id: Payload): Child | Failure {
  if (typeof id !== "string") return invalid(`a child is named by its ${isDynamic(tree) ? "pid" : "id"}, a text`);
  const { children } = tree.core;
  const pid = isDynamic(tree) ? parsePid(id) : undefined;
  if (isDynamic(tree) && pid === undefined)
    return invalid("the children of a simple_one_for_one are named by their pids");
  const child = pid === undefined ? children.get(id) : children.dynamic(pid);
  if (child !== undefined) return child;
  return failure("NOT_FOUND", `there is no child "${id}"`, { retryable: false, details: { child: id } });
}

/** A dynamic child shows no id, as in Erlang. */
function describe(tree: Supervised, { key, spec, status, pid }: Child): Payload {
  const { process, type, restart } = spec;
  const who: PayloadMap = isDynamic(tree) ? {} : { id: key };
  return { ...who, ...(pid === undefined ? {} : { pid: pid.text }), status, process, type, restart };
}

function count(tree: Supervised): Payload {
  const counts = { specs: 0, active: 0, supervisors: 0, workers: 0 };
  for (const { spec, status } of tree.core.children.all()) {
    counts.specs++;
    if (status === "running") counts.active++;
    if (spec.type === "supervisor") counts.supervisors++;
    else counts.workers++;
  }
  return isDynamic(tree) ? { ...counts, specs: 1 } : counts;
}

function dynamicRefusal(operation: SupervisorOperation): Failure {
  return invalid(`${operation} is not for a simple_one_for_one: its children cannot be known and not run`);
}

function refuse(kind: "ALREADY_EXISTS" | "CONFLICT", id: string, what: string, { status, pid }: Child): Failure {
  const details = { child: id, status, ...(pid === undefined ? {} : { pid: pid.text }) };
  return failure(kind, `child "${id}" ${what}`, { retryable: false, details });
}

function invalid(message: string): Failure {
  return failure("INVALID", message, { retryable: false });
}

function isFailure(value: Payload | Failure | Child | ChildSpec): value is Failure {
  return typeof value === "object" && value !== null && "kind" in value && "message" in value;
}

/** The operation and its arguments in a request, or what is wrong with it. */
export function readRequest(
  payloads: readonly Payload[],
): { operation: SupervisorOperation | "started"; args: PayloadMap } | Failure {
  const args = asMap(payloads[0]);
  const operation = args?.operation;
  if (args !== undefined && (operation === "started" || isOperation(operation))) return { operation, args };
  return invalid(`a supervisor can be asked for ${supervisorOperations.join(", ")}`);
}

function isOperation(text: unknown): text is SupervisorOperation {
  return (supervisorOperations as readonly unknown[]).includes(text);
}
