/** What one process has to do with the groups of one scope: its memberships and its subscriptions. */
import type { HoldRequest } from "../../../actors/index.js";
import { type Failure, failure } from "../../../mailbox/index.js";
import type { LuaProcess } from "../../owner.js";
import { refusal } from "../answers.js";
import { Watch } from "./watch.js";

export class Group {
  released = false;
  readonly owner: LuaProcess;
  readonly scope: string;
  /** Tags of the holds, by the name of the group, as often as it has joined. */
  private readonly joined = new Map<string, number[]>();
  /** Those that wait to be members, and are told when they will not. */
  private readonly joining = new Set<(error: Failure) => void>();
  private readonly watches = new Set<Watch>();

  constructor(owner: LuaProcess, scope: string) {
    this.owner = owner;
    this.scope = scope;
  }

  /** Join each of these once; `done` when all of it counts. When one of them cannot be joined, none is. */
  join(names: readonly string[], done: (error?: Failure) => void): void {
    const { owner, scope } = this;
    const open = new Map<number, string>();
    const member: [tag: number, name: string][] = [];
    const fail = (error: Failure): void => {
      if (!this.joining.delete(fail)) return;
      for (const tag of open.keys()) owner.drop(tag);
      for (const [tag, name] of member) this.forget(tag, name);
      done(error);
    };
    this.joining.add(fail);
    for (const name of names) {
      const tag = owner.self.request({ kind: "hold", service: "pg", operation: "join", args: { scope, group: name } });
      open.set(tag, name);
      owner.onBrought(tag, () => {
        // After a restart of the node it is told again.
        if (!open.delete(tag)) return;
        member.push([tag, name]);
        this.joined.set(name, [...(this.joined.get(name) ?? []), tag]);
        if (open.size === 0 && this.joining.delete(fail)) done();
      });
      owner.onSettled(tag, (outcome) => {
        this.forget(tag, name);
        if (!outcome.ok) fail(outcome.error);
      });
    }
  }

  /** Leave each of these once, the latest join first; when one of them has not been joined so often, none is left. */
  leave(names: readonly string[]): Failure | undefined {
    const missing = names.find((name, i) => {
      const wanted = names.slice(0, i + 1).filter((other) => other === name).length;
      return (this.joined.get(name)?.length ?? 0) < wanted;
    });
    if (missing !== undefined) return refusal("NOT_FOUND", `group "${missing}" is not joined`, { group: missing });
    for (const name of names) this.forget(this.joined.get(name)!.at(-1)!, name);
    return undefined;
  }

  watch(
    what: Pick<HoldRequest, "operation" | "args">,
    opened: (watch: Watch, groups: ReadonlyMap<string, readonly string[]> | Failure) => void,
  ): void {
    const watch: Watch = new Watch(
      this.owner,
      what,
      (groups) => opened(watch, groups),
      (ended) => this.watches.delete(ended),
    );
    this.watches.add(watch);
  }

  /** Leave everything. What waits for an answer is told. */
  release(): void {
    this.released = true;
    const why = releasedFailure(this.scope);
    for (const fail of [...this.joining]) fail(why);
    for (const [name, tags] of [...this.joined]) for (const tag of tags) this.forget(tag, name);
    for (const watch of [...this.watches]) watch.close(why);
  }

  private forget(tag: number, name: string): void {
    const left = this.joined.get(name)?.filter((other) => other !== tag) ?? [];
    if (left.length === 0) this.joined.delete(name);
    else this.joined.set(name, left);
    this.owner.drop(tag);
  }
}

export function releasedFailure(scope: string): Failure {
  return failure("INVALID", `the groups of "${scope}" have been released`, { retryable: false });
}
