/** Supervisors for code outside of any process: start one and ask it, through a Client. Nothing rejects. */
import {
  type Client,
  type Outcome,
  type Self,
  type SupervisorOperation,
  supervisorArgs,
  supervisorEntry,
  supervisorPatienceMs,
  supervisorRequest,
  supervisorTopic,
} from "../actors/index.js";
import { type Failure, type Payload, type Pid, parsePid, toPayload } from "../mailbox/index.js";
import type { Strategy } from "./strategy.js";

/** A time: Go text such as `"5s"`, or milliseconds. */
export type Time = string | number;

/** One child as it is written, with the fields of Lua and YAML. With `children` of its own it is a supervisor, and has no `process`. */
export interface ChildOptions {
  readonly id: string;
  readonly process?: string;
  /** Default: the host of the supervisor. */
  readonly host?: string;
  readonly args?: readonly Payload[];
  /** Needed on a durable host. */
  readonly name?: string;
  readonly restart?: "permanent" | "transient" | "temporary";
  readonly shutdown?: Time | "kill" | "infinity";
  readonly type?: "worker" | "supervisor";
  readonly backoff?: {
    readonly initial_delay?: Time;
    readonly max_delay?: Time;
    readonly backoff_factor?: number;
    readonly jitter?: number;
  };
  readonly context?: { readonly [key: string]: Payload };
  readonly options?: { readonly [key: string]: Payload };
  readonly strategy?: Strategy;
  readonly intensity?: number;
  readonly period?: Time;
  readonly children?: readonly ChildOptions[];
}

export interface TreeOptions {
  readonly strategy?: Strategy;
  readonly intensity?: number;
  readonly period?: Time;
  readonly children: readonly ChildOptions[];
  /** Registered name of the supervisor. */
  readonly name?: string;
}

/** A child as `whichChildren` shows it; a dynamic one has no id. */
export interface ChildInfo {
  readonly id?: string;
  readonly pid?: string;
  readonly status: "stopped" | "starting" | "running" | "restarting";
  readonly process: string;
  readonly type: "worker" | "supervisor";
  readonly restart: "permanent" | "transient" | "temporary";
}

export interface ChildCounts {
  readonly specs: number;
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/**
 * Start a supervisor on a host of this node, linked to the client: it ends with it. Resolves when all children have started, with
 * the pid; or with the reason why they could not, and then none of them runs.
 */
export async function startSupervisor(client: Client, host: string, tree: TreeOptions): Promise<Pid | Failure> {
  const args = supervisorArgs(toPayload(tree), { attended: true, bound: true });
  const spawned = await ask(client, (self) => self.spawn(supervisorEntry, host, args, { link: true }));
  if (!spawned.ok) return spawned.error;
  const pid = parsePid(String(spawned.value))!;
  const started = await request(client, pid, "started", {});
  return started.ok ? pid : started.error;
}

/** Add a child and start it; for a simple_one_for_one the arguments of one more of its kind, and its name on a durable host. */
export async function startChild(
  client: Client,
  supervisor: Pid,
  child: ChildOptions | readonly Payload[],
  name?: string,
): Promise<Pid | Failure> {
  return toPid(await request(client, supervisor, "start_child", { child: toPayload(child), name: name ?? null }));
}

/** Stop a child and keep its specification, unless it is temporary. `id` is the pid's text for a simple_one_for_one. */
export async function terminateChild(client: Client, supervisor: Pid, id: string): Promise<true | Failure> {
  return toTrue(await request(client, supervisor, "terminate_child", { id }));
}

/** Start a child that is stopped. */
export async function restartChild(client: Client, supervisor: Pid, id: string): Promise<Pid | Failure> {
  return toPid(await request(client, supervisor, "restart_child", { id }));
}

/** Forget a child that is stopped. */
export async function deleteChild(client: Client, supervisor: Pid, id: string): Promise<true | Failure> {
  return toTrue(await request(client, supervisor, "delete_child", { id }));
}

/** In starting order. */
export async function whichChildren(client: Client, supervisor: Pid): Promise<readonly ChildInfo[] | Failure> {
  const outcome = await request(client, supervisor, "which_children", {});
  return outcome.ok ? (outcome.value as unknown as readonly ChildInfo[]) : outcome.error;
}

export async function countChildren(client: Client, supervisor: Pid): Promise<ChildCounts | Failure> {
  const outcome = await request(client, supervisor, "count_children", {});
  return outcome.ok ? (outcome.value as unknown as ChildCounts) : outcome.error;
}

function request(
  client: Client,
  to: Pid,
  operation: SupervisorOperation | "started",
  args: { readonly [key: string]: Payload },
): Promise<Outcome> {
  return ask(client, (self) =>
    self.call(to, supervisorTopic, [supervisorRequest(operation, args)], supervisorPatienceMs),
  );
}

function ask(client: Client, what: (self: Self) => number): Promise<Outcome> {
  return new Promise((resolve) => {
    client.start(what, resolve);
  });
}

function toPid(outcome: Outcome): Pid | Failure {
  return outcome.ok ? parsePid(String(outcome.value))! : outcome.error;
}

function toTrue(outcome: Outcome): true | Failure {
  return outcome.ok ? true : outcome.error;
}
