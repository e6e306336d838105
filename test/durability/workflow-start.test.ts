/** Who wins when the id of a workflow is taken, and what a journal host makes of the options of a start. Source: specification 3.3, 3.4. */
import { describe, expect, it } from "vitest";
import type { PayloadRecord } from "../../actors/index.js";
import {
  type ConflictPolicy,
  conflictPolicyFor,
  decideStart,
  type ExistingRun,
  planJournalStart,
  type ReusePolicy,
  type StartPolicies,
} from "../../durability/workflow/index.js";
import { type ExitReason, failure, makePid } from "../../mailbox/index.js";

describe("the conflict policy of a start", () => {
  it.each<[StartPolicies, boolean, ConflictPolicy]>([
    [{}, false, "FAIL"],
    [{}, true, "USE_EXISTING"],
    [{ errorWhenStarted: true }, true, "FAIL"],
    [{ errorWhenStarted: true }, false, "FAIL"],
    [{ errorWhenStarted: false }, true, "USE_EXISTING"],
    [{ errorWhenStarted: false }, false, "USE_EXISTING"],
    [{ errorWhenStarted: true, conflictPolicy: "USE_EXISTING" }, true, "USE_EXISTING"],
    [{ errorWhenStarted: false, conflictPolicy: "FAIL" }, true, "FAIL"],
    [{ conflictPolicy: "TERMINATE_EXISTING" }, false, "TERMINATE_EXISTING"],
    [{ reusePolicy: "TERMINATE_IF_RUNNING" }, true, "TERMINATE_EXISTING"],
    [{ reusePolicy: "TERMINATE_IF_RUNNING", conflictPolicy: "FAIL" }, true, "FAIL"],
    [{ reusePolicy: "REJECT_DUPLICATE" }, true, "USE_EXISTING"],
  ])("of %j with an id: %s is %s", (policies, idIsGiven, expected) => {
    expect(conflictPolicyFor(policies, idIsGiven)).toBe(expected);
  });
});

const pid = makePid("node", "app:host", "order-1");
const run = { pid, runId: "r1" };
const endings: readonly ExitReason[] = [
  { kind: "normal", value: 1 },
  { kind: "failed", error: failure("INTERNAL", "boom") },
  { kind: "cancelled", reason: "" },
  { kind: "killed" },
];

type State = "none" | "open" | ExitReason["kind"];

const existing = (state: State): ExistingRun | undefined => {
  if (state === "none") return undefined;
  if (state === "open") return { ...run, open: true };
  return { ...run, open: false, reason: endings.find((reason) => reason.kind === state)! };
};

/** What Temporal's server answered for each row (of the ends, for a terminated run). */
const table: readonly (readonly [ReusePolicy, ConflictPolicy, { readonly [state in State]?: string }])[] = (
  [
    ["ALLOW_DUPLICATE", { normal: "start", failed: "start", cancelled: "start", killed: "start" }],
    ["ALLOW_DUPLICATE_FAILED_ONLY", { normal: "taken", failed: "start", cancelled: "start", killed: "start" }],
    ["REJECT_DUPLICATE", { normal: "taken", failed: "taken", cancelled: "taken", killed: "taken" }],
    ["TERMINATE_IF_RUNNING", { normal: "start", failed: "start", cancelled: "start", killed: "start" }],
  ] as const
).flatMap(([reuse, closed]) =>
  (
    [
      ["FAIL", "taken"],
      ["USE_EXISTING", "use"],
      ["TERMINATE_EXISTING", "replace"],
    ] as const
  ).map(([conflict, open]) => [reuse, conflict, { none: "start", open, ...closed }] as const),
);

describe("a start under an id", () => {
  const cases = table
    .filter(([reuse, conflict]) => reuse !== "REJECT_DUPLICATE" || conflict !== "TERMINATE_EXISTING")
    .flatMap(([reusePolicy, conflictPolicy, row]) =>
      Object.entries(row).map(([state, expected]) => ({ reusePolicy, conflictPolicy, state, expected })),
    );

  it.each(cases)("$reusePolicy, $conflictPolicy, $state: $expected", ({ state, expected, ...policies }) => {
    const decision = decideStart(policies, existing(state as State));
    expect(typeof decision === "string" ? decision : "taken").toBe(expected);
  });

  it("is free for new runs unless told otherwise", () => {
    expect(decideStart({ conflictPolicy: "FAIL" }, existing("normal"))).toBe("start");
  });

  it("that is taken names the run that has it", () => {
    expect(decideStart({ conflictPolicy: "FAIL" }, existing("open"))).toEqual({
      kind: "ALREADY_EXISTS",
      message: "workflow order-1 has already been started",
      retryable: false,
      details: { workflow_id: "order-1", run_id: "r1", pid: pid.text },
    });
  });

  it.each<State>(["none", "open", "normal", "killed"])("cannot replace what it must reject (%s)", (state) => {
    const policies = { conflictPolicy: "TERMINATE_EXISTING", reusePolicy: "REJECT_DUPLICATE" } as const;
    expect(decideStart(policies, existing(state))).toMatchObject({ kind: "INVALID", retryable: false });
  });
});

