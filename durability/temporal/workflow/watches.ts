/** Watches: how a workflow learns of the end of whom it is bound to. One activity per foreign run or node; own children need none. */
import { ActivityFailure } from "@temporalio/common";
import { ActivityCancellationType, type ActivityOptions } from "@temporalio/workflow";
import type { Bond, Input, Relations } from "../../../actors/index.js";
import {
  accepted,
  type Delivery,
  type ExitReason,
  failure,
  gone,
  mirror,
  type Pid,
  unreachable,
} from "../../../mailbox/index.js";
import { isServerName } from "../../workflow/index.js";
import type { Cancellable, Commands } from "./commands.js";
import { nodeTimeoutMs } from "./deliveries.js";
import { failureFromTemporal } from "./failure.js";
import {
  internalActivity,
  type LookRunResult,
  nodeQueue,
  type WatchRunArgs,
  type WatchRunResult,
  watchQueue,
} from "./protocol.js";
import type { World } from "./world.js";

/** Run watches last as long as the run; a lost watcher is replaced. */
const runWatch: ActivityOptions = {
  taskQueue: watchQueue,
  startToCloseTimeout: "3650 days",
  heartbeatTimeout: "30s",
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: "1s", maximumInterval: "10s" },
};

/** Here the loss of the watcher is the answer. */
const nodeWatch: ActivityOptions = {
  startToCloseTimeout: "3650 days",
  scheduleToStartTimeout: nodeTimeoutMs,
  heartbeatTimeout: nodeTimeoutMs,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { maximumAttempts: 1 },
};

type Watch = Cancellable<unknown>;

export class Watches {
  private readonly runs = new Map<string, Watch>();
  private readonly nodes = new Map<string, Watch>();
  /** Targets with a link or monitor on its way: not watched before the answer. */
  private readonly held = new Map<string, number>();
  /** Run to pin a watch to, from the look that answered `monitor`. */
  private readonly pinned = new Map<string, string>();
  private readonly children = new Set<string>();
  private readonly commands: Commands;
  private readonly world: World;
  private readonly relations: Relations;
  private readonly push: (input: Input) => void;
  private readonly self: Pid;

  constructor(commands: Commands, world: World, self: Pid, relations: Relations, push: (input: Input) => void) {
    this.commands = commands;
    this.world = world;
    this.self = self;
    this.relations = relations;
    this.push = push;
  }

  hold(target: Pid): void {
    this.held.set(target.text, (this.held.get(target.text) ?? 0) + 1);
  }

  release(target: Pid): void {
    const left = (this.held.get(target.text) ?? 1) - 1;
    if (left > 0) this.held.set(target.text, left);
    else this.held.delete(target.text);
  }

  /** The end of this child will come by `ended`. */
  addChild(child: Pid): void {
    this.children.add(child.text);
  }

  /** Start and stop watches so that they fit the relations. Called after each input. */
  sync(): void {
    const runs = new Map<string, Bond>();
    const nodes = new Set<string>();
    for (const table of [this.relations.links, this.relations.watching]) {
      for (const bond of table.values()) {
        const { text } = bond.pid;
        if (this.held.has(text) || this.children.has(text)) continue;
        const kind = this.world.nodeKind(bond.pid.node);
        if (kind === "node" && isServerName(nodeQueue(bond.pid.node))) nodes.add(bond.pid.node);
        else if ((kind === "here" || kind === "client") && isServerName(bond.pid.id)) runs.set(text, bond);
      }
    }
    for (const [text, bond] of runs) if (!this.runs.has(text)) this.watchRun(bond);
    for (const node of nodes) if (!this.nodes.has(node)) this.watchNode(node);
    stopUnwanted(this.runs, (text) => runs.has(text) || this.held.has(text));
    stopUnwanted(this.nodes, (node) => nodes.has(node) || this.relations.relatedNodes().has(node));
  }

