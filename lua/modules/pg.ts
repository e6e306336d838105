/** The module `pg`: process groups, by which processes find each other under names that many may share. Specification 2.1, OTP's pg. */
import { groupProblem } from "../../actors/index.js";
import { type Failure, messageProblem, type Payload, type Pid, parsePid, topicProblem } from "../../mailbox/index.js";
import type { Call, MethodFunction, Pushable, Suspension, UserdataType } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { argumentPayloads } from "../value.js";
import { answer, failWith, notUtf8, refusal } from "./answers.js";
import { Group, releasedFailure } from "./pg/group.js";
import type { Watch } from "./pg/watch.js";
import { askService } from "./services.js";

/**
 * - `open(scope)`: the groups of a scope, the same object each time until it is released. Scopes know nothing of each other.
 * - `g:join(name or list)`: true once this process is a member. It may join a group many times, and leaves as often.
 * - `g:leave(name or list)`: true, or NOT_FOUND, and nothing is left, when one of them is not joined so often.
 * - `g:get_members(name)`: pids in order of joining, one for each time. `g:which_groups()`: names of the groups with members.
 * - `g:broadcast(name, topic, ...)`: a message of this process to every member once, itself included; how many accepted it.
 * - `g:monitor(name)`: a subscription, and the members; `g:events()`: one to all groups, and their members by name. What follows comes
 *   to `sub:channel()`, each change once, as `{system = "pg", kind = "member.joined" or "member.left", path = group, data = {Group,
 *   PIDs}}`. `sub:close()` ends it. On failure `nil, nil, err`.
 * - `g:release()`: true. Leaves everything that was joined and closes the subscriptions; every later call is INVALID.
 * - `get_local_members`, `which_local_groups`, `broadcast_local`: of this node alone, which is the reach of every scope.
 *
 * A process that ends or upgrades has left. One on a journal is a member again after a restart of its node, and its subscriptions go
 * on: they tell how the groups differ from what they had told. All but `open`, `leave` and `release` yield.
 */
export const pgModule: ModuleDefinition = {
  name: "pg",
  build(shared) {
    const watchType: UserdataType<Watch> = shared.engine.userdataType<Watch>("pg.Subscription", {
      methods: {
        channel: (call, self) => call.push(self.userdata),
        close: (call, self) => {
          self.close();
          call.push(true);
        },
      },
    });
    const groupType: UserdataType<Group> = shared.engine.userdataType<Group>("pg.Group", {
      methods: groupMethods(watchType),
    });
    return shared.engine.library({ open: (call) => openScope(call, groupType) });
  },
};

interface Opened {
  readonly group: Group;
  readonly userdata: Pushable;
}

function openScope(call: Call<LuaProcess>, type: UserdataType<Group>): undefined {
  const { owner } = call;
  const scope = call.get(1);
  const problem = groupProblem({ scope: typeof scope === "string" ? scope : null }, ["scope"]);
  if (problem !== undefined) return failWith(call, problem);
  const all = owner.state("pg", () => new Map<string, Opened>());
  let opened = all.get(String(scope));
  if (opened === undefined || opened.group.released) {
    const group = new Group(owner, String(scope));
    opened = { group, userdata: type.wrap(group) };
    all.set(group.scope, opened);
  }
  call.push(opened.userdata);
  return undefined;
}

type Method = MethodFunction<Group, LuaProcess>;

function groupMethods(watchType: UserdataType<Watch>): Readonly<Record<string, Method>> {
  const members = open((call, { scope }) => {
    const name = groupArgument(call);
    if (typeof name !== "string") return failWith(call, name);
    return askService(call, { service: "pg", operation: "members", args: { scope, group: name } });
  });
  const groups = open((call, { scope }) => askService(call, { service: "pg", operation: "groups", args: { scope } }));
  const toAll = open(broadcast);
  return {
    join: open(join),
    leave: open((call, group) => {
      const names = namesArgument(call);
      const problem = "kind" in names ? names : group.leave(names);
      if (problem !== undefined) return failWith(call, problem);
      call.push(true);
      return undefined;
    }),
    get_members: members,
    get_local_members: members,
    which_groups: groups,
    which_local_groups: groups,
    broadcast: toAll,
    broadcast_local: toAll,
    monitor: (call, group) => {
      const name = groupArgument(call);
      if (typeof name !== "string") return failTwice(call, name);
      const args = { scope: group.scope, group: name };
      return watch(call, group, watchType, { operation: "monitor", args }, (known) => known.get(name) ?? []);
    },
    events: (call, group) => {
      const what = { operation: "events", args: { scope: group.scope } };
      return watch(call, group, watchType, what, (known) => Object.fromEntries(known));
    },
    release: (call, group) => {
      group.release();
      call.push(true);
    },
  };
}

