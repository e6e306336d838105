/** What becomes of the watches of a node that is killed: another node takes over those of runs; those of the node itself tell. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nodeQueue, watchQueue } from "../../durability/temporal/workflow/protocol.js";
import { describeTemporal, temporalAddress } from "../support/temporal.js";
import { openTestNode, ownNamespace, type TestNode } from "../support/temporal-host.js";

const script = fileURLToPath(new URL("../support/lone-node.mjs", import.meta.url));

class LoneNode {
  readonly boot = `lone${randomUUID().slice(0, 8)}`;
  private readonly child: ChildProcess;
  private output = "";

  constructor(namespace: string) {
    const args = [script, temporalAddress(), this.boot, namespace];
    this.child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  }

  /** Resolves when it has written that line. */
  wrote(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (chunk?: Buffer): void => {
        this.output += chunk?.toString() ?? "";
        if (this.output.split("\n").includes(line)) resolve();
      };
      look();
      this.child.stdout!.on("data", look);
      this.child.once("exit", () => reject(new Error(`the node ended before it wrote "${line}"`)));
    });
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}

describeTemporal("loss of a node", () => {
  let namespace: string;
  let lone: LoneNode;
  let node: TestNode | undefined;
  /** Of the test that must not share its watchers with the first one's. */
  let ownSpace: string;
  beforeAll(async () => {
    [namespace, ownSpace] = await Promise.all([ownNamespace(), ownNamespace()]);
    lone = new LoneNode(namespace);
    await lone.wrote("ready");
  });
  afterAll(async () => {
    lone?.kill();
    await node?.close();
  });

  it("gives the watches it held for workflows to another node, and ends those of itself", async () => {
    // Its own node watches nothing: what the workflows below ask for goes to the lone node, or to the one opened later.
    const starter = await openTestNode({ namespace });
    await starter.client.queues.stop(0);
    const parent = starter.processes.open();
    const target = await starter.start(parent, { do: "listen" });
    const options = { startToCloseTimeout: "1h", heartbeatTimeout: "2s" };
    const watch = {
      do: "activity",
      type: "@watch-run",
      args: [{ workflowId: target.pid.id, firstRunId: target.runId }],
      options: { ...options, taskQueue: watchQueue, retry: { initialInterval: "100ms" } },
    } as const;
    const life = {
      do: "activity",
      type: "@watch-node",
      args: [{ node: lone.boot }],
      options: { ...options, taskQueue: nodeQueue(lone.boot), retry: { maximumAttempts: 1 } },
    } as const;
    const [watcher, liver] = [starter.processes.open(), starter.processes.open()];
    await starter.start(watcher, watch, { monitorRef: 1 });
    await starter.start(liver, life, { monitorRef: 1 });
    await lone.wrote("held 2");
    lone.kill();
    node = await openTestNode({ worker: false, namespace });
    const [ended] = await liver.gotExits(1);
    expect(ended!.reason).toMatchObject({
      kind: "normal",
      value: { ok: false, message: expect.stringContaining("timeout") },
    });
    await starter.send(parent, target.pid, "stop");
    const [exit] = await watcher.gotExits(1);
    expect(exit!.reason).toMatchObject({ kind: "normal", value: { ok: true, value: { reason: { kind: "normal" } } } });
    await starter.close();
  });

  it("hands the watches of workflows over when it shuts down", async () => {
    const closing = await openTestNode({ namespace: ownSpace });
    const starter = await openTestNode({ namespace: ownSpace });
    await starter.client.queues.stop(0);
    const [parent, watcher] = [starter.processes.open(), starter.processes.open()];
    const target = await starter.start(parent, { do: "listen" });
    const watch = {
      do: "activity",
      type: "@watch-run",
      args: [{ workflowId: target.pid.id, firstRunId: target.runId }],
      options: { startToCloseTimeout: "1h", heartbeatTimeout: "1h", taskQueue: watchQueue },
    } as const;
    await starter.start(watcher, watch, { monitorRef: 1 });
    await expect.poll(() => closing.client.held.size).toBe(1);
    await closing.close();
    const heir = await openTestNode({ namespace: ownSpace, worker: false });
    await expect.poll(() => heir.client.held.size, { timeout: 10_000 }).toBe(1);
    await starter.send(parent, target.pid, "stop");
    const [exit] = await watcher.gotExits(1);
    expect(exit!.reason).toMatchObject({ kind: "normal", value: { ok: true, value: { reason: { kind: "normal" } } } });
    await Promise.all([heir.close(), starter.close()]);
  });

  it("answers closing when a node shuts down by itself", async () => {
    const closing = await openTestNode();
    const starter = await openTestNode();
    const watcher = starter.processes.open();
    const life = {
      do: "activity",
      type: "@watch-node",
      args: [{ node: closing.system.node }],
      options: { startToCloseTimeout: "1h", heartbeatTimeout: "30s", taskQueue: nodeQueue(closing.system.node) },
    } as const;
    await starter.start(watcher, life, { monitorRef: 1 });
    await expect.poll(() => closing.client.held.size).toBe(1);
    const before = performance.now();
    await closing.close();
    expect(performance.now() - before).toBeLessThan(2_000);
    const [exit] = await watcher.gotExits(1);
    expect(exit!.reason).toEqual({ kind: "normal", value: { ok: true, value: "closing" } });
    await starter.close();
  });
});
