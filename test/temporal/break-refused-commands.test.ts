/** Options that the server would refuse: it fails the whole task then, again and again, so they must never become a command. */
import protos from "@temporalio/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isCron } from "../../durability/temporal/workflow/cron.js";
import { describeTemporal } from "../support/temporal.js";
import { Harness } from "./fixture/harness.js";

const { EventType } = protos.temporal.api.enums.v1;
const long = "q".repeat(1001);
type Heard = { as?: string; kind: string; outcome?: { ok: boolean; error?: { kind: string } } }[];

describeTemporal("a workflow that asks for what the server refuses", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open();
    harness.functions.set("app:double", (n) => (n as number) * 2);
  });

  afterAll(() => harness.close());

  const call = (as: string, options: object) => ({
    kind: "request",
    as,
    request: { kind: "invoke", target: "app:double", args: [1], context: {}, options, key: `key-${as}` },
  });
  const child = (options: object, more: object = {}) => ({
    kind: "spawn",
    entry: "app:script",
    host: "app:worker",
    args: [{ commands: [{ kind: "stop", reason: { kind: "normal", value: 1 } }] }],
    options: { options, ...more },
    as: "child",
  });

  const outcomes = async (commands: readonly { readonly [key: string]: unknown }[]) => {
    const run = await harness.start({ commands, until: commands.length });
    return ((await run.result()) as Heard).map(({ outcome }) => outcome);
  };

  it.concurrent.each([
    ["a queue of a long name", { "activity.task_queue": long }],
    ["a queue of the server's own", { "activity.task_queue": "/_sys/x" }],
    ["a long fairness key", { "activity.priority": { fairness_key: "k".repeat(65) } }],
    ["more attempts than can be counted", { "activity.retry_policy": { maximum_attempts: 1e15 } }],
    ["a time-out beyond all time", { "activity.start_to_close_timeout": 1e300 }],
    ["an id that the SDK gives itself", { "activity.id": "3" }],
  ])("is told INVALID of an activity with %s", async (_, options) => {
    expect(await outcomes([call("a", options)])).toMatchObject([{ ok: false, error: { kind: "INVALID" } }]);
  });

  it.concurrent.each([
    ["a bad cron schedule", { "workflow.cron_schedule": "nonsense" }],
    ["a queue of a long name", { "workflow.task_queue": long }],
    ["a long fairness key", { "workflow.priority": { fairness_key: "k".repeat(65) } }],
    ["more attempts than can be counted", { "workflow.retry_policy": { maximum_attempts: 1e15 } }],
    ["a pause beyond all time", { "workflow.retry_policy": { initial_interval: 1e300 } }],
    ["an id that is not a text", { "workflow.id": "a\ud800b" }],
  ])("is told INVALID of a child with %s", async (_, options) => {
    expect(await outcomes([child(options)])).toMatchObject([{ ok: false, error: { kind: "INVALID" } }]);
  });

  it.concurrent("does not adopt a workflow that has completed where only a failed one may be followed", async () => {
    const options = { "workflow.id_reuse_policy": "allow_duplicate_failed_only" };
    const name = `once-${harness.taskQueue}`;
    const first = await harness.start({ commands: [child(options, { name })], until: 2 });
    expect(await first.result()).toMatchObject([
      { outcome: { ok: true } },
      { kind: "exit", reason: { kind: "normal" } },
    ]);
    expect(await outcomes([child(options, { name })])).toMatchObject([
      { ok: false, error: { kind: "ALREADY_EXISTS" } },
    ]);
  });

  it.concurrent("takes a time-out of 0 for the default", async () => {
    const options = { "activity.start_to_close_timeout": 0 };
    expect(await outcomes([call("a", options)])).toMatchObject([{ ok: true, value: 2 }]);
  });

  it.concurrent("is told of an activity id that is in use, and may use it again afterwards", async () => {
    const same = { "activity.id": "same" };
    const run = await harness.start({ commands: [call("a", same), call("b", same)], until: 3 });
    const kinds = async () => (await run.fetchHistory()).events!.map(({ eventType }) => eventType);
    const heardOfA = (types: unknown[]) =>
      types.includes(EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED) &&
      types.at(-1) === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED;
    while (!heardOfA(await kinds()));
    await run.signal("do", [call("c", same)]);
    const heard = (await run.result()) as Heard;
    const outcome = (name: string) => heard.find(({ as }) => as === name)?.outcome;
    expect(outcome("b")).toMatchObject({ ok: false, error: { kind: "INVALID" } });
    expect([outcome("a"), outcome("c")]).toMatchObject([{ ok: true }, { ok: true }]);
  });

  it.concurrent("gets UNAVAILABLE or NOT_FOUND for messages to places that cannot be", async () => {
    const send = (to: string, as: string, topic = "t") => ({ kind: "send", to, topic, payloads: [], as });
    const sent = await outcomes([
      send(`{${long}@app:worker|x}`, "node"),
      send("{\ud800@app:worker|x}", "text"),
      send(`{app:client@app:worker|${long}}`, "id"),
      send("{app:client@app:worker|\ud800}", "half"),
      send("{app:client@app:worker|x}", "topic", "\ud800"),
    ]);
    expect(sent.map((outcome) => outcome?.ok)).toEqual([false, false, false, false, false]);
  });

  it.concurrent("reaches children of every odd id", async () => {
    for (const name of ["a|b@c}{ü😀", "__proto__", "constructor", "a\u0000b", "ü".repeat(500)]) {
      const run = await harness.start({ commands: [child({}, { name: `${name}` })], until: 2 });
      expect(await run.result()).toMatchObject([
        { as: "child", outcome: { ok: true, value: `{app:client@app:worker|${name}}` } },
        { kind: "exit", from: `{app:client@app:worker|${name}}` },
      ]);
    }
  });
});

describe("a cron schedule", () => {
  it.each([
    "* * * * *",
    "0 12 * * MON-FRI",
    "*/5 0-4,8-12 1,15 jan ?",
    "@daily",
    "@every 1h30m",
    "CRON_TZ=UTC 0 0 * * *",
  ])("is %s", (text) => expect(isCron(text)).toBe(true));
  it.each([
    "",
    "nonsense",
    "* * * *",
    "60 * * * *",
    "5-1 * * * *",
    "*/0 * * * *",
    "@never",
    "@every x",
    "TZ=No/Where @daily",
  ])("is not %s", (text) => expect(isCron(text)).toBe(false));
});
