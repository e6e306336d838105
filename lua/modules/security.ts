/** The module `security`: who acts and under which policies, as carried from process to process. Nothing is denied in this version. */
import type { PayloadRecord } from "../../actors/index.js";
import type { Call } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { recordOf } from "../value.js";
import { fail } from "./answers.js";
import { type Actor, actorOf, checkQuestion, type Scope, scopeOf } from "./security/values.js";

export { createSecurityTypes, type SecurityTypes } from "./security/values.js";

/** Of one process, so that it sees the same objects each time. */
interface Carried {
  readonly actor: Actor | undefined;
  readonly scope: Scope | undefined;
}

/**
 * - `security.actor()`, `security.scope()`: those that came with the start of this process, the same object each time, or nil.
 * - `security.can(action, resource, meta?)`: true. A question of the wrong form raises.
 * - `security.new_actor(id, meta?)`, `security.new_scope(policies?)`: values for `with_actor` and `with_scope`; raise for what they cannot
 *   be made of.
 * - `security.policy(id)`, `security.named_scope(id)`, `security.token_store(id)`: nil and NOT_FOUND, as no application has any.
 */
export const securityModule: ModuleDefinition = {
  name: "security",
  build({ engine, security }) {
    const absent = (what: string) => (call: Call<LuaProcess>) =>
      fail(call, "NOT_FOUND", `there is no ${what} ${call.checkString(1)}: this version has none`);
    return engine.library({
      actor: (call) => {
        const { actor } = carried(call.owner);
        call.push(actor && security.actor.wrap(actor));
      },
      scope: (call) => {
        const { scope } = carried(call.owner);
        call.push(scope && security.scope.wrap(scope));
      },
      can: (call) => {
        checkQuestion(call, 1);
        call.push(true);
      },
      new_actor: (call) => {
        const id = call.checkString(1);
        if (id === "") call.argumentError(1, "the id cannot be empty");
        call.push(security.actor.wrap({ id, meta: givenMeta(call) }));
      },
      new_scope: (call) => call.push(security.scope.wrap({ policies: givenPolicies(call) })),
      policy: absent("policy"),
      named_scope: absent("scope"),
      token_store: absent("token store"),
    });
  },
};

function carried(owner: LuaProcess): Carried {
  const { context } = owner.self;
  return owner.state("security", () => ({ actor: actorOf(context), scope: scopeOf(context) }));
}

function givenMeta(call: Call<LuaProcess>): PayloadRecord {
  const table = call.optTable(2);
  if (table === undefined) return {};
  const result = recordOf(call.owner.shared, table, "meta");
  if ("error" in result) return call.raise(call.owner.shared.pushableError(result.error));
  return result.record;
}

function givenPolicies(call: Call<LuaProcess>): string[] {
  const table = call.optTable(1);
  const ids = new Set<string>();
  for (const [key, item] of table?.entries() ?? []) {
    const policy = call.owner.shared.security.policy.unwrap(item);
    if (policy === undefined) {
      return call.argumentError(1, `item ${call.engine.text(key)} is no policy, but a ${call.engine.typeOf(item)}`);
    }
    ids.add(policy.id);
  }
  return [...ids];
}
