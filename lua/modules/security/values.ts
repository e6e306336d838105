/** Actors, scopes and policies as Lua values, and the form in which a context carries them. No decision is made here. */
import { actorKey, type PayloadRecord, scopeKey } from "../../../actors/index.js";
import { isRecord, type Payload } from "../../../mailbox/index.js";
import type { Call, Engine, UserdataType } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";

/** Who acts. */
export interface Actor {
  readonly id: string;
  readonly meta: PayloadRecord;
}

/** A policy is no more than its id: this version evaluates none. */
export interface Policy {
  readonly id: string;
}

/** Under which policies somebody acts. */
export interface Scope {
  /** Ids, each once. */
  readonly policies: readonly string[];
}

export interface SecurityTypes {
  readonly actor: UserdataType<Actor>;
  readonly scope: UserdataType<Scope>;
  readonly policy: UserdataType<Policy>;
}

/**
 * - `actor:id()`, `actor:meta()` (a fresh copy each time).
 * - `scope:policies()`, `scope:contains(policy)`; `scope:with(policy)` and `scope:without(policy)` give a new one.
 * - `scope:evaluate(actor, action, resource, meta?)`: "allow", as nothing is denied in this version.
 * - `policy:id()`.
 */
export function createSecurityTypes(engine: Engine<LuaProcess>): SecurityTypes {
  const policy: UserdataType<Policy> = engine.userdataType<Policy>("security.Policy", {
    methods: { id: (call, self) => call.push(self.id) },
    metamethods: { __tostring: (call) => call.push(`policy ${call.checkUserdata(1, policy).id}`) },
  });
  const actor: UserdataType<Actor> = engine.userdataType<Actor>("security.Actor", {
    methods: {
      id: (call, self) => call.push(self.id),
      meta: (call, self) => call.push(metaTable(call, self.meta)),
    },
    metamethods: { __tostring: (call) => call.push(`actor ${call.checkUserdata(1, actor).id}`) },
  });
  const without = ({ policies }: Scope, id: string): string[] => policies.filter((other) => other !== id);
  const scope: UserdataType<Scope> = engine.userdataType<Scope>("security.Scope", {
    methods: {
      with: (call, self) => {
        const { id } = call.checkUserdata(2, policy);
        call.push(scope.wrap({ policies: [...without(self, id), id] }));
      },
      without: (call, self) => {
        call.push(scope.wrap({ policies: without(self, call.checkUserdata(2, policy).id) }));
      },
      contains: (call, self) => call.push(self.policies.includes(call.checkUserdata(2, policy).id)),
      policies: (call, self) => {
        const table = engine.table();
        for (const [i, id] of self.policies.entries()) table.set(i + 1, policy.wrap({ id }));
        call.push(table);
      },
      evaluate: (call) => {
        call.checkUserdata(2, actor);
        checkQuestion(call, 3);
        call.push("allow");
      },
    },
    metamethods: {
      __tostring: (call) => call.push(`scope {${call.checkUserdata(1, scope).policies.join(", ")}}`),
    },
  });
  return { actor, scope, policy };
}

/** An action, a resource and perhaps a table, from argument `first` on. Raises for anything else. */
export function checkQuestion(call: Call<LuaProcess>, first: number): void {
  call.checkString(first);
  call.checkString(first + 1);
  call.optTable(first + 2);
}

/** The argument as a context value; raises for nil and for whatever is no actor. */
export function actorArgument(call: Call<LuaProcess>, n: number): Payload {
  const { id, meta } = call.checkUserdata(n, call.owner.shared.security.actor);
  return { id, meta };
}

export function scopeArgument(call: Call<LuaProcess>, n: number): Payload {
  const { policies } = call.checkUserdata(n, call.owner.shared.security.scope);
  return { policies };
}

/** The actor that a context carries. */
export function actorOf(context: PayloadRecord): Actor | undefined {
  const carried = context[actorKey];
  if (!isRecord(carried) || typeof carried.id !== "string") return undefined;
  return { id: carried.id, meta: isRecord(carried.meta) ? carried.meta : {} };
}

export function scopeOf(context: PayloadRecord): Scope | undefined {
  const carried = context[scopeKey];
  if (!isRecord(carried) || !Array.isArray(carried.policies)) return undefined;
  return { policies: carried.policies.filter((id): id is string => typeof id === "string") };
}

function metaTable(call: Call<LuaProcess>, meta: PayloadRecord) {
  const { shared } = call.owner;
  const table = shared.engine.table();
  for (const [key, value] of Object.entries(meta)) table.set(key, shared.fromPayload(value));
  return table;
}
