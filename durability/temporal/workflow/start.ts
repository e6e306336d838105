/** How a run begins: from our header, or from nothing but its type when a plain client started it. */
import { type WorkflowInfo, workflowInfo } from "@temporalio/workflow";
import { type SpawnSpec, spawnSpec, systemPid } from "../../../actors/index.js";
import type { LuaSource } from "../../../lua/index.js";
import { type Pid, parsePid } from "../../../mailbox/index.js";
import type { Incoming } from "./carrier.js";
import type { Commands } from "./commands.js";
import { internalActivity, protocolVersion, type StartHeader, type WorkflowWorld } from "./protocol.js";
import { foreignPayload } from "./signals.js";
import { pidByQueue, sourceByHash } from "./world.js";

export interface Birth {
  readonly pid: Pid;
  readonly incarnation: string;
  readonly spec: SpawnSpec;
  readonly source: LuaSource;
}

/** Throws for whatever only another worker or another header could mend: that fails the task, not the run. */
export async function readStart(incoming: Incoming, world: WorkflowWorld, commands: Commands): Promise<Birth> {
  const info = workflowInfo();
  const header = incoming.header === undefined ? undefined : readHeader(incoming.header);
  const { entry, hash } = header === undefined || isCron(info) ? await pin(commands, info.workflowType) : header;
  const source = sourceByHash(world, entry, hash);
  const args = incoming.args.map(foreignPayload);
  const place = { entry, host: "", args };
  if (header === undefined) {
    const pid = pidByQueue(world, info.taskQueue, info.workflowId);
    return {
      pid,
      incarnation: info.runId,
      source,
      spec: spawnSpec(systemPid("temporal"), "", 0, { ...place, host: pid.host }),
    };
  }
  const pid = pidOf(header.pid, "pid");
  const { parentIncarnation, key, linkRef, monitorRef, context, messages } = header;
  const spec = spawnSpec(pidOf(header.parent, "parent"), parentIncarnation, key, {
    ...place,
    host: pid.host,
    ...(linkRef === undefined ? {} : { linkRef }),
    ...(monitorRef === undefined ? {} : { monitorRef }),
    context,
    messages: isLaterFiring(info) ? [] : messages,
  });
  return { pid, incarnation: info.runId, source, spec };
}

/** Runs without a pin, and each firing of a cron, record which source they take: always their first command. */
async function pin(commands: Commands, type: string): Promise<{ entry: string; hash: string }> {
  try {
    return await commands.local<{ entry: string; hash: string }>(internalActivity.pin, [type]);
  } catch (error) {
    throw new Error(
      `no source for the workflow type ${type}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function isCron(info: WorkflowInfo): boolean {
  return info.cronSchedule !== undefined && info.cronSchedule !== "";
}

/** Retry attempts get the startup messages again; the next firing of a cron does not. */
function isLaterFiring(info: WorkflowInfo): boolean {
  return isCron(info) && info.continuedFromExecutionRunId !== undefined && info.attempt === 1;
}

function readHeader(value: unknown): StartHeader {
  const header = value as StartHeader;
  if (typeof header !== "object" || header === null || header.v !== protocolVersion) {
    throw new Error(
      `the start header is of version ${String((header as { v?: unknown } | null)?.v)}, not ${protocolVersion}`,
    );
  }
  return header;
}

function pidOf(text: string, what: string): Pid {
  const pid = parsePid(text);
  if (pid !== undefined) return pid;
  throw new Error(`the ${what} of the start header is not a pid: ${text}`);
}
