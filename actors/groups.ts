/** The service `pg`: who has joined which process group of which scope, and who wants to hear of it. Sends nothing to members. */
import { type Failure, failure, type Payload, type Pid } from "../mailbox/index.js";
import type { Outcome, PayloadRecord } from "./input.js";
import { type NodeService, unknownOperation } from "./services.js";

/** The first thing that a watcher gets: groups in the order in which they came to be, with their members in order of joining. */
export type GroupSnapshot = {
  readonly groups: readonly (readonly [group: string, pids: readonly string[]])[];
};

/** And then exactly the changes, none twice. */
export type GroupChange = {
  readonly kind: "member.joined" | "member.left";
  readonly group: string;
  readonly pids: readonly string[];
};

/** One for each time that a process has joined. */
interface Membership {
  readonly pid: Pid;
}

interface Watcher {
  /** Undefined: every group of the scope. */
  readonly group: string | undefined;
  readonly bring: (payload: Payload) => void;
}

interface Scope {
  /** None is empty. */
  readonly groups: Map<string, Set<Membership>>;
  readonly watchers: Set<Watcher>;
}

const maxNameLength = 255;

/**
 * Names of groups are known within a scope. A process is a member as often as it has joined.
 *
 * `ask`: "members" `{scope, group}`, pids in order of joining, of one that joined twice two; "groups" `{scope}`, the groups that have
 * members. `hold`: "join" `{scope, group}`, a membership of the caller for as long as it is held, which brings `null` once it counts;
 * "monitor" `{scope, group}` and "events" `{scope}`, a GroupSnapshot and then each GroupChange.
 *
 * A process that ends leaves before anybody hears of its end, as its holds end before that.
 */
export class ProcessGroups implements NodeService {
  private readonly scopes = new Map<string, Scope>();

  ask(_caller: Pid, operation: string, args: PayloadRecord): Outcome {
    if (operation !== "members" && operation !== "groups") {
      return { ok: false, error: unknownOperation("pg", operation) };
    }
    const problem = groupProblem(args, operation === "groups" ? ["scope"] : ["scope", "group"]);
    if (problem !== undefined) return { ok: false, error: problem };
    const groups = this.scopes.get(String(args.scope))?.groups;
    const value = operation === "groups" ? [...(groups?.keys() ?? [])] : pidsOf(groups?.get(String(args.group)));
    return { ok: true, value };
  }

  hold(caller: Pid, operation: string, args: PayloadRecord, bring: (payload: Payload) => void): (() => void) | Failure {
    if (operation !== "join" && operation !== "monitor" && operation !== "events") {
      return unknownOperation("pg", operation);
    }
    const problem = groupProblem(args, operation === "events" ? ["scope"] : ["scope", "group"]);
    if (problem !== undefined) return problem;
    const [scope, group] = [String(args.scope), String(args.group)];
    if (operation === "join") return this.join(caller, scope, group, bring);
    return this.watch(scope, operation === "events" ? undefined : group, bring);
  }

  private join(pid: Pid, scopeName: string, name: string, bring: (payload: Payload) => void): () => void {
    const membership: Membership = { pid };
    const scope = this.scope(scopeName);
    const group = scope.groups.get(name);
    if (group === undefined) scope.groups.set(name, new Set([membership]));
    else group.add(membership);
    bring(null);
    tell(scope, { kind: "member.joined", group: name, pids: [pid.text] });
    return () => {
      const members = scope.groups.get(name);
      if (!members?.delete(membership)) return;
      if (members.size === 0) scope.groups.delete(name);
      tell(scope, { kind: "member.left", group: name, pids: [pid.text] });
      this.forget(scopeName, scope);
    };
  }

  private watch(scopeName: string, group: string | undefined, bring: (payload: Payload) => void): () => void {
    const scope = this.scope(scopeName);
    const watcher: Watcher = { group, bring };
    scope.watchers.add(watcher);
    const names = group === undefined ? [...scope.groups.keys()] : [group];
    const snapshot: GroupSnapshot = { groups: names.map((name) => [name, pidsOf(scope.groups.get(name))]) };
    bring(snapshot);
    return () => {
      scope.watchers.delete(watcher);
      this.forget(scopeName, scope);
    };
  }

  private scope(name: string): Scope {
    const known = this.scopes.get(name);
    if (known !== undefined) return known;
    const scope: Scope = { groups: new Map(), watchers: new Set() };
    this.scopes.set(name, scope);
    return scope;
  }

  /** A scope of which nobody is a part leaves nothing behind. */
  private forget(name: string, scope: Scope): void {
    const isUnused = scope.groups.size === 0 && scope.watchers.size === 0;
    if (isUnused && this.scopes.get(name) === scope) this.scopes.delete(name);
  }
}

/** Why these are no names of a scope and a group; undefined when they are. */
export function groupProblem(args: PayloadRecord, fields: readonly ("scope" | "group")[]): Failure | undefined {
  for (const field of fields) {
    const name = args[field];
    const isName = typeof name === "string" && name !== "" && name.length <= maxNameLength;
    if (isName) continue;
    const message = `pg: the ${field} must be text of 1 to ${maxNameLength} characters`;
    return failure("INVALID", message, { retryable: false });
  }
  return undefined;
}

function tell(scope: Scope, change: GroupChange): void {
  for (const { group, bring } of [...scope.watchers]) if (group === undefined || group === change.group) bring(change);
}

function pidsOf(group: ReadonlySet<Membership> | undefined): string[] {
  return [...(group ?? [])].map(({ pid }) => pid.text);
}
