/** Messages, calls, bonds, cancels and names on every durable tier. */
import { describe } from "vitest";
import type { Payload } from "../../mailbox/index.js";
import { onTiers, without } from "./tiers.js";

const same = onTiers("messages");
const scripts = [
  "sent",
  "bounced",
  "asked",
  "gone",
  "bonds",
  "linked_by",
  "takes_along",
  "cancelled",
  "overdue",
  "killed",
];

const pairs = [
  { from: "a workflow", entry: "t:flow" as const, to: "a workflow", where: "flows" },
  { from: "a workflow", entry: "t:flow" as const, to: "a process in memory", where: "memory" },
  { from: "a process in memory", entry: "t:outside" as const, to: "a workflow", where: "flows" },
];

describe.each(pairs)("$from to $to", ({ from, entry, to, where }) => {
  for (const name of scripts) {
    // Whether a call met the end of its callee or came after it is a matter of time.
    const vague = name === "asked" ? ["message"] : [];
    same(`${from} to ${to}: ${name}`, (tier) => without(tier.run(entry, name, where), ...vague));
  }
});

describe.each(pairs.slice(1))("$from by itself", ({ from, entry }) => {
  const alone: readonly (readonly [string, Payload])[] = [
    ["late", false],
    ["late", true],
    ["channels", null],
    ["names", null],
    ["ends_itself", "cancel"],
  ];
  for (const [name, arg] of alone) same(`${from}: ${name} ${arg}`, (tier) => tier.run(entry, name, arg));
  same(`${from}: invalid`, (tier) => tier.run(entry, "invalid"));
});
