/** Children: a spawn inside a workflow becomes a child workflow, or a process on a process host by way of an activity. */

import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import { type ChildWorkflowHandle, type ChildWorkflowOptions, startChild, type Workflow } from "@temporalio/workflow";
import type { Process, SpawnResult, SpawnSpec } from "../../../actors/index.js";
import {
  type Delivery,
  failure,
  makePid,
  type Payload,
  type Pid,
  parsePid,
  payloadBytes,
} from "../../../mailbox/index.js";
import { type ConflictPolicy, conflictPolicyFor, isServerName, OptionProblem } from "../../workflow/index.js";
import { carry } from "./carrier.js";
import { childOptions } from "./child-options.js";
import type { Commands } from "./commands.js";
import type { Deliveries } from "./deliveries.js";
import { hashText } from "./digest.js";
import { failureFromTemporal, reasonFromTemporal } from "./failure.js";
import { internalActivity, protocolVersion, type StartHeader, type WireSpawnSpec } from "./protocol.js";
import { foreignPayload } from "./signals.js";
import type { Watches } from "./watches.js";
import type { Place, World } from "./world.js";

/** How often a start is tried again when the workflow that held the id ends in the middle of it. */
const maxRounds = 3;

type SpawnedActivity =
  | { pid: string; incarnation: string; existed: boolean }
  | { error: Extract<SpawnResult, { ok: false }>["error"] };

interface Birth {
  readonly spec: SpawnSpec;
  readonly pid: Pid;
  readonly type: string;
  readonly options: ChildWorkflowOptions;
  readonly conflict: ConflictPolicy;
}

export class Children {
  private readonly process: Process;
  private readonly commands: Commands;
  private readonly world: World;
  private readonly deliveries: Deliveries;
  private readonly watches: Watches;
  private readonly done: (tag: number, result: SpawnResult) => void;

  constructor(
    process: Process,
    commands: Commands,
    world: World,
    deliveries: Deliveries,
    watches: Watches,
    done: (tag: number, result: SpawnResult) => void,
  ) {
    this.process = process;
    this.commands = commands;
    this.world = world;
    this.deliveries = deliveries;
    this.watches = watches;
    this.done = done;
  }

  spawn(tag: number, spec: SpawnSpec): void {
    this.start(tag, spec).catch(this.commands.crash);
  }

  private async start(tag: number, spec: SpawnSpec): Promise<void> {
    const { args, context, messages } = spec;
    const sent = messages.map((message) => message.payloads);
    const room = this.commands.room(payloadBytes(args) + payloadBytes(context) + payloadBytes(sent));
    if (room !== undefined) await room;
    const place = this.world.place(spec.host);
    if (this.world.isProcessHost(spec.host) || this.world.nodeKind(place.client) === "client") {
      this.done(tag, await this.outside(spec));
      return;
    }
    const birth = this.plan(spec, place);
    if ("error" in birth) {
      this.done(tag, { ok: false, error: birth.error });
      return;
    }
    await this.bear(tag, birth);
  }

  /** What can be said without the server: bad options, unknown entries. */
  private plan(spec: SpawnSpec, place: Place): Birth | Extract<SpawnResult, { ok: false }> {
    const entry = this.world.entry(spec.entry);
    const refuse = (kind: string, message: string) => ({
      ok: false as const,
      error: failure(kind, message, { retryable: false }),
    });
    if (entry === undefined) return refuse("NOT_FOUND", "factory not found");
    const { workflowType } = entry;
    if (workflowType === undefined) {
      return refuse(
        "INVALID",
        `${spec.entry} is a ${entry.kind} that no temporal.worker runs, so it cannot be a workflow here; spawn it on a process.host`,
      );
    }
    try {
      const own = childOptions(entry.options, spec.options);
      const given = own.id ?? spec.name;
      const id = given ?? hashText(`${spec.parent.text}\n${spec.parentIncarnation}\n${spec.key}`).slice(0, 32);
      if (!isServerName(id)) return refuse("INVALID", "workflow.id is longer than 1000 bytes, or not a text");
      const taskQueue = own.taskQueue ?? place.taskQueue;
      const pid = makePid(this.world.ownClient, this.world.hostOfQueue(taskQueue), id);
      const options = { parentClosePolicy: "TERMINATE" as const, ...own.options, workflowId: id, taskQueue };
      const conflict = conflictPolicyFor({ conflictPolicy: own.conflict }, given !== undefined);
      return { spec, pid, type: workflowType, options, conflict };
    } catch (error) {
      if (error instanceof OptionProblem) return refuse("INVALID", error.message);
      throw error;
    }
  }

