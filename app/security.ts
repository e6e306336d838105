/** The actor and the policies of a service, as the context of what it starts. Nothing is decided here. */
import { actorKey, type PayloadRecord, scopeKey } from "../actors/index.js";
import { toPayload } from "../mailbox/index.js";
import type { EntryOf } from "./entries.js";

type Security = EntryOf<"process.service">["lifecycle"]["security"];

/** Groups are sets of policies, of which this version has none. */
export function securityContext(security: Security): PayloadRecord {
  if (security === undefined) return {};
  const { actor, policies } = security;
  return {
    ...(actor === undefined ? {} : { [actorKey]: { id: actor.id, meta: toPayload(actor.meta) } }),
    [scopeKey]: { policies },
  };
}
