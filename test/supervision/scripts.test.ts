/** Scripts on which our supervisor once differed from OTP's; what is expected is what OTP's did. */
import { expect, it } from "vitest";
import { playOurs } from "../support/supervisor-play.js";
import type { Act, SpecScript, StepScript, WorkerScript } from "../support/supervisor-script.js";
import { comparable } from "../support/supervisor-trace.js";

const worker = (id: string, ...fails: number[]): WorkerScript => {
  return { id, restart: "permanent", shutdown: "infinity", manner: "plain", fails };
};
const crash: Act = { act: "leave", id: "a", how: "crash" };
const call = (request: Extract<Act, { act: "call" }>["request"]): Act => ({ act: "call", sup: "root", request });

/** What happens after the start, in steps of acts and of those that come meanwhile. */
function story(spec: Partial<SpecScript>, ...steps: readonly (readonly Act[])[]): string[] {
  const whole: SpecScript = { strategy: "one_for_one", intensity: 1, period: 3600, children: [worker("a")], ...spec };
  const trace = comparable(playOurs({ spec: whole, steps: inSteps(steps) }));
  return trace.slice(trace.indexOf("--") + 1, -1);
}

function inSteps([acts, during, ...more]: readonly (readonly Act[])[]): StepScript[] {
  return acts === undefined ? [] : [{ sup: "root", acts, during: during ?? [] }, ...inSteps(more)];
}

it("counts a start that failed when its next attempt is due: until then the child can be terminated instead", () => {
  const told = story(
    { children: [worker("a", 2)] },
    [crash],
    [call({ ask: "terminate", id: "a" }), call({ ask: "which" })],
  );
  expect(told).toEqual([
    "down a#1 crash",
    "fail a#2",
    "terminate_child a -> ok",
    "which_children -> [a=undefined:worker]",
  ]);
});

it("takes what came in before a start failed before the next attempt", () => {
  const children = [worker("a", 2)];
  const told = story({ children }, [crash], [call({ ask: "restart", id: "a" }), call({ ask: "delete", id: "a" })]);
  expect(told).toEqual([
    "down a#1 crash",
    "fail a#2",
    "restart_child a -> restarting",
    "delete_child a -> restarting",
    "down root#1 shutdown",
  ]);
});

it("begins the next attempt with the child that could not be started: the one that failed first is stopped until then", () => {
  const spec: Partial<SpecScript> = { strategy: "one_for_all", intensity: 2, children: [worker("a", 2), worker("b")] };
  const told = story(spec, [{ act: "leave", id: "b", how: "crash" }, call({ ask: "which" })], []);
  expect(told).toEqual([
    "down b#1 crash",
    "down a#1 shutdown",
    "fail a#2",
    "which_children -> [a=restarting:worker b=undefined:worker]",
    "start a#3",
    "start b#2",
  ]);
});

it("lets a dynamic child that waits for another attempt be terminated by the pid that it had", () => {
  const spec: Partial<SpecScript> = { strategy: "simple_one_for_one", children: [worker("d", 2)] };
  const start = call({ ask: "start", dynamic: "d1" });
  const told = story(spec, [start], [], [{ ...crash, id: "d1" } as Act], [call({ ask: "terminate", dynamic: "d1" })]);
  expect(told).toEqual([
    "start d1#1",
    "start_child d1 -> ok d1#1",
    "--",
    "down d1#1 crash",
    "fail d1#2",
    "terminate_child d1 -> ok",
  ]);
});
