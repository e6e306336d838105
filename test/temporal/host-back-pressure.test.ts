/** What the outbox does when the server refuses for now: repeats in order, the same request each time, and an end to it. No server. */
import type { Connection } from "@temporalio/client";
import { describe, expect, it } from "vitest";
import { Outbox, Signals } from "../../durability/temporal/deliver.js";
import { Rpc } from "../../durability/temporal/rpc.js";
import { type Delivery, type Envelope, makePid } from "../../mailbox/index.js";

interface SignalRequest {
  readonly requestId: string;
  readonly signalName: string;
}

class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const limit = () => new Refusal(3, "exceeded workflow execution limit for signal events");

/** A service that answers each signal as it is told to; undefined accepts. */
function world(answer: (request: SignalRequest, asked: number) => Refusal | undefined, deadlineMs = 2_000) {
  const asked: SignalRequest[] = [];
  const states: boolean[] = [];
  const service = {
    async signalWorkflowExecution(request: SignalRequest): Promise<object> {
      asked.push(request);
      const refusal = answer(request, asked.length);
      if (refusal !== undefined) throw refusal;
      return {};
    },
  };
  const connection = {
    workflowService: service,
    withDeadline: <T>(_at: number, run: () => Promise<T>) => run(),
  } as unknown as Connection;
  const who = { address: "here", namespace: "n", identity: "i" };
  const signals = new Signals(new Rpc(connection, who, (up) => states.push(up)));
  const outbox = new Outbox(deadlineMs);
  const send = (topic: string): Promise<Delivery> => {
    const envelope: Envelope = {
      from: makePid("boot", "a:b", "1"),
      incarnation: "boot",
      to: makePid("a:client", "a:worker", "w"),
      seq: 0,
      signal: { kind: "message", topic, payloads: [] },
    };
    return outbox.enqueue("w", (deadline) => signals.message(envelope, envelope.signal as never, deadline));
  };
  return { asked, states, outbox, send };
}

describe("back-pressure", () => {
  it("repeats a refused signal with the same request id, and keeps what comes after behind it", async () => {
    const { asked, send, outbox } = world((_, count) => (count <= 2 ? limit() : undefined));
    const deliveries = await Promise.all([send("one"), send("two")]);
    expect(deliveries).toEqual([{ kind: "accepted" }, { kind: "accepted" }]);
    expect(asked.map(({ signalName }) => signalName)).toEqual(["one", "one", "one", "two"]);
    expect(new Set(asked.slice(0, 3).map(({ requestId }) => requestId)).size).toBe(1);
    expect(asked[3]!.requestId).not.toBe(asked[0]!.requestId);
    expect(outbox.size).toBe(0);
  });

  it("answers UNAVAILABLE once the deadline has passed, for all that wait", async () => {
    const { send } = world(() => limit(), 300);
    const before = performance.now();
    const deliveries = await Promise.all([send("one"), send("two"), send("three")]);
    for (const delivery of deliveries)
      expect(delivery).toMatchObject({ kind: "unreachable", error: { kind: "UNAVAILABLE" } });
    expect(performance.now() - before).toBeLessThan(1_500);
  });

  it("does not repeat what can never succeed", async () => {
    const { asked, send } = world(() => new Refusal(3, "Blob data size exceeds limit."));
    expect(await send("one")).toMatchObject({ kind: "gone", error: { kind: "INVALID" } });
    expect(asked).toHaveLength(1);
  });

  it("tells when the service is out of reach, and when it is back", async () => {
    const { states, send } = world((_, count) => (count <= 2 ? new Refusal(14, "no connection") : undefined));
    expect(await send("one")).toEqual({ kind: "accepted" });
    expect(states).toEqual([false, true]);
  });
});
