/** Messages, calls, bonds, cancels and names on every durable tier. */
import { describe } from "vitest";
import { onTiers } from "./tiers.js";

const same = onTiers("messages.lua");

describe("probe", () => {
  for (const entry of ["t:flow", "t:outside"] as const) {
    for (const where of ["flows", "memory"]) {
      for (const name of ["sent", "bounced", "asked", "gone", "bonds", "linked_by", "takes_along", "cancelled", "overdue", "killed"]) {
        if (entry === "t:outside" && where === "memory") continue;
        same(`${entry} ${name} ${where}`, (tier) => tier.run(entry, name, where), "?");
      }
    }
    for (const [name, arg] of [["late", false], ["late", true], ["invalid", null], ["channels", null], ["names", null], ["ends_itself", "cancel"]] as const) same(`${entry} ${name} ${arg}`, (tier) => tier.run(entry, name, arg), "?");
  }
  same(`terminate self`, async (tier) => {
    const outcome = await tier.app.client.exec("t:flow", "t:flows", ["ends_itself", "terminate"]);
    return outcome as never;
  }, "?");
});