/** A method of groups that have not been released. */
function open(method: (call: Call<LuaProcess>, group: Group) => Suspension | undefined): Method {
  return (call, group) => (group.released ? failWith(call, releasedFailure(group.scope)) : method(call, group));
}

function join(call: Call<LuaProcess>, group: Group): Suspension | undefined {
  const names = namesArgument(call);
  if ("kind" in names) return failWith(call, names);
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    group.join(names, (error) => {
      if (error === undefined) resumption.values(true);
      else resumption.values(undefined, owner.shared.pushableError(error));
    });
  });
}

function broadcast(call: Call<LuaProcess>, { scope }: Group): Suspension | undefined {
  const name = groupArgument(call);
  if (typeof name !== "string") return failWith(call, name);
  const topic = call.checkName(3);
  if (topic === undefined) return failWith(call, notUtf8("topic"));
  const problem = topicProblem(topic);
  if (problem !== undefined) return failWith(call, refusal("INVALID", problem));
  const payloads = argumentPayloads(call, 4);
  if ("kind" in payloads) return failWith(call, payloads);
  const tooLarge = messageProblem(topic, payloads);
  if (tooLarge !== undefined) return failWith(call, tooLarge);
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    const tag = owner.self.request({ kind: "ask", service: "pg", operation: "members", args: { scope, group: name } });
    owner.onSettled(tag, (outcome) => {
      if (!outcome.ok) return answer(owner.shared, resumption, outcome);
      sendToAll(owner, distinctPids(outcome.value), topic, payloads, (accepted) => resumption.values(accepted));
    });
  });
}

/** `done` is told how many have accepted it, when all have answered. */
function sendToAll(
  owner: LuaProcess,
  pids: readonly Pid[],
  topic: string,
  payloads: readonly Payload[],
  done: (accepted: number) => void,
): void {
  let left = pids.length;
  let accepted = 0;
  if (left === 0) return done(0);
  for (const pid of pids) {
    owner.onAnswered(owner.self.send(pid, topic, payloads), (delivery) => {
      if (delivery.kind === "accepted") accepted++;
      if (--left === 0) done(accepted);
    });
  }
}

function watch(
  call: Call<LuaProcess>,
  group: Group,
  type: UserdataType<Watch>,
  what: Parameters<Group["watch"]>[0],
  show: (groups: ReadonlyMap<string, readonly string[]>) => Payload,
): Suspension | undefined {
  if (group.released) return failTwice(call, releasedFailure(group.scope));
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    group.watch(what, (opened, groups) => {
      if (groups instanceof Map) resumption.values(type.wrap(opened), owner.shared.fromPayload(show(groups)));
      else resumption.values(undefined, undefined, owner.shared.pushableError(groups as Failure));
    });
  });
}

/** `nil, nil, err`: in the place of two results. */
function failTwice(call: Call<LuaProcess>, error: Failure): undefined {
  call.push(undefined, undefined, call.owner.shared.pushableError(error));
  return undefined;
}

function groupArgument(call: Call<LuaProcess>): string | Failure {
  const name = call.get(2);
  const text = typeof name === "string" ? name : null;
  return groupProblem({ group: text }, ["group"]) ?? String(name);
}

/** One name, or a list of at least one. */
function namesArgument(call: Call<LuaProcess>): readonly string[] | Failure {
  if (call.type(2) !== "table") {
    const name = groupArgument(call);
    return typeof name === "string" ? [name] : name;
  }
  const table = call.checkTable(2);
  const names = Array.from({ length: table.length }, (_, i) => table.get(i + 1));
  for (const name of names) {
    const problem = groupProblem({ group: typeof name === "string" ? name : null }, ["group"]);
    if (problem !== undefined) return problem;
  }
  return names.length > 0 ? names.map(String) : refusal("INVALID", "pg: the list of groups must not be empty");
}

function distinctPids(value: Payload): Pid[] {
  const texts = new Set((Array.isArray(value) ? value : []).map(String));
  return [...texts].flatMap((text) => parsePid(text) ?? []);
}
