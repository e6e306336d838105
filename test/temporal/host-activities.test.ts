/** What workflows ask of the node: function entries as activities, and our internal activities. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Outcome } from "../../actors/index.js";
import type { FunctionCall } from "../../durability/temporal/index.js";
import { nodeQueue, watchQueue } from "../../durability/temporal/workflow/protocol.js";
import { encodeEnvelope, failure, type Pid } from "../../mailbox/index.js";
import { describeTemporal } from "../support/temporal.js";
import { clientId, type Listener, openTestNode, type TestNode, workerId } from "../support/temporal-host.js";

describeTemporal("activities", () => {
  let node: TestNode;
  let parent: Listener;
  let calls: FunctionCall[] = [];
  let answer: (call: FunctionCall) => Promise<Outcome> = async () => ({ ok: true, value: null });
  beforeAll(async () => {
    const activity = { worker: workerId, local: false };
    node = await openTestNode({
      entries: { "test:double": { kind: "function.lua", hash: "f", activity, options: {} } },
      run: (call) => {
        calls.push(call);
        return answer(call);
      },
    });
  });
  afterAll(() => node.close());
  beforeEach(() => {
    parent = node.processes.open();
    calls = [];
  });

  /** Run one activity from a workflow and return what the workflow saw. */
  async function ask(type: string, args: unknown[], options: object = {}): Promise<unknown> {
    const step = {
      do: "activity",
      type,
      args,
      options: { startToCloseTimeout: "20s", retry: { maximumAttempts: 1 }, ...options },
    } as const;
    const watcher = node.processes.open();
    await node.start(watcher, step, { monitorRef: 1 });
    const [exit] = await watcher.gotExits(1);
    return exit!.reason.kind === "normal" ? exit!.reason.value : exit!.reason;
  }

  it("runs a function entry and returns its value", async () => {
    answer = async ({ args }) => ({ ok: true, value: Number(args[0]) * 2 });
    expect(await ask("test:double", [21])).toEqual({ ok: true, value: 42 });
    expect(calls[0]).toMatchObject({ entry: "test:double", args: [21], context: {}, caller: { text: "" } });
    expect(calls[0]!.key).not.toBe("");
  });

  it("keeps kind, retryable and message of a failure", async () => {
    answer = async () => ({ ok: false, error: failure("CONFLICT", "taken", { retryable: false }) });
    expect(await ask("test:double", [])).toEqual({ ok: false, type: "CONFLICT", nonRetryable: true, message: "taken" });
  });

  it("fails an unknown activity at once, however often it may be tried", async () => {
    const result = await ask("test:missing", [], { retry: {} });
    expect(result).toMatchObject({ ok: false, type: "NOT_FOUND", nonRetryable: true });
  });

  it("sends heartbeats for a function that asks for none", async () => {
    answer = () => new Promise((resolve) => setTimeout(() => resolve({ ok: true, value: "slow" }), 2_500));
    expect(await ask("test:double", [], { heartbeatTimeout: "1s" })).toEqual({ ok: true, value: "slow" });
  });

  it("delivers to a process of this node and answers elsewhere for others", async () => {
    const wire = (to: Pid) =>
      encodeEnvelope({
        from: workflow(),
        incarnation: "",
        to,
        seq: 1,
        signal: { kind: "message", topic: "hi", payloads: [1] },
      });
    expect(await ask("@deliver", [wire(parent.pid)])).toEqual({ ok: true, value: { kind: "accepted" } });
    expect(parent.envelopes[0]).toMatchObject({ signal: { topic: "hi", payloads: [1] } });
    const far = { ...parent.pid, node: "otherboot", text: parent.pid.text.replace(node.system.node, "otherboot") };
    expect(await ask("@deliver", [wire(far)])).toEqual({ ok: true, value: { kind: "elsewhere" } });
    expect(await ask("@deliver", [wire(parent.pid)], { taskQueue: nodeQueue(node.system.node) })).toMatchObject({
      ok: true,
    });
  });

  it("makes a linked process hear of the workflow's end, unless either unlinks", async () => {
    const { pid, runId } = await node.start(parent, { do: "listen" });
    const link = encodeEnvelope({
      from: pid,
      incarnation: runId,
      to: parent.pid,
      seq: 1,
      signal: { kind: "link", ref: 8 },
    });
    expect(await ask("@deliver", [link])).toEqual({ ok: true, value: { kind: "accepted" } });
    const unlink = encodeEnvelope({
      from: pid,
      incarnation: runId,
      to: parent.pid,
      seq: 2,
      signal: { kind: "unlink", refs: [8] },
    });
    expect(await ask("@deliver", [unlink])).toEqual({ ok: true, value: { kind: "accepted" } });
    expect(node.client.bonds.size).toBe(0);
    await ask("@deliver", [link]);
    await node.host.deliver({
      from: parent.pid,
      incarnation: node.system.node,
      to: pid,
      seq: 0,
      signal: { kind: "kill" },
    });
    const [exit] = await parent.gotExits(1);
    expect(exit).toMatchObject({ via: "link", refs: [8], reason: { error: { message: "workflow terminated" } } });
  });

  it("answers names, randomness and pins", async () => {
    const { pid } = await node.start(parent, { do: "listen" });
    const register = { kind: "register", name: "desk", pid: parent.pid.text };
    expect(await ask("@name", [register, pid.text])).toEqual({ ok: true, value: { ok: true, value: true } });
    expect(await ask("@name", [{ kind: "lookup", name: "desk" }, pid.text])).toMatchObject({
      value: { value: parent.pid.text },
    });
    expect(await ask("@random", [6])).toMatchObject({ ok: true, value: expect.stringMatching(/^[A-Za-z0-9+/]{8}$/) });
    expect(await ask("@pin", ["stub"])).toEqual({ ok: true, value: { entry: "test:stub", hash: "h1" } });
    expect(await ask("@pin", ["unheard-of"])).toMatchObject({ ok: false, type: "NOT_FOUND", nonRetryable: true });
  });

  it("watches a run without holding a slot, and tells of one that never was", async () => {
    const { pid, runId } = await node.start(parent, { do: "return", value: 5, afterMs: 1_000 });
    // Any node may take it; one that shuts down meanwhile, as those of other tests do, gives it to another.
    const retry = { maximumAttempts: 10, initialInterval: "100ms" };
    const options = { taskQueue: watchQueue, heartbeatTimeout: "5s", retry };
    const args = { workflowId: pid.id, firstRunId: runId };
    expect(await ask("@watch-run", [args], options)).toEqual({
      ok: true,
      value: { reason: { kind: "normal", value: 5 } },
    });
    expect(await ask("@watch-run", [{ workflowId: "nobody" }], options)).toEqual({
      ok: true,
      value: { notFound: true },
    });
    expect(await ask("@look-run", [{ workflowId: pid.id }])).toMatchObject({ value: { reason: { kind: "normal" } } });
    expect(await ask("@look-run", [{ workflowId: "nobody", client: clientId }])).toMatchObject({
      value: { notFound: true },
    });
    expect(node.client.held.size).toBe(0);
  });

  it("terminates another workflow", async () => {
    const { pid } = await node.start(parent, { do: "sleep" }, { monitorRef: 2 });
    expect(await ask("@terminate", [pid.text])).toEqual({ ok: true, value: { kind: "accepted" } });
    expect(await parent.gotExits(1)).toHaveLength(1);
  });

  function workflow(): Pid {
    return { node: clientId, host: workerId, id: "w", text: `{${clientId}@${workerId}|w}` };
  }
});
