/** Envelopes from ordinary processes to workflows. Source: specification 3.7, 3.8; design, limits of Temporal. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { decodeEnvelope, type Envelope, type Pid, type Signal } from "../../mailbox/index.js";
import type { StubSignal } from "../support/stub-workflow.js";
import { connectTemporal, describeTemporal, type TemporalConnection } from "../support/temporal.js";
import { envelope, type Listener, openTestNode, type TestNode } from "../support/temporal-host.js";

describeTemporal("delivering to workflows", () => {
  let node: TestNode;
  let plain: TemporalConnection;
  let sender: Listener;
  let pid: Pid;
  beforeAll(async () => {
    node = await openTestNode();
    plain = await connectTemporal();
  });
  afterAll(async () => {
    await node.close();
    await plain.connection.close();
  });
  beforeEach(async () => {
    sender = node.processes.open();
    ({ pid } = await node.start(sender, { do: "listen" }, { monitorRef: 1 }));
  });

  const deliver = (signal: Signal, to = pid) => node.host.deliver(envelope(sender, to, signal));
  /** Everything that the workflow got, once it has ended. */
  const received = async (): Promise<StubSignal[]> => {
    await node.send(sender, pid, "stop");
    const [exit] = await sender.gotExits(1);
    if (exit!.reason.kind !== "normal") throw new Error(exit!.reason.kind);
    return exit!.reason.value as unknown as StubSignal[];
  };
  const kernel = (signals: StubSignal[]): Envelope[] =>
    signals.filter(({ name }) => name === "@perdure").map(({ args }) => decodeEnvelope(args[0]));

  it("turns a message into a signal named after its topic", async () => {
    expect(await node.send(sender, pid, "order", 1, "two", null, { three: [3] })).toEqual({ kind: "accepted" });
    const [first] = await received();
    expect(first).toMatchObject({ name: "order", args: [1, "two", null, { three: [3] }] });
    expect(first!.header).toEqual({ v: 1, from: sender.pid.text, incarnation: node.system.node, seq: 0 });
  });

  it("carries a call's mark", async () => {
    const call = { ref: 3, chain: [{ pid: sender.pid.text, ref: 3 }] };
    await deliver({ kind: "message", topic: "ask", payloads: [], call });
    expect((await received())[0]!.header).toMatchObject({ call });
  });

  it("keeps the order of many messages sent at once", async () => {
    const all = await Promise.all(Array.from({ length: 100 }, (_, i) => node.send(sender, pid, "n", i)));
    expect(all.every(({ kind }) => kind === "accepted")).toBe(true);
    const numbers = (await received()).filter(({ name }) => name === "n").map(({ args }) => args[0]);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(node.client.outbox.size).toBe(0);
  });

  it("sends every other signal as a kernel envelope, in order with the messages", async () => {
    await node.send(sender, pid, "before");
    await deliver({ kind: "link", ref: 11 });
    await deliver({ kind: "reply", ref: 5, outcome: { ok: true, value: 1 } });
    await deliver({ kind: "unlink", refs: [11] });
    const got = await received();
    expect(got.map(({ name }) => name)).toEqual(["before", "@perdure", "@perdure", "@perdure", "stop"]);
    expect(kernel(got).map(({ signal }) => signal.kind)).toEqual(["link", "reply", "unlink"]);
    expect(kernel(got)[0]).toMatchObject({
      from: { text: sender.pid.text },
      to: { text: pid.text },
      incarnation: node.system.node,
    });
  });

  it("sends no signal for a monitor", async () => {
    await deliver({ kind: "monitor", ref: 12 });
    await deliver({ kind: "demonitor", refs: [12] });
    expect(kernel(await received())).toEqual([]);
  });

  it("passes an obituary on and forgets the watches of the dead", async () => {
    await deliver({ kind: "link", ref: 13 });
    expect(node.client.bonds.size).toBeGreaterThan(0);
    await deliver({ kind: "exit", via: "link", refs: [13], reason: { kind: "killed" } });
    const other = node.processes.open();
    await node.host.deliver(envelope(other, pid, { kind: "monitor", ref: 1 }));
    await node.send(sender, pid, "stop");
    await other.gotExits(1);
    expect(sender.exits()).toEqual([]);
  });

  it("tells the reason of a cancel before it asks the server to cancel", async () => {
    expect(await deliver({ kind: "cancel", reason: "enough", withinMs: 500 })).toEqual({ kind: "accepted" });
    // The server keeps both back while a workflow task runs, and writes them down in the order they came.
    const order = async (): Promise<string[]> => {
      const { events } = await plain.client.workflow.getHandle(pid.id).fetchHistory();
      return (events ?? []).flatMap((event) => {
        if (event.workflowExecutionSignaledEventAttributes) return ["signal"];
        return event.workflowExecutionCancelRequestedEventAttributes ? ["cancel"] : [];
      });
    };
    await expect.poll(order).toEqual(["signal", "cancel"]);
  });

  it("terminates with a reason that names us", async () => {
    expect(await deliver({ kind: "kill" })).toEqual({ kind: "accepted" });
    const history = await plain.client.workflow.getHandle(pid.id).fetchHistory();
    expect(history.events?.at(-1)?.workflowExecutionTerminatedEventAttributes?.reason).toBe("process.terminate");
  });

  it("answers gone for whatever comes after the end", async () => {
    await received();
    const after: Signal[] = [
      { kind: "message", topic: "late", payloads: [] },
      { kind: "reply", ref: 1, outcome: { ok: true, value: null } },
      { kind: "kill" },
      { kind: "cancel" },
    ];
    for (const signal of after) expect(await deliver(signal)).toEqual({ kind: "gone" });
  });

  it("refuses a message of more than 1 MB without asking the server", async () => {
    const delivery = await node.send(sender, pid, "big", "x".repeat(1_100_000));
    expect(delivery).toMatchObject({ kind: "gone", error: { kind: "INVALID" } });
    expect(await node.send(sender, pid, "small")).toEqual({ kind: "accepted" });
  });
});
