/** Watches of local processes on workflows: every end of a run chain, told exactly once. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ChainWatcher } from "../../durability/temporal/watch.js";
import type { Pid } from "../../mailbox/index.js";
import type { StubStep } from "../support/stub-workflow.js";
import { describeTemporal } from "../support/temporal.js";
import { envelope, type Listener, openTestNode, type TestNode } from "../support/temporal-host.js";

describeTemporal("watching workflows", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await openTestNode();
  });
  afterAll(() => node.close());

  /** Start it with a monitor and wait for its end; then some more, in which nothing else may come. */
  async function endOf(
    step: StubStep,
    options: Record<string, string | number | object> = {},
    then?: (pid: Pid) => Promise<unknown>,
  ) {
    const watcher = node.processes.open();
    const { pid, runId } = await node.start(watcher, step, { monitorRef: 7, options: options as never });
    await then?.(pid);
    const [exit] = await watcher.gotExits(1);
    expect(exit).toMatchObject({ from: { text: pid.text }, incarnation: runId, via: "monitor", refs: [-7] });
    await nothingMore(watcher, 1);
    return exit!.reason;
  }

  /** A later end of another workflow has been told: what was on its way before has come. */
  async function nothingMore(watcher: Listener, count: number): Promise<void> {
    const other = node.processes.open();
    await node.start(other, { do: "return", value: null }, { monitorRef: 1 });
    await other.gotExits(1);
    expect(watcher.exits()).toHaveLength(count);
  }

  it("tells the result of a completed run", async () => {
    expect(await endOf({ do: "return", value: { a: [1, "x"] } })).toEqual({ kind: "normal", value: { a: [1, "x"] } });
  });

  it("tells the failure of a failed run with all its fields", async () => {
    const error = { kind: "CONFLICT", message: "taken", retryable: false, details: { id: 7 } };
    const step: StubStep = { do: "fail", type: "CONFLICT", message: "taken", detail: error };
    expect(await endOf(step)).toEqual({ kind: "failed", error });
  });

  it("tells a termination as CANCELED", async () => {
    const reason = await endOf({ do: "sleep" }, {}, (pid) =>
      node.host.deliver(envelope(node.processes.open(), pid, { kind: "kill" })),
    );
    expect(reason).toEqual({
      kind: "failed",
      error: { kind: "CANCELED", message: "workflow terminated", retryable: false },
    });
  });

  it("tells a time-out", async () => {
    const reason = await endOf({ do: "sleep" }, { "temporal.workflow.run_timeout": "1s" });
    expect(reason).toMatchObject({
      kind: "failed",
      error: { kind: "TIMEOUT", retryable: false, details: { timeout_type: "start_to_close" } },
    });
  });

  it("tells a cancellation", async () => {
    const reason = await endOf({ do: "sleep" }, {}, (pid) =>
      node.host.deliver(envelope(node.processes.open(), pid, { kind: "cancel", reason: "enough" })),
    );
    expect(reason).toEqual({ kind: "cancelled", reason: "" });
  });

  it("follows continue-as-new to the final result", async () => {
    const step: StubStep = { do: "continue", times: 3, last: { do: "return", value: "end" } };
    expect(await endOf(step)).toEqual({ kind: "normal", value: "end" });
  });

  it("follows retries to the final result", async () => {
    const options = { "temporal.workflow.retry_policy": { initial_interval: "10ms", maximum_attempts: 5 } };
    expect(await endOf({ do: "retry", attempts: 2, value: "second" }, options)).toEqual({
      kind: "normal",
      value: "second",
    });
  });

  it("announces a monitor before a link, each with all its refs", async () => {
    const watcher = node.processes.open();
    const { pid } = await node.start(watcher, { do: "listen" }, { monitorRef: 1, linkRef: 2 });
    expect(await node.host.deliver(envelope(watcher, pid, { kind: "link", ref: 3 }))).toEqual({ kind: "accepted" });
    expect(await node.host.deliver(envelope(watcher, pid, { kind: "monitor", ref: 4 }))).toEqual({ kind: "accepted" });
    await node.send(watcher, pid, "stop");
    const exits = await watcher.gotExits(2);
    expect(exits.map(({ via, refs }) => ({ via, refs }))).toEqual([
      { via: "monitor", refs: [-1, -4] },
      { via: "link", refs: [-2, -3] },
    ]);
  });

  it("answers gone for a link or monitor of what never was", async () => {
    const watcher = node.processes.open();
    const { pid } = await node.start(watcher, { do: "return", value: 1 });
    const nobody = { ...pid, id: "nobody", text: pid.text.replace(pid.id, "nobody") };
    expect(await node.host.deliver(envelope(watcher, nobody, { kind: "monitor", ref: 1 }))).toEqual({ kind: "gone" });
    expect(await node.host.deliver(envelope(watcher, nobody, { kind: "link", ref: 2 }))).toEqual({ kind: "gone" });
    expect(node.client.bonds.size).toBe(0);
  });

  it("tells the result of a closed workflow to a late monitor, and answers gone to a late link", async () => {
    const first = node.processes.open();
    const { pid } = await node.start(first, { do: "return", value: "done" }, { monitorRef: 1 });
    await first.gotExits(1);
    const late = node.processes.open();
    expect(await node.host.deliver(envelope(late, pid, { kind: "monitor", ref: 5 }))).toEqual({ kind: "accepted" });
    const [exit] = await late.gotExits(1);
    expect(exit).toMatchObject({ refs: [-5], reason: { kind: "normal", value: "done" } });
    expect(await node.host.deliver(envelope(late, pid, { kind: "link", ref: 6 }))).toEqual({ kind: "gone" });
  });

  it("says nothing after unlink and demonitor, though the end may be on its way", async () => {
    const watcher = node.processes.open();
    const { pid } = await node.start(watcher, { do: "listen" }, { monitorRef: 1, linkRef: 2 });
    const stopped = node.send(watcher, pid, "stop");
    const unlinked = node.host.deliver(envelope(watcher, pid, { kind: "unlink", refs: [2] }));
    const demonitored = node.host.deliver(envelope(watcher, pid, { kind: "demonitor", refs: [1] }));
    await Promise.all([stopped, unlinked, demonitored]);
    const other = node.processes.open();
    await node.host.deliver(envelope(other, pid, { kind: "monitor", ref: 9 }));
    await other.gotExits(1);
    await nothingMore(watcher, 0);
    expect(node.client.bonds.size).toBe(0);
  });

  it("uses one poll for many watchers of one workflow", async () => {
    const watchers = Array.from({ length: 20 }, () => node.processes.open());
    // What the tests before this one watched may still be on its way out.
    await expect.poll(() => node.client.chains.size).toBe(0);
    const { pid } = await node.start(watchers[0]!, { do: "listen" });
    await Promise.all(
      watchers.map((watcher) => node.host.deliver(envelope(watcher, pid, { kind: "monitor", ref: 1 }))),
    );
    expect(node.client.chains.size).toBe(1);
    await node.send(watchers[0]!, pid, "stop");
    for (const watcher of watchers) expect(await watcher.gotExits(1)).toHaveLength(1);
    expect(node.client.chains.size).toBe(0);
  });

  it("misses no end of those that found no room for a waiting poll", async () => {
    const chains = new ChainWatcher(node.client.rpc, 1);
    const starter = node.processes.open();
    const all = await Promise.all([1, 2, 3].map(() => node.start(starter, { do: "listen" })));
    const ends = all.map(
      ({ pid, runId }) =>
        new Promise((resolve) =>
          chains.watch({ workflowId: pid.id, firstRunId: runId }, (reason) => resolve(reason.kind)),
        ),
    );
    expect(chains.size).toBe(3);
    await Promise.all(all.map(({ pid }) => node.send(starter, pid, "stop")));
    expect(await Promise.all(ends)).toEqual(["normal", "normal", "normal"]);
    expect(chains.size).toBe(0);
  });

  it("follows the firings of a cron until it is terminated", async () => {
    const options = { "temporal.workflow.cron_schedule": "@every 1s" };
    let firings = 0;
    const reason = await endOf({ do: "return", value: 1 }, options, async (pid) => {
      const first = (await node.client.describe(pid.id))!.runId;
      await vi.waitFor(async () => expect((await node.client.describe(pid.id))!.runId).not.toBe(first), {
        timeout: 20_000,
      });
      firings++;
      await node.host.deliver(envelope(node.processes.open(), pid, { kind: "kill" }));
    });
    expect(firings).toBe(1);
    expect(reason).toMatchObject({ kind: "failed", error: { kind: "CANCELED" } });
  });

  it("is pinned to its run: a later run under the same id is not told", async () => {
    const watcher = node.processes.open();
    const { pid } = await node.start(
      watcher,
      { do: "return", value: 1 },
      { monitorRef: 1, name: `again-${node.taskQueue}` },
    );
    await watcher.gotExits(1);
    const other = node.processes.open();
    const second = await node.start(
      other,
      { do: "return", value: 2 },
      { monitorRef: 1, name: `again-${node.taskQueue}` },
    );
    expect(second.pid.text).toBe(pid.text);
    const [exit] = await other.gotExits(1);
    expect(exit!.reason).toEqual({ kind: "normal", value: 2 });
    expect(watcher.exits()).toHaveLength(1);
  });
});
