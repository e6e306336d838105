/** Function calls of workflows, what a workflow knows of itself, and values, on every durable tier. */
import { describe } from "vitest";
import type { PayloadRecord } from "../../actors/index.js";
import { corpus } from "../conformance/corpus.js";
import { onTiers, without } from "./tiers.js";

const same = onTiers("activities");
const told = (name: string) => same(name, (tier) => tier.run("t:flow", name));

describe("function calls", () => {
  told("results");
  told("futures");
  same("as_function", (tier) => tier.run("t:outside", "as_function"));
  // Temporal says in other words why a function is no activity.
  same("refused", (tier) => tier.run("t:flow", "refused"));
  same("not_found", (tier) => without(tier.run("t:flow", "not_found"), "message", "details"));
  for (const name of ["twice_open", "third", "paused", "timed_out_again", "final_time_out", "too_big", "beside"])
    told(name);
  for (const how of ["text", "raise", "returned", "raised", "wrapped"]) {
    same(`failing ${how}`, (tier) => tier.run("t:flow", "failing", how));
  }
  const policies: readonly (readonly [how: string, policy: PayloadRecord])[] = [
    ["value", {}],
    ["text", {}],
    ["raise", {}],
    ["returned", {}],
    ["retryable", {}],
    ["retryable", { non_retryable_error_types: ["Unavailable"] }],
    ["raise", { non_retryable_error_types: "INTERNAL" }],
    ["raise", { maximum_interval: "10ms", backoff_coefficient: 10 }],
  ];
  for (const [how, policy] of policies) {
    same(`retried ${how} ${JSON.stringify(policy)}`, (tier) => tier.run("t:flow", "retried", { how, policy }));
  }
  const once = { maximum_attempts: 1 };
  const limits: readonly PayloadRecord[] = [
    { "activity.start_to_close_timeout": "1s", "activity.retry_policy": once },
    { "temporal.activity.start_to_close_timeout": 1000, "activity.retry_policy": once },
    { "activity.schedule_to_close_timeout": "1s" },
    {
      "activity.schedule_to_close_timeout": "1s",
      "activity.start_to_close_timeout": "600ms",
      "activity.retry_policy": { initial_interval: "1s" },
    },
    {
      "activity.schedule_to_close_timeout": "1500ms",
      "activity.start_to_close_timeout": "1s",
      "activity.retry_policy": { initial_interval: "10ms" },
    },
  ];
  for (const arg of limits) same(`timed_out ${JSON.stringify(arg)}`, (tier) => tier.run("t:flow", "timed_out", arg));
  same("actor", (tier) => {
    const context = { tenant: "acme", "@actor": { id: "ann", meta: {} } };
    return tier.run("t:flow", "actor", null, { context });
  });
  same("context", (tier) => {
    const context = { tenant: "acme", limits: { daily: [1, 2] }, flag: false };
    return tier.run("t:flow", "context", null, { context });
  });
});

describe("values and time", () => {
  for (const name of ["info", "chance", "times", "numbers"]) told(name);
  same("corpus", (tier) => tier.run("t:flow", "corpus", corpus.slice(1)));
  same("unsendable", (tier) => tier.run("t:flow", "unsendable"));
});

describe("the ways to end", () => {
  for (const how of ["two", "text", "error", "false", "table", "raise nil", "coroutine"]) {
    same(`outcome ${how}`, (tier) => tier.run("t:flow", "outcome", how));
  }
  // How large the budget was is not the same everywhere.
  same("outcome loop", (tier) => without(tier.run("t:flow", "outcome", "loop"), "message"));
});