  /** Whether a run of it is open: an id may also be refused because of one that has closed. */
  async isOpen(target: Pid): Promise<boolean> {
    return "running" in (await this.commands.local<LookRunResult>(internalActivity.lookRun, [this.args(target)]));
  }

  /** Answer a monitor of a workflow: one that has closed is accepted, as its end can still be told; one that never was is gone. */
  async look(target: Pid): Promise<Delivery> {
    try {
      const seen = await this.commands.local<LookRunResult>(internalActivity.lookRun, [this.args(target)]);
      if ("notFound" in seen) return gone;
      if ("running" in seen) this.pinned.set(target.text, seen.running);
      return accepted;
    } catch (error) {
      return unreachable(failureFromTemporal(error).message);
    }
  }

  /** Tell the kernel that a watched process has ended: watchers hear before links. */
  ended(pid: Pid, reason: ExitReason): void {
    this.children.delete(pid.text);
    for (const via of ["monitor", "link"] as const) {
      const bond = (via === "monitor" ? this.relations.watching : this.relations.links).get(pid);
      if (bond === undefined) continue;
      const signal = { kind: "exit", via, refs: mirror(bond.refs), reason } as const;
      const envelope = { from: pid, incarnation: bond.incarnation, to: this.self, seq: 0, signal };
      this.push({ kind: "envelope", at: Date.now(), envelope });
    }
  }

  private watchRun({ pid, incarnation }: Bond): void {
    const firstRunId = this.pinned.get(pid.text) ?? (incarnation === "" ? undefined : incarnation);
    this.pinned.delete(pid.text);
    this.follow(pid, this.args(pid, firstRunId));
  }

  private follow(pid: Pid, args: WatchRunArgs): void {
    const watch = this.start<WatchRunResult>(internalActivity.watchRun, args, runWatch);
    this.runs.set(pid.text, watch);
    const over = (reason: ExitReason): void => {
      if (this.runs.get(pid.text) !== watch) return;
      this.runs.delete(pid.text);
      this.ended(pid, reason);
    };
    const failed = (error: unknown): void => {
      if (this.runs.get(pid.text) !== watch) return;
      if (wouldOutlastUs(error)) this.follow(pid, args);
      else over({ kind: "failed", error: lostSight(pid, error) });
    };
    this.commands.settle(
      watch.result,
      (result) => over("reason" in result ? result.reason : { kind: "noproc" }),
      failed,
    );
  }

  private watchNode(node: string): void {
    const watch = this.start<unknown>(
      internalActivity.watchNode,
      { node },
      { ...nodeWatch, taskQueue: nodeQueue(node) },
    );
    this.nodes.set(node, watch);
    const down = (): void => {
      if (this.nodes.get(node) !== watch) return;
      this.nodes.delete(node);
      this.push({ kind: "nodedown", at: Date.now(), node });
    };
    this.commands.settle(watch.result, down, down);
  }

  private start<T>(type: string, args: unknown, options: ActivityOptions): Cancellable<T> {
    return this.commands.cancellableActivity<T>(type, [args], options);
  }

  private args(target: Pid, firstRunId?: string): WatchRunArgs {
    return {
      workflowId: target.id,
      ...(firstRunId === undefined ? {} : { firstRunId }),
      ...(this.world.nodeKind(target.node) === "here" ? {} : { client: target.node }),
    };
  }
}

function stopUnwanted(watches: Map<string, Watch>, wanted: (key: string) => boolean): void {
  for (const [key, watch] of watches) {
    if (wanted(key)) continue;
    watches.delete(key);
    watch.cancel();
  }
}

/** The server does not repeat an activity when the repeat would begin after our own time-out; a new one it takes. */
function wouldOutlastUs(error: unknown): boolean {
  return error instanceof ActivityFailure && error.retryState === "TIMEOUT";
}

function lostSight(pid: Pid, error: unknown) {
  return failure("UNAVAILABLE", `cannot watch ${pid.text}: ${failureFromTemporal(error).message}`, { retryable: true });
}
