/** The service `pg`: memberships that are counted, and watchers that miss nothing, as Erlang's pg has it. */
import { describe, expect, it } from "vitest";
import { type GroupChange, type GroupSnapshot, ProcessGroups } from "../../actors/index.js";
import type { Failure, Payload, Pid } from "../../mailbox/index.js";
import { pidOf } from "../support/fakes.js";
import { Random } from "../support/random.js";

const [a, b] = [pidOf("a"), pidOf("b")];

class World {
  readonly groups = new ProcessGroups();

  hold(pid: Pid, operation: string, args: Record<string, Payload>, bring: (payload: Payload) => void = () => {}) {
    return this.groups.hold(pid, operation, args, bring);
  }

  join(pid: Pid, group: string, scope = "s"): () => void {
    return this.hold(pid, "join", { scope, group }) as () => void;
  }

  ask(operation: string, args: Record<string, Payload>): Payload | Failure {
    const outcome = this.groups.ask(a, operation, args);
    return outcome.ok ? outcome.value : outcome.error;
  }

  members(group: string, scope = "s"): string[] {
    return this.ask("members", { scope, group }) as string[];
  }
}

/** What somebody who watches believes. */
class View {
  readonly groups = new Map<string, string[]>();
  readonly changes: GroupChange[] = [];
  snapshots = 0;

  bring = (payload: Payload): void => {
    const news = payload as unknown as GroupSnapshot | GroupChange;
    if ("groups" in news) {
      this.snapshots++;
      for (const [group, pids] of news.groups) this.groups.set(group, [...pids]);
      return;
    }
    this.changes.push(news);
    const members = this.groups.get(news.group) ?? [];
    for (const pid of news.pids) {
      const at = members.indexOf(pid);
      if (news.kind === "member.joined") members.push(pid);
      else if (at < 0) throw new Error(`${pid} was no member of ${news.group}`);
      else members.splice(at, 1);
    }
    this.groups.set(news.group, members);
  };

  of(group: string): string[] {
    return [...(this.groups.get(group) ?? [])].sort();
  }
}

describe("process groups", () => {
  it("have members in order of joining, each as often as it has joined", () => {
    const world = new World();
    const leave = world.join(a, "g");
    world.join(b, "g");
    const leaveAgain = world.join(a, "g");
    expect(world.members("g")).toEqual([a.text, b.text, a.text]);
    leave();
    leave();
    expect(world.members("g")).toEqual([b.text, a.text]);
    leaveAgain();
    expect(world.members("g")).toEqual([b.text]);
  });

  it("are there while they have members, each in its own scope", () => {
    const world = new World();
    const leave = world.join(a, "x");
    world.join(a, "y");
    world.join(a, "z", "other");
    expect(world.ask("groups", { scope: "s" })).toEqual(["x", "y"]);
    expect(world.members("z")).toEqual([]);
    leave();
    expect(world.ask("groups", { scope: "s" })).toEqual(["y"]);
    expect(world.ask("groups", { scope: "unknown" })).toEqual([]);
  });

  it("tell who joins that it is a member, and it is one by then", () => {
    const world = new World();
    let seen: string[] | undefined;
    world.hold(a, "join", { scope: "s", group: "g" }, () => {
      seen = world.members("g");
    });
    expect(seen).toEqual([a.text]);
  });

  it("refuse names that are none, and operations that there are not", () => {
    const world = new World();
    const invalid = { kind: "INVALID", retryable: false };
    expect(world.hold(a, "join", { scope: "s", group: "" })).toMatchObject(invalid);
    expect(world.hold(a, "join", { scope: 1, group: "g" })).toMatchObject(invalid);
    expect(world.hold(a, "monitor", { scope: "s", group: "x".repeat(256) })).toMatchObject(invalid);
    expect(world.hold(a, "members", { scope: "s", group: "g" })).toMatchObject(invalid);
    expect(world.ask("groups", {})).toMatchObject(invalid);
    expect(world.ask("join", { scope: "s", group: "g" })).toMatchObject(invalid);
  });

  it("have watchers that know the members at every moment, over any order of events", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const world = new World();
      const names = ["x", "y", "z"];
      const held: (() => void)[] = [];
      const views: { view: View; group: string | undefined; end: () => void }[] = [];
      for (let step = 0; step < 120; step++) {
        const group = names[random.below(names.length)]!;
        const what = random.below(10);
        if (what < 4) held.push(world.join(pidOf(`p${random.below(4)}`), group));
        else if (what < 7 && held.length > 0) held.splice(random.below(held.length), 1)[0]!();
        else if (what < 9) {
          const view = new View();
          const args: Record<string, Payload> = what === 7 ? { scope: "s", group } : { scope: "s" };
          const end = world.hold(a, what === 7 ? "monitor" : "events", args, view.bring) as () => void;
          views.push({ view, group: what === 7 ? group : undefined, end });
        }
        if (views.length > 5 || (what === 9 && views.length > 0)) {
          const [ended] = views.splice(random.below(views.length), 1);
          ended!.end();
          const heard = ended!.view.changes.length;
          world.join(b, ended!.group ?? "x")();
          expect(ended!.view.changes, `seed ${seed}`).toHaveLength(heard);
        }
        for (const { view, group: only } of views) {
          const watched = only === undefined ? names : [only];
          const known = watched.map((name) => view.of(name).join(" "));
          const actual = watched.map((name) => world.members(name).sort().join(" "));
          const strays = view.changes.filter((change) => !watched.includes(change.group));
          if (view.snapshots === 1 && strays.length === 0 && String(known) === String(actual)) continue;
          expect({ seed, step, known, strays, snapshots: view.snapshots }).toEqual({
            known: actual,
            strays: [],
            snapshots: 1,
          });
        }
      }
    }
  });
});
