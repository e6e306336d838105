/** Children on every durable tier: starts, ends, and what the end of a parent means for them. */
import { describe } from "vitest";
import { onTiers } from "./tiers.js";

const same = onTiers("children.lua");
describe("probe", () => {
  for (const entry of ["t:flow", "t:outside"] as const) {
    for (const [name, arg] of [
      ["spawned", "spawn_monitored"], ["spawned", "spawn_linked_monitored"], ["unmonitored", null], ["executed", null], ["workflow_executed", null],
      ...["text", "raise", "returned", "raised", "wrapped", "retryable"].map((how) => ["failing", how]),
      ["linked_trapped", "spawn_linked_monitored"], ["linked_dies", null],
      ["in_memory", "spawn_monitored"], ["terminated", null], ["cancelled", null], ["cancelled", "a reason"], ["cancelled", "10s"], ["many", null], ["refused", null],
    ] as [string, string | null][]) {
      if (entry === "t:outside" && name === "unmonitored") continue;
      same(`${entry} ${name} ${arg}`, (tier) => tier.run(entry, name, arg), "?");
    }
  }
  for (const ends of ["nothing", "returned", "terminated"]) {
    same(`closing ${ends}`, (tier) => tier.run("t:outside", "closing", { ends, prefix: `${tier.name}${ends}${process.pid}-` }), "?");
  }
});
