/** Reaching another process by pid or name: send, terminate, cancel, links, monitors and calls. Specification 2.1. */
import type { Self } from "../../../actors/index.js";
import { type Failure, type Pid, parsePid, topicProblem } from "../../../mailbox/index.js";
import type { Call, HostFunction, Suspension } from "../../fengari.js";
import type { LuaProcess, Resumption } from "../../owner.js";
import { argumentPayloads } from "../../value.js";
import { absent, answer, answerDelivery, fail, failWith, notUtf8, refusal } from "../answers.js";
import { durationMs, optionMs } from "./duration.js";

/** Tag of what needs no answer. */
const nothingToAnswer = 0;

/**
 * - `send(dest, topic, ...)`, `terminate(dest)`, `cancel(dest, arg?, reason?)`, `monitor(dest)`, `link(dest)`: true, or nil and an
 *   error; NOT_FOUND when there is no such process.
 * - `unmonitor(dest)`, `unlink(dest)`: true, also when there was nothing to undo.
 * - `call(dest, topic, payload?, {timeout = "5s"}?)`: the answer, or nil and the callee's error, TIMEOUT, NOT_FOUND or CONFLICT.
 *
 * `dest` is a pid or a registered name. All of them suspend the calling coroutine.
 */
export const destinationFunctions: Readonly<Record<string, HostFunction<LuaProcess>>> = {
  send,
  terminate: transmission("terminate", (self, to) => self.kill(to)),
  monitor: transmission("monitor", (self, to) => self.monitor(to)),
  link: transmission("link", (self, to) => self.link(to)),
  unmonitor: transmission("unmonitor", (self, to) => {
    self.demonitor(to);
    return nothingToAnswer;
  }),
  unlink: transmission("unlink", (self, to) => {
    self.unlink(to);
    return nothingToAnswer;
  }),
  cancel,
  call: callProcess,
};

const defaultCallTimeoutMs = 5000;

function send(call: Call<LuaProcess>): Suspension | undefined {
  if (call.count < 2) return fail(call, "INVALID", "send requires at least destination and topic arguments");
  const topic = topicArgument(call);
  if (typeof topic !== "string") return failWith(call, topic);
  const payloads = argumentPayloads(call, 3);
  if ("kind" in payloads) return failWith(call, payloads);
  const dest = call.checkName(1);
  if (dest === undefined) return failWith(call, notUtf8("destination"));
  const pid = call.owner.shared.addresses.pidOf(dest);
  if (pid === undefined) return transmit(call, (self, to) => self.send(to, topic, payloads));
  const { owner } = call;
  owner.tasks.checkWait(call);
  const tag = owner.self.send(pid, topic, payloads);
  // Where it is accepted at once, and no other coroutine wants to run, nobody can tell whether this one has waited.
  if (tag === 0 && !owner.tasks.ready) {
    call.push(true);
    return undefined;
  }
  return owner.suspend(call, (resumption) => {
    owner.onAnswered(tag, (delivery) => answerDelivery(owner.shared, resumption, delivery));
  });
}

/** The second argument; the first, the destination, is looked at before. */
function topicArgument(call: Call<LuaProcess>): string | Failure {
  call.checkString(1);
  const topic = call.checkName(2);
  if (topic === undefined) return notUtf8("topic");
  const problem = topicProblem(topic);
  return problem === undefined ? topic : refusal("INVALID", problem);
}

function transmission(name: string, act: (self: Self, to: Pid) => number | Failure): HostFunction<LuaProcess> {
  return (call) => {
    if (call.count < 1) return fail(call, "INVALID", `${name} requires a destination argument`);
    return transmit(call, act);
  };
}

/** Find the destination, do it, and answer with what became of it. */
function transmit(call: Call<LuaProcess>, act: (self: Self, to: Pid) => number | Failure): Suspension | undefined {
  const dest = call.checkName(1);
  if (dest === undefined) return failWith(call, notUtf8("destination"));
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    resolve(owner, dest, resumption, (to) => {
      const tag = act(owner.self, to);
      if (typeof tag !== "number") resumption.values(undefined, owner.shared.pushableError(tag));
      else owner.onAnswered(tag, (delivery) => answerDelivery(owner.shared, resumption, delivery));
    });
  });
}

/** Calls `found` at once for a pid, after a look-up for a name; else ends the wait with NOT_FOUND. */
export function resolve(owner: LuaProcess, dest: string, resumption: Resumption, found: (to: Pid) => void): void {
  const pid = owner.shared.addresses.pidOf(dest);
  if (pid !== undefined) return found(pid);
  owner.onSettled(owner.self.request({ kind: "lookup", name: dest }), (outcome) => {
    const owning = outcome.ok ? parsePid(String(outcome.value)) : undefined;
    if (owning !== undefined) return found(owning);
    const unknown = refusal("NOT_FOUND", `could not resolve '${dest}' as PID or registered name`);
    const error = outcome.ok || outcome.error.kind === "NOT_FOUND" ? unknown : outcome.error;
    resumption.values(undefined, owner.shared.pushableError(error));
  });
}

interface Cancellation {
  readonly reason: string | undefined;
  readonly withinMs: number | undefined;
}

function cancel(call: Call<LuaProcess>): Suspension | undefined {
  if (call.count < 1) return fail(call, "INVALID", "cancel requires a destination argument");
  call.checkString(1);
  const how = cancellation(call);
  if ("kind" in how) return failWith(call, how);
  return transmit(call, (self, to) => self.cancel(to, how.reason, how.withinMs));
}

/** The second argument is a deadline when it reads as a duration, else a reason; with both, the reason is the third. */
function cancellation(call: Call<LuaProcess>): Cancellation | Failure {
  const third = absent(call, 3) ? undefined : call.checkString(3);
  if (absent(call, 2)) return { reason: third, withinMs: undefined };
  const withinMs = durationMs(call, 2);
  if (withinMs !== undefined) {
    if (withinMs < 0) return refusal("INVALID", "cancel: the deadline must not be negative");
    return { reason: third, withinMs };
  }
  if (call.type(2) !== "string") {
    return refusal("INVALID", `cancel takes a deadline (a duration) or a reason (a string), got a ${call.type(2)}`);
  }
  if (third !== undefined) return refusal("INVALID", `cancel: "${call.checkString(2)}" is not a duration such as "5s"`);
  return { reason: call.checkString(2), withinMs: undefined };
}

function callProcess(call: Call<LuaProcess>): Suspension | undefined {
  if (call.count < 2) return fail(call, "INVALID", "call requires at least destination and topic arguments");
  const topic = topicArgument(call);
  if (typeof topic !== "string") return failWith(call, topic);
  const dest = call.checkName(1);
  if (dest === undefined) return failWith(call, notUtf8("destination"));
  const timeoutMs = callTimeout(call);
  if (typeof timeoutMs !== "number") return failWith(call, timeoutMs);
  const payloads = argumentPayloads(call, 3, 3);
  if ("kind" in payloads) return failWith(call, payloads);
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    resolve(owner, dest, resumption, (to) => {
      const tag = owner.self.call(to, topic, payloads, timeoutMs);
      owner.onSettled(tag, (outcome) => answer(owner.shared, resumption, outcome));
    });
  });
}

function callTimeout(call: Call<LuaProcess>): number | Failure {
  const value = call.optTable(4)?.get("timeout");
  if (value === undefined) return defaultCallTimeoutMs;
  const ms = optionMs(call.owner.shared, value);
  if (ms !== undefined && ms > 0) return ms;
  return refusal("INVALID", `call: option timeout must be a duration above zero: milliseconds or a text such as "5s"`);
}