describe("a start on a journal host", () => {
  const plan = (options: PayloadRecord, defaults: PayloadRecord = {}, as: "start" | "child" = "start", name?: string) =>
    planJournalStart(defaults, { options, ...(name === undefined ? {} : { name }) }, as);

  it("needs no option", () => {
    const plain = { conflictPolicy: "FAIL", reusePolicy: "ALLOW_DUPLICATE" };
    expect(plan({})).toEqual({ ...plain, parentClosePolicy: "ABANDON" });
    expect(plan({}, {}, "child")).toEqual({ ...plain, parentClosePolicy: "TERMINATE" });
  });

  it("takes the id from the option, then from the name", () => {
    expect(plan({ "temporal.workflow.id": "a" }, {}, "start", "b")).toMatchObject({
      id: "a",
      conflictPolicy: "USE_EXISTING",
    });
    expect(plan({}, {}, "start", "b")).toMatchObject({ id: "b", conflictPolicy: "USE_EXISTING" });
    expect(plan({}, { "workflow.id": "c" }, "start", "b")).toMatchObject({ id: "c" });
  });

  it("reads policies and times over the entry's defaults", () => {
    const defaults = {
      "workflow.run_timeout": "1m",
      "workflow.execution_timeout": "1h",
      "workflow.id_reuse_policy": "reject_duplicate",
    };
    const options = {
      "temporal.workflow.run_timeout": "2m",
      "temporal.workflow.id_conflict_policy": "fail",
      "temporal.workflow.start_delay": 500,
      "temporal.workflow.memo": { a: 1 },
      "temporal.workflow.parent_close_policy": "abandon",
    };
    const expected = {
      conflictPolicy: "FAIL",
      reusePolicy: "REJECT_DUPLICATE",
      runTimeoutMs: 120_000,
      executionTimeoutMs: 3_600_000,
      memo: { a: 1 },
      parentClosePolicy: "ABANDON",
    };
    expect(plan(options, defaults)).toEqual({ ...expected, startDelayMs: 500 });
    expect(plan(options, defaults, "child")).toEqual(expected);
    expect(plan({ "workflow.run_timeout": 0 }, defaults)).not.toHaveProperty("runTimeoutMs");
  });

  it("leaves out for a child what a child has not", () => {
    const options = { "workflow.execution_error_when_already_started": true };
    expect(plan(options, {}, "child", "a")).toMatchObject({ conflictPolicy: "USE_EXISTING" });
    expect(plan(options, {}, "start", "a")).toMatchObject({ conflictPolicy: "FAIL" });
    const reuse = { "workflow.id_reuse_policy": "terminate_if_running" };
    expect(plan(reuse)).toMatchObject({ conflictPolicy: "TERMINATE_EXISTING" });
    expect(plan(reuse, {}, "child")).toMatchObject({
      kind: "INVALID",
      message: 'workflow.id_reuse_policy has invalid value "terminate_if_running"',
    });
  });

  it.each<[string, PayloadRecord[string]]>([
    ["cron_schedule", "* * * * *"],
    ["retry_policy", { maximum_attempts: 3 }],
    ["search_attributes", { a: "b" }],
    ["typed_search_attributes", { a: "b" }],
    ["versioning_override", "auto_upgrade"],
    ["namespace", "default"],
  ])("refuses %s, wherever it comes from", (name, value) => {
    const key = `temporal.workflow.${name}`;
    const refusal = (origin: string) => ({
      kind: "INVALID",
      message: `${key}${origin} needs a temporal.worker: a journal host cannot honour it`,
      retryable: false,
    });
    expect(plan({ [key]: value })).toEqual(refusal(""));
    expect(plan({}, { [key]: value }, "child")).toEqual(refusal(", given in the entry's meta.options,"));
  });

  it("ignores what changes no meaning, and what is empty", () => {
    const options = {
      "workflow.task_queue": "q",
      "workflow.task_timeout": "10s",
      "workflow.enable_eager_start": true,
      "workflow.priority": { priority_key: 1 },
      "workflow.static_summary": "s",
      "workflow.details": "d",
      "workflow.cron_schedule": "",
      "workflow.search_attributes": [],
      "other.host": 1,
    };
    expect(plan(options)).toEqual(plan({}));
  });

  it.each<[PayloadRecord, string]>([
    [{ "workflow.id": "" }, "workflow.id cannot be empty"],
    [{ "workflow.id": "x".repeat(1001) }, "workflow.id is longer than 1000 bytes, or not a text"],
    [{ "temporal.workflow.task_queue": 5 }, "temporal.workflow.task_queue must be a string"],
    [{ "workflow.summary": 5 }, "workflow.summary must be a string"],
    [{ "workflow.memo": "x" }, "workflow.memo must be a table"],
    [{ "workflow.id_conflict_policy": "maybe" }, 'workflow.id_conflict_policy has invalid value "maybe"'],
  ])("calls wrong what is wrong on every host: %j", (options, message) => {
    expect(plan(options)).toEqual({ kind: "INVALID", message, retryable: false });
  });
});
