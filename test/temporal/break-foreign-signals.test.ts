/** What anybody with access to the namespace may write to a workflow must not make its tasks fail. On the real server. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { headerKey, kernelSignal } from "../../durability/temporal/workflow/protocol.js";
import { describeTemporal } from "../support/temporal.js";
import { Harness } from "./fixture/harness.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const payload = (encoding: string, text: string) => ({ metadata: { encoding: bytes(encoding) }, data: bytes(text) });
const json = (value: unknown) => payload("json/plain", JSON.stringify(value));
const header = (more: object) => ({ [headerKey]: json({ v: 1, from: "", incarnation: "", seq: 0, ...more }) });
const envelope = (from: string, sig: object) => [json({ v: 1, from, inc: "", to: "{a|c}", seq: 0, sig })];

describeTemporal("a signal", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open();
  });

  afterAll(() => harness.close());

  /** What the workflow heard, when it is told to stop right after the signal. */
  const heardAfter = async (signalName: string, payloads: readonly object[], fields: object = {}) => {
    const run = await harness.start({});
    await harness.client.workflowService.signalWorkflowExecution({
      namespace: "default",
      workflowExecution: { workflowId: run.workflowId },
      signalName,
      requestId: randomUUID(),
      input: { payloads: payloads as never },
      header: { fields: fields as never },
    });
    await run.signal("stop");
    const heard = await run.result();
    const { events } = await run.fetchHistory();
    expect(events!.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
    return heard;
  };

  it.concurrent.each([
    ["whose header is not JSON", "t", [], { [headerKey]: payload("json/plain", "{bad") }],
    ["whose header has an unknown encoding", "t", [], { [headerKey]: payload("binary/what", "x") }],
    ["whose header is null", "t", [], { [headerKey]: json(null) }],
    ["whose call has a chain of nothing", "t", [], header({ call: { ref: 1, chain: [null] } })],
    ["whose call has no chain", "t", [], header({ call: { ref: 1 } })],
    ["whose number is below zero", "t", [], header({ from: "{a|b}", seq: -1 })],
    ["whose argument is encrypted", "t", [payload("binary/encrypted", "zz")], {}],
    ["whose argument is not JSON", "t", [payload("json/plain", "{zz")], {}],
    ["whose argument says nothing of its encoding", "t", [{ data: bytes("zz") }], {}],
    ["with a name of the SDK", "__temporal_x", [], {}],
    ["with the name of a query of the SDK", "__stack_trace", [], {}],
    ["of the kernel without an envelope", kernelSignal, [], {}],
  ])("%s is refused and harms nobody", async (_, name, payloads, fields) => {
    expect(await heardAfter(name, payloads, fields)).toEqual([]);
  });

  it.concurrent.each([
    ["a link from a node of a very long name", `{${"n".repeat(2000)}@h|x}`, { kind: "link", ref: 7 }],
    ["a link from a node that is not a text", "{\ud800@h|x}", { kind: "link", ref: 7 }],
    ["a link from a workflow without an id", "{app:client@app:worker|}", { kind: "link", ref: 7 }],
    [
      "an exit over refs that never were",
      "{a|b}",
      { kind: "exit", via: "link", refs: [1, -1, 0], reason: { kind: "killed" } },
    ],
  ])("%s has no effect", async (_, from, sig) => {
    expect(await heardAfter(kernelSignal, envelope(from, sig))).toEqual([]);
  });

  it.concurrent("a cancel with a deadline beyond all time is an event as any other", async () => {
    const heard = await heardAfter(kernelSignal, envelope("{a|b}", { kind: "cancel", withinMs: 1e300 }));
    expect(heard).toMatchObject([{ kind: "cancel" }]);
  });

  it.concurrent.each(["__proto__", "constructor", "toString", "then", "ünï😀", "x".repeat(255)])(
    "named %s is a message of that topic",
    async (topic) => {
      expect(await heardAfter(topic, [json({ __proto__: 1 })])).toMatchObject([{ kind: "message", topic }]);
    },
  );
});
