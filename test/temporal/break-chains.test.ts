/** Run chains that outlive their first run, and two clients that share a namespace. */
import { expect, it } from "vitest";
import { openTemporalClient, type TemporalNode } from "../../durability/temporal/index.js";
import { grpc, type Rpc } from "../../durability/temporal/rpc.js";
import { ChainWatcher } from "../../durability/temporal/watch.js";
import { type ExitReason, makePid } from "../../mailbox/index.js";
import { describeTemporal, temporalAddress } from "../support/temporal.js";
import { clientId, ListenerHost, stubWorld, testSystem } from "../support/temporal-host.js";

/** A server that has forgotten the closed runs of a chain; `current` is what it knows of the workflow now. */
function forgetful(current: { runId: string; firstRunId: string }): Rpc {
  const service = {
    describeWorkflowExecution: async () => ({
      workflowExecutionInfo: { execution: { runId: current.runId }, firstRunId: current.firstRunId, status: 1 },
    }),
    getWorkflowExecutionHistory: async ({ execution: { runId } }: { execution: { runId: string } }) => {
      if (runId !== current.runId) throw Object.assign(new Error("not found"), { code: grpc.notFound });
      return { history: { events: [{ workflowExecutionCompletedEventAttributes: {} }] } };
    },
  };
  const ask = (what: (from: typeof service) => unknown) => what(service);
  return {
    namespace: "n",
    call: ask,
    longPoll: (_: AbortSignal, what: typeof ask) => ask(what as never),
  } as unknown as Rpc;
}

const endOf = (rpc: Rpc) =>
  new Promise<ExitReason>((resolve) => {
    new ChainWatcher(rpc).watch({ workflowId: "w", firstRunId: "first" }, resolve);
  });

it("goes on watching a chain whose first run the server has forgotten", async () => {
  expect(await endOf(forgetful({ runId: "third", firstRunId: "first" }))).toEqual({ kind: "normal", value: null });
});

it("does not take a later chain of the same id for it", async () => {
  expect(await endOf(forgetful({ runId: "other", firstRunId: "other" }))).toEqual({ kind: "noproc" });
});

describeTemporal("two clients of one namespace in one node", () => {
  it("tell of the ends of each other's workflows, whichever takes the link", async () => {
    const system = testSystem();
    const processes = new ListenerHost(system.node);
    system.attach(processes);
    const nodes = new Map<string, TemporalNode>();
    const world = {
      ...stubWorld("q"),
      workers: { a: { client: clientId, taskQueue: "q" }, b: { client: "test:other", taskQueue: "r" } },
    };
    for (const id of [clientId, "test:other"]) {
      const client = { id, address: temporalAddress(), temporalNamespace: "default" };
      const opened = await openTemporalClient({ client, system, world, peer: (id) => nodes.get(id) });
      if ("kind" in opened) throw new Error(opened.message);
      nodes.set(id, opened);
    }
    const listener = processes.open();
    const from = makePid(clientId, "a", "none");
    const link = {
      from,
      incarnation: "5b5b1bd8-0000-4000-8000-000000000000",
      to: listener.pid,
      seq: 0,
      signal: { kind: "link", ref: 1 },
    } as const;
    expect(await nodes.get("test:other")!.receive(link)).toMatchObject({ kind: "accepted" });
    await nodes.get("test:other")!.receive({ ...link, signal: { kind: "unlink", refs: [1] } });
    await nodes.get("test:other")!.receive(link);
    expect((await listener.gotExits(1))[0]).toMatchObject({ via: "link", reason: { kind: "noproc" } });
    expect([...nodes.values()].map(({ bonds, chains }) => [bonds.size, chains.size])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    for (const node of nodes.values()) await node.close(1000);
  });
});