  private async bear(tag: number, birth: Birth): Promise<void> {
    const { spec, pid, type, options, conflict } = birth;
    const args = carry(spec.args, this.header(birth));
    for (let round = 1; ; round++) {
      try {
        const handle = await this.commands.run(() => startChild<Workflow>(type, { ...options, args }));
        this.born(tag, pid, handle);
        return;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
          this.done(tag, { ok: false, error: failureFromTemporal(error) });
          return;
        }
      }
      if (round >= maxRounds || conflict === "FAIL" || options.workflowIdReusePolicy === "REJECT_DUPLICATE") break;
      if (conflict === "TERMINATE_EXISTING") await this.sendFrom(pid, { kind: "kill" });
      else if ((await this.watches.isOpen(pid)) && (await this.greet(birth))) {
        this.done(tag, { ok: true, pid, existed: true });
        return;
      }
    }
    const details = { workflow_id: pid.id, pid: pid.text };
    const message = `workflow ${pid.id} is already running or its id may not be used again`;
    this.done(tag, { ok: false, error: failure("ALREADY_EXISTS", message, { retryable: false, details }) });
  }

  private born(tag: number, pid: Pid, handle: ChildWorkflowHandle<Workflow>): void {
    this.watches.addChild(pid);
    this.commands.settle(
      handle.result() as Promise<unknown>,
      (value) => this.watches.ended(pid, { kind: "normal", value: foreignPayload(value) }),
      (error) => this.watches.ended(pid, reasonFromTemporal(error)),
    );
    this.done(tag, { ok: true, pid, incarnation: handle.firstExecutionRunId, existed: false });
  }

  /** Startup messages for the one that lives already; false when it has ended meanwhile. */
  private async greet({ spec, pid }: Birth): Promise<boolean> {
    for (const { topic, payloads } of spec.messages) {
      const delivery = await this.sendFrom(pid, { kind: "message", topic, payloads });
      if (delivery.kind === "gone") return false;
    }
    return true;
  }

  private sendFrom(
    to: Pid,
    signal: { kind: "kill" } | { kind: "message"; topic: string; payloads: readonly Payload[] },
  ): Promise<Delivery> {
    const { pid: from, incarnation } = this.process;
    return new Promise((resolve) => this.deliveries.post({ from, incarnation, to, seq: 0, signal }, resolve));
  }

  private header({ spec, pid }: Birth): StartHeader {
    const { parent, parentIncarnation, key, linkRef, monitorRef, context, messages, entry } = spec;
    return {
      v: protocolVersion,
      pid: pid.text,
      parent: parent.text,
      parentIncarnation,
      key,
      ...(linkRef === undefined ? {} : { linkRef }),
      ...(monitorRef === undefined ? {} : { monitorRef }),
      context,
      messages,
      entry,
      hash: this.world.entry(entry)!.hash,
    };
  }

  /** On a process host, or in another namespace: the other side of the wall starts it, once per (parent, key). */
  private async outside(spec: SpawnSpec): Promise<SpawnResult> {
    const wire: WireSpawnSpec = { ...spec, parent: spec.parent.text };
    try {
      const options = { startToCloseTimeout: "30s", retry: { maximumAttempts: 5 } } as const;
      const result = await this.commands.activity<SpawnedActivity>(internalActivity.spawn, [wire], options);
      if ("error" in result) return { ok: false, error: result.error };
      const pid = parsePid(result.pid);
      if (pid === undefined) throw new Error(`${internalActivity.spawn} answered ${result.pid}, which is not a pid`);
      return { ok: true, pid, incarnation: result.incarnation, existed: result.existed };
    } catch (error) {
      return { ok: false, error: failureFromTemporal(error) };
    }
  }
}
