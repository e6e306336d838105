/** Starting workflows from ordinary code: ids, policies, startup messages, refusals. Source: specification 3.3 and 3.4. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { PayloadRecord, SpawnSpec } from "../../actors/index.js";
import type { Payload, Pid } from "../../mailbox/index.js";
import type { StubSignal } from "../support/stub-workflow.js";
import { connectTemporal, describeTemporal, type TemporalConnection } from "../support/temporal.js";
import { type Listener, openTestNode, type TestNode } from "../support/temporal-host.js";

type More = Partial<Omit<SpawnSpec, "parent">>;

describeTemporal("starting workflows", () => {
  let node: TestNode;
  let plain: TemporalConnection;
  let parent: Listener;
  let id: string;
  beforeAll(async () => {
    node = await openTestNode();
    plain = await connectTemporal();
  });
  afterAll(async () => {
    await node.close();
    await plain.connection.close();
  });
  beforeEach(() => {
    parent = node.processes.open();
    id = `id-${randomUUID()}`;
  });

  const listen = { do: "listen" } as const;
  const spawn = (more: More = {}) => node.host.spawn(node.spec(parent, listen, more));
  const messages = (...topics: string[]) => topics.map((topic, i) => ({ topic, payloads: [i] as Payload[] }));
  const signals = (pid: Pid) => plain.client.workflow.getHandle(pid.id).query<StubSignal[]>("signals");
  const errorOf = async (more: More) => {
    const result = await spawn(more);
    return result.ok ? undefined : result.error;
  };

  it("generates ids that name the boot", async () => {
    const first = await spawn();
    const second = await spawn();
    expect(first).toMatchObject({ ok: true, existed: false });
    if (!first.ok || !second.ok) return;
    expect(first.pid.id).toMatch(new RegExp(`^${node.system.node}-0x0000[0-9a-f]$`));
    expect(second.pid.id).not.toBe(first.pid.id);
    expect(first.pid.text).toBe(`{test:temporal@test:worker|${first.pid.id}}`);
  });

  it("puts parent, relations, context and startup messages into the header, and each argument into a payload", async () => {
    const context = { tenant: "t1" };
    const more = { linkRef: 4, monitorRef: 5, context, messages: messages("a", "b") };
    const spec = node.spec(parent, listen, {
      ...more,
      args: [listen as unknown as Payload, 2, null, { $bytes: "AAE=" }],
    });
    const result = await node.host.spawn(spec);
    if (!result.ok) throw new Error(result.error.message);
    const seen = await plain.client.workflow.getHandle(result.pid.id).query("start");
    expect(seen).toMatchObject({
      args: [listen, 2, null, { $bytes: "AAE=" }],
      header: { ...more, v: 1, pid: result.pid.text },
    });
    expect(seen).toMatchObject({
      header: { parent: parent.pid.text, parentIncarnation: node.system.node, hash: "h1" },
    });
  });

  it("takes the option before the name, and the name before a generated id", async () => {
    const named = await spawn({ name: id });
    const both = await spawn({ name: id, options: { "temporal.workflow.id": `${id}-option` } });
    expect(named).toMatchObject({ ok: true, pid: { id } });
    expect(both).toMatchObject({ ok: true, existed: false, pid: { id: `${id}-option` } });
  });

  it("leads to the running workflow when the name is taken, and delivers the startup messages in order", async () => {
    const first = await spawn({ name: id });
    const bonds = node.client.bonds.size;
    const second = await spawn({ name: id, monitorRef: 1, messages: messages("one", "two", "three") });
    expect(second).toMatchObject({ ok: true, existed: true });
    if (!first.ok || !second.ok) return;
    expect(second.pid.text).toBe(first.pid.text);
    const got = await signals(second.pid);
    expect(got.map(({ name, args }) => [name, args])).toEqual([
      ["one", [0]],
      ["two", [1]],
      ["three", [2]],
    ]);
    expect(got[0]!.header).toMatchObject({ from: parent.pid.text, incarnation: node.system.node });
    // The kernel relates to a process that existed by an envelope of its own.
    expect(node.client.bonds.size).toBe(bonds);
  });

  it.each<{ options: PayloadRecord }>([
    { options: { "temporal.workflow.id_conflict_policy": "fail" } },
    { options: { "workflow.id_conflict_policy": "WORKFLOW-ID-CONFLICT-POLICY-FAIL" } },
    { options: { "temporal.workflow.id_conflict_policy": 1 } },
    { options: { "temporal.workflow.execution_error_when_already_started": true } },
  ])("refuses a taken id with $options and tells who has it", async ({ options }) => {
    const first = await spawn({ name: id });
    const error = await errorOf({ name: id, options, messages: messages("never") });
    if (!first.ok) throw new Error(first.error.message);
    expect(error).toMatchObject({
      kind: "ALREADY_EXISTS",
      retryable: false,
      details: { workflow_id: id, run_id: first.incarnation, pid: first.pid.text },
    });
    expect(await signals(first.pid)).toEqual([]);
  });

  it("terminates the running one when told to, and its watcher hears", async () => {
    const first = await spawn({ name: id, monitorRef: 1 });
    const second = await spawn({ name: id, options: { "temporal.workflow.id_conflict_policy": "terminate_existing" } });
    expect(second).toMatchObject({ ok: true, existed: false });
    const [exit] = await parent.gotExits(1);
    expect(exit).toMatchObject({
      incarnation: first.ok && first.incarnation,
      reason: { kind: "failed", error: { kind: "CANCELED" } },
    });
  });

  it("refuses the id of a closed run with reject_duplicate", async () => {
    await node.start(parent, { do: "return", value: 1 }, { name: id, monitorRef: 1 });
    await parent.gotExits(1);
    expect(
      await errorOf({ name: id, options: { "temporal.workflow.id_reuse_policy": "reject_duplicate" } }),
    ).toMatchObject({
      kind: "ALREADY_EXISTS",
    });
    expect(await spawn({ name: id })).toMatchObject({ ok: true, existed: false });
  });

  it("passes memo, search attributes, summary and time-outs on", async () => {
    const result = await spawn({
      options: {
        "temporal.workflow.memo": { note: "hello" },
        "temporal.workflow.search_attributes": { CustomKeywordField: "k", CustomIntField: 4 },
        "temporal.workflow.run_timeout": "1h30m",
        "temporal.workflow.summary": "short",
      },
    });
    // The attributes must exist in the namespace; a dev server has none of its own.
    if (!result.ok) {
      expect(result.error).toMatchObject({
        kind: "INVALID",
        message: expect.stringMatching(/Custom(Keyword|Int)Field/),
      });
      return;
    }
    const { raw } = await plain.client.workflow.getHandle(result.pid.id).describe();
    expect(Number(raw.executionConfig?.workflowRunTimeout?.seconds)).toBe(5400);
  });

  it.each<[PayloadRecord, string]>([
    [{ "temporal.workflow.id": "" }, "workflow.id cannot be empty"],
    [{ "temporal.workflow.id": 5 }, "temporal.workflow.id must be a string"],
    [{ "temporal.workflow.run_timeout": "soon" }, "temporal.workflow.run_timeout must be a duration"],
    [{ "workflow.id_reuse_policy": "maybe" }, 'workflow.id_reuse_policy has invalid value "maybe"'],
    [{ "temporal.workflow.retry_policy": "often" }, "temporal.workflow.retry_policy must be a table"],
    [{ "temporal.workflow.enable_eager_start": 1 }, "temporal.workflow.enable_eager_start must be a boolean"],
    [{ "temporal.workflow.versioning_override": { mode: "pinned" } }, "versioning_override.version must have"],
    [{ "temporal.workflow.namespace": "elsewhere" }, "temporal.workflow.namespace is elsewhere"],
    [{ "temporal.workflow.search_attributes": { A: { b: 1 } } }, "search attribute A must be"],
  ])("refuses %j and names the option", async (options, text) => {
    expect(await errorOf({ options })).toMatchObject({
      kind: "INVALID",
      retryable: false,
      message: expect.stringContaining(text),
    });
  });

  it("refuses unknown entries, other kinds, and too much data", async () => {
    expect(await errorOf({ entry: "test:nothing" })).toMatchObject({ kind: "NOT_FOUND", message: "factory not found" });
    expect(await errorOf({ entry: "test:plain" })).toMatchObject({
      kind: "INVALID",
      message: expect.stringContaining("process.lua"),
    });
    expect(await errorOf({ args: ["x".repeat(1_100_000)] })).toMatchObject({ kind: "INVALID" });
    expect(await errorOf({ name: "n".repeat(1001) })).toMatchObject({ kind: "INVALID" });
  });
});
