/** Our internal activities: what a workflow cannot do itself, done by the node that executes it. Function entries are in functions.ts. */
import { CompleteAsyncError, Context } from "@temporalio/activity";
import type { ActivityInterceptorsFactory } from "@temporalio/worker";
import type { AskRequest, NameRequest, Outcome, SpawnSpec } from "../../actors/index.js";
import {
  base64,
  decodeEnvelope,
  type Failure,
  failure,
  type Payload,
  type Pid,
  parsePid,
  unknownPid,
} from "../../mailbox/index.js";
import type { TemporalNode } from "./node.js";
import { decodeHeader } from "./values.js";
import { failureToApplication } from "./workflow/failure.js";
import {
  type DeliverResult,
  type InternalNameRequest,
  internalActivity,
  type LookRunResult,
  type WatchRunArgs,
  type WatchRunResult,
  type WireSpawnSpec,
} from "./workflow/protocol.js";

/** The only argument of every activity here: what was sent, and our record beside it. */
export interface ActivityCall {
  readonly args: readonly unknown[];
  /** Undefined when the caller is not one of us. */
  readonly header: unknown;
}

type SpawnAnswer = { pid: string; incarnation: string; existed: boolean } | { error: Failure };

const maxRecentSpawns = 1024;

export type Activity = (call: ActivityCall) => Promise<unknown>;
export type Activities = Record<string, Activity>;

/** Hands the headers to the activity as part of its argument, so that none needs to look for them elsewhere. */
export const withHeaders: ActivityInterceptorsFactory = () => ({
  inbound: {
    execute: (input, next) => next({ ...input, args: [{ args: input.args, header: decodeHeader(input.headers) }] }),
  },
});

/** A failure that no repeat would cure. */
export function refuse(kind: string, message: string): Error {
  return failureToApplication(failure(kind, message, { retryable: false }));
}

/** Those that any node can answer for any workflow of the namespace. */
export function sharedActivities(node: TemporalNode): Activities {
  const { system } = node;
  const spawnHere = spawnOnce(node);
  return {
    [internalActivity.deliver]: ({ args }) => deliver(node, args[0]),
    [internalActivity.name]: async ({ args }): Promise<Outcome> => {
      const request = nameRequest(args[0] as InternalNameRequest);
      const outcome = system.name(pidOrUnknown(args[1]), request);
      if (outcome.ok && request.kind === "register" && request.pid.node === node.id)
        await node.releaseNamesAtEnd(request.pid);
      return outcome;
    },
    [internalActivity.ask]: async ({ args }): Promise<Outcome> =>
      system.services.ask(pidOrUnknown(args[1]), args[0] as AskRequest),
    [internalActivity.random]: async ({ args }) => base64(system.randomBytes(Number(args[0]))),
    [internalActivity.pin]: async ({ args }) => pin(node, String(args[0])),
    [internalActivity.terminate]: ({ args }) => terminate(node, String(args[0])),
    [internalActivity.spawn]: ({ args }) => spawnHere(args[0] as WireSpawnSpec),
    [internalActivity.lookRun]: ({ args }) => look(node, args[0] as WatchRunArgs),
    default: async () => {
      const type = Context.current().info.activityType;
      throw refuse("NOT_FOUND", `activity ${type} is not registered on this worker`);
    },
  };
}

/** Of the queue that this node alone polls. */
export function nodeActivities(node: TemporalNode): Activities {
  return {
    ...sharedActivities(node),
    [internalActivity.watchNode]: async () => {
      node.held.hold(taskOf(), () => {}, "closing");
      throw new CompleteAsyncError();
    },
  };
}

/** Of the queue that every node with this client polls. */
export function watchActivities(node: TemporalNode): Activities {
  return {
    default: sharedActivities(node).default!,
    [internalActivity.watchRun]: ({ args }) => watch(node, args[0] as WatchRunArgs),
  };
}

function taskOf() {
  const { taskToken, heartbeatTimeoutMs } = Context.current().info;
  return { taskToken, heartbeatTimeoutMs };
}

async function deliver(node: TemporalNode, wire: unknown): Promise<DeliverResult> {
  const envelope = (() => {
    try {
      return decodeEnvelope(wire);
    } catch (error) {
      throw refuse("INVALID", error instanceof Error ? error.message : String(error));
    }
  })();
  if (!node.system.router.hasNode(envelope.to.node)) return { kind: "elsewhere" };
  return node.receive(envelope);
}

