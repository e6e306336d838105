/** Function calls of workflows, and values, on every durable tier. */
import { describe } from "vitest";
import { corpus } from "../conformance/corpus.js";
import { onTiers } from "./tiers.js";

const same = onTiers("activities.lua");

describe("probe", () => {
  for (const name of ["results", "refused", "twice_open", "third", "paused", "timed_out_again", "final_time_out", "too_big", "beside", "chance", "times", "numbers", "unsendable", "info"])
    same(name, (tier) => tier.run("t:flow", name), "?");
  same("info outer", (tier) => tier.run("t:outside", "exec" as never === "" ? "" : "info_outer_missing"), "?");
  for (const how of ["text", "raise", "returned", "raised", "wrapped"]) same(`failing ${how}`, (tier) => tier.run("t:flow", "failing", how), "?");
  for (const [how, policy] of [["text", {}], ["raise", {}], ["returned", {}], ["retryable", {}], ["retryable", { non_retryable_error_types: ["Unavailable"] }], ["raise", { non_retryable_error_types: "INTERNAL" }], ["raise", { maximumAttempts: 2, maximum_attempts: null }], ["value", {}], ["raise", { maximum_interval: "10ms", backoff_coefficient: 10 }]] as const)
    same(`retried ${how} ${JSON.stringify(policy)}`, (tier) => tier.run("t:flow", "retried", { how, policy }), "?");
  const once = { maximum_attempts: 1 };
  for (const arg of [
    { "activity.start_to_close_timeout": "1s", "activity.retry_policy": once },
    { "temporal.activity.start_to_close_timeout": 1000, "activity.retry_policy": once },
    { "activity.schedule_to_close_timeout": "1s" },
    { "activity.schedule_to_close_timeout": "1s", "activity.start_to_close_timeout": "600ms", "activity.retry_policy": { initial_interval: "1s" } },
    { "activity.schedule_to_close_timeout": "1500ms", "activity.start_to_close_timeout": "1s", "activity.retry_policy": { initial_interval: "10ms" } },
  ])
    same(`timed_out ${JSON.stringify(arg)}`, (tier) => tier.run("t:flow", "timed_out", arg), "?");
  same("context", (tier) => tier.run("t:flow", "context", null, { context: { tenant: "acme", limits: { daily: [1, 2] }, flag: false } }), "?");
  same("corpus", (tier) => tier.run("t:flow", "corpus", [...corpus.slice(1)]), "?");
  for (const how of ["two", "text", "error", "false", "table", "raise table", "raise nil", "coroutine", "loop"]) same(`outcome ${how}`, (tier) => tier.run("t:flow", "outcome", how), "?");
});
