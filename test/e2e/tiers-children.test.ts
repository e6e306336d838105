/** Children on every durable tier: how they start, what is heard of their ends, and what the end of a parent means for them. */
import { describe } from "vitest";
import { onTiers, without } from "./tiers.js";

const same = onTiers("children");
const ends = ["text", "raise", "returned", "raised", "wrapped", "retryable"];

describe.each([
  { of: "a workflow", entry: "t:flow" as const },
  { of: "a process in memory", entry: "t:outside" as const },
])("children of $of", ({ of, entry }) => {
  const told = (name: string, arg: string | null = null) =>
    same(`${of}: ${name}${arg === null ? "" : ` ${arg}`}`, (tier) => tier.run(entry, name, arg));

  for (const how of ["spawn_monitored", "spawn_linked_monitored"]) told("spawned", how);
  told("executed");
  told("workflow_executed_ok");
  for (const how of ends) told("failing", how);
  told("linked_ok");
  told("linked_trapped", "spawn_linked_monitored");
  told("linked_dies");
  told("in_memory", "spawn_monitored");
  told("terminated");
  for (const arg of [null, "a reason", "10s"]) told("cancelled", arg);
  told("many");
  // Unknown entries: Temporal says less about them. Functions: INVALID there, and NOT_FOUND here as on hosts in memory.
  same(`${of}: refused`, (tier) => without(tier.run(entry, "refused"), "details"));
});

describe("what only workflows have", () => {
  same("a plain spawn is monitored", (tier) => tier.run("t:flow", "spawned", "spawn"));
  same("unmonitor of a child", (tier) => tier.run("t:flow", "unmonitored"));
  same("workflow.exec that is refused", (tier) => without(tier.run("t:flow", "workflow_refused"), "details"));
});

describe("the parent close policies", () => {
  for (const how of ["nothing", "returned", "terminated"]) {
    same(`of a parent that ends by ${how}`, (tier) =>
      tier.run("t:outside", "closing", { ends: how, prefix: `${tier.name}-${how}-${process.pid}-` }),
    );
  }
});