function nameRequest(request: InternalNameRequest): NameRequest {
  if (request.kind !== "register") return request;
  return { kind: "register", name: request.name, pid: requirePid(request.pid) };
}

async function pin(node: TemporalNode, workflowType: string): Promise<{ entry: string; hash: string }> {
  for (const [id, entry] of Object.entries(node.world.entries)) {
    if (entry.workflowType === workflowType) return { entry: id, hash: entry.hash };
  }
  throw refuse("NOT_FOUND", `no entry of this application runs workflows of type ${workflowType}`);
}

async function terminate(node: TemporalNode, text: string): Promise<DeliverResult> {
  const to = requirePid(text);
  return node.system.router.route({ from: unknownPid, incarnation: "", to, seq: 0, signal: { kind: "kill" } });
}

/** A repeat of the activity finds what the first one started, as long as it comes to the same node. */
function spawnOnce(node: TemporalNode): (wire: WireSpawnSpec) => Promise<SpawnAnswer> {
  const recent = new Map<string, Promise<SpawnAnswer>>();
  return (wire) => {
    const key = `${wire.parentIncarnation}/${wire.key}/${wire.parent}`;
    const known = recent.get(key);
    if (known !== undefined) return known;
    const answer = spawn(node, wire);
    recent.set(key, answer);
    if (recent.size > maxRecentSpawns) recent.delete(recent.keys().next().value!);
    return answer;
  };
}

async function spawn(node: TemporalNode, wire: WireSpawnSpec): Promise<SpawnAnswer> {
  const spec: SpawnSpec = { ...wire, parent: requirePid(wire.parent) };
  const host = node.system.router.host(spec.host);
  if (host === undefined) return { error: node.system.hostProblem(spec.host) };
  const result = await host.spawn(spec);
  if (!result.ok) return { error: result.error };
  if (spec.linkRef !== undefined && !result.existed) await node.bindChild(spec, result.pid, spec.linkRef);
  return { pid: result.pid.text, incarnation: result.incarnation ?? "", existed: result.existed };
}

async function look(node: TemporalNode, { workflowId, firstRunId, client }: WatchRunArgs): Promise<LookRunResult> {
  const owner = nodeOf(node, client);
  const state = await owner.describe(workflowId, firstRunId);
  if (state === undefined) return { notFound: true };
  // A given run may be followed by others, so its own end says nothing yet.
  if (state.open || firstRunId !== undefined) return { running: state.firstRunId };
  return ended(owner, workflowId, state.runId);
}

/** The reason of a run that has ended: its watch answers at once. */
function ended(node: TemporalNode, workflowId: string, firstRunId: string): Promise<LookRunResult> {
  return new Promise((resolve) => {
    node.chains.watch({ workflowId, firstRunId }, (reason) => {
      resolve(reason.kind === "noproc" ? { notFound: true } : { reason });
    });
  });
}

async function watch(node: TemporalNode, args: WatchRunArgs): Promise<WatchRunResult> {
  const { workflowId, client } = args;
  const owner = nodeOf(node, client);
  const firstRunId = args.firstRunId ?? (await owner.describe(workflowId))?.firstRunId;
  if (firstRunId === undefined) return { notFound: true };
  let stop = (): void => {};
  const complete = node.held.hold(taskOf(), () => stop());
  stop = owner.chains.watch({ workflowId, firstRunId }, (reason) => {
    const result: WatchRunResult = reason.kind === "noproc" ? { notFound: true } : { reason };
    complete(result as unknown as Payload);
  });
  throw new CompleteAsyncError();
}

function nodeOf(node: TemporalNode, client: string | undefined): TemporalNode {
  if (client === undefined || client === node.id) return node;
  const other = node.peer(client);
  if (other === undefined) throw refuse("UNAVAILABLE", `no connection of ${client} on this node`);
  return other;
}

function requirePid(text: string): Pid {
  const pid = parsePid(text);
  if (pid === undefined) throw refuse("INVALID", `not a pid: ${text}`);
  return pid;
}

function pidOrUnknown(value: unknown): Pid {
  return (typeof value === "string" ? parsePid(value) : undefined) ?? unknownPid;
}
