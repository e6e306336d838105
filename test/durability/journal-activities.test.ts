/** Activities of a journal host in virtual time: attempts, pauses, time-outs, cancel, crash. */
import { describe, expect, it } from "vitest";
import type { InvokeRequest, Outcome, PayloadRecord } from "../../actors/index.js";
import { Activities, type ActivityCall } from "../../durability/journal/activities.js";
import { readActivityOptions } from "../../durability/workflow/index.js";
import { type Failure, failure, type Payload } from "../../mailbox/index.js";
import { activityCases, slowMs } from "../support/activity-cases.js";
import { VirtualClock } from "../support/virtual.js";

type Attempt = (done: (outcome: Outcome) => void, request: InvokeRequest) => void;

const value = (given: Payload): Outcome => ({ ok: true, value: given });
const fails = (kind = "UNAVAILABLE", retryable?: boolean): Outcome => ({
  ok: false,
  error: failure(kind, "broken", retryable === undefined ? {} : { retryable }),
});
const answers =
  (outcome: Outcome): Attempt =>
  (done) =>
    done(outcome);
const never: Attempt = () => {};

class Bench {
  readonly clock = new VirtualClock(0);
  /** When each attempt began and was dropped. */
  readonly began: number[] = [];
  readonly dropped: number[] = [];
  readonly heard: { readonly at: number; readonly outcome: Outcome }[] = [];
  private readonly activities: Activities;

  /** What the attempts do, the last one again and again. */
  constructor(...script: Attempt[]) {
    this.activities = new Activities({
      clock: this.clock,
      run: (request, done) => {
        const number = this.began.push(this.clock.now());
        script[Math.min(number, script.length) - 1]!(done, request);
        return () => this.dropped.push(this.clock.now());
      },
    });
  }

  start(options: PayloadRecord, more: Partial<ActivityCall> & { target?: string; args?: readonly Payload[] } = {}) {
    const read = readActivityOptions("app:f", {}, options);
    if ("kind" in read) throw new Error(read.message);
    const { target = "app:f", args = [], ...call } = more;
    const request: InvokeRequest = { kind: "invoke", target, args, context: {}, options, key: "k/1" };
    return this.activities.start(
      { caller: "a workflow", request, options: read, scheduledAt: this.clock.now(), ...call },
      (outcome) => this.heard.push({ at: this.clock.now(), outcome }),
    );
  }

  error(): Failure {
    const [first, ...rest] = this.heard;
    expect(rest).toEqual([]);
    if (first === undefined || first.outcome.ok) throw new Error(`no failure: ${JSON.stringify(first)}`);
    return first.outcome.error;
  }
}

const retry = (policy: PayloadRecord) => ({ "activity.retry_policy": policy });

describe("a failed activity on a journal host", () => {
  it.each(activityCases)("looks as on every host: $name", ({ target, args, options, error, details }) => {
    const bench = new Bench((done, request) => {
      if (request.target === "app:slow") bench.clock.timer(slowMs, () => done(value(null)));
      else done(fails(String(request.args[0]), Boolean(request.args[1])));
    });
    bench.start(options, { target, args });
    bench.clock.runUntilIdle();
    expect(bench.error()).toEqual({ ...error, details: { ...details, _wrapper: "activity", _activity_id: "k/1" } });
  });

  it("bears the id that the program gave, and keeps its own details", () => {
    const error = failure("MINE", "m", { retryable: false, details: [1], stack: "a.lua:1" });
    const bench = new Bench(answers({ ok: false, error }));
    bench.start({ "activity.id": "pay" });
    expect(bench.error()).toEqual({
      ...error,
      details: { value: [1], _wrapper: "activity", _activity_id: "pay", _retry_state: "non_retryable_failure" },
    });
  });

  it("is one whose result is too large to be kept", () => {
    const bench = new Bench(answers(value("x".repeat(2_000_000))));
    bench.start({});
    expect(bench.error()).toMatchObject({ kind: "INVALID", details: { _retry_state: "non_retryable_failure" } });
  });
});

describe("attempts", () => {
  it("follow each other after a second, then twice as long each time, up to a hundred times, without end", () => {
    const bench = new Bench(answers(fails()));
    bench.start({});
    bench.clock.advance(400_000);
    const pauses = bench.began.slice(1).map((at, index) => at - bench.began[index]!);
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 100_000, 100_000]);
    expect(bench.heard).toEqual([]);
  });

  it("follow the policy until one succeeds", () => {
    const bench = new Bench(answers(fails()), answers(fails()), answers(fails()), answers(value(7)));
    bench.start(retry({ initial_interval: "10ms", backoff_coefficient: 3, maximum_interval: 20 }));
    bench.clock.runUntilIdle();
    expect(bench.began).toEqual([0, 10, 30, 50]);
    expect(bench.heard).toEqual([{ at: 50, outcome: value(7) }]);
  });

  it("that took too long are dropped, and what they answer later is nobody's", () => {
    const bench = new Bench((done) => void bench.clock.timer(150, () => done(value("late"))), answers(value("new")));
    bench.start({ "activity.start_to_close_timeout": 100, ...retry({ initial_interval: 30 }) });
    bench.clock.runUntilIdle();
    expect(bench.dropped).toEqual([100]);
    expect(bench.heard).toEqual([{ at: 130, outcome: value("new") }]);
  });

  it("may answer that they were dropped", () => {
    const clock = new VirtualClock(0);
    const heard: Outcome[] = [];
    let attempts = 0;
    const activities = new Activities({
      clock,
      run: (_request, done) => {
        attempts += 1;
        return () => done(fails("CANCELED", false));
      },
    });
    const options = { startToCloseMs: 10, waitForCancellation: false, retry: { maximumAttempts: 3 } };
    const request: InvokeRequest = { kind: "invoke", target: "f", args: [], context: {}, options: {}, key: "k" };
    activities.start({ caller: "a workflow", request, options, scheduledAt: 0 }, (outcome) => heard.push(outcome));
    clock.runUntilIdle();
    expect(attempts).toBe(3);
    expect(heard).toMatchObject([{ error: { kind: "TIMEOUT" } }]);
  });

  it("have ten minutes each unless told otherwise", () => {
    const bench = new Bench(never);
    bench.start(retry({ maximum_attempts: 1 }));
    bench.clock.runUntilIdle();
    expect(bench.heard[0]!.at).toBe(600_000);
  });

  it("leave nothing behind once one has succeeded", () => {
    const bench = new Bench((done) => void bench.clock.timer(5, () => done(value(1))));
    bench.start({ "activity.schedule_to_close_timeout": 1000 });
    bench.clock.runUntilIdle();
    expect(bench.clock.now()).toBe(5);
    expect(bench.heard).toEqual([{ at: 5, outcome: value(1) }]);
  });
});

describe("a cancelled call", () => {
  it("drops its attempt and tells nothing", () => {
    const bench = new Bench((done) => void bench.clock.timer(50, () => done(value(1))));
    const cancel = bench.start({});
    bench.clock.advance(10);
    cancel();
    cancel();
    bench.clock.runUntilIdle();
    expect(bench.dropped).toEqual([10]);
    expect(bench.heard).toEqual([]);
    expect(bench.clock.now()).toBe(50);
  });

  it("makes no further attempt", () => {
    const bench = new Bench(answers(fails()));
    const cancel = bench.start({});
    cancel();
    bench.clock.runUntilIdle();
    expect(bench.began).toEqual([0]);
    expect(bench.heard).toEqual([]);
  });
});

describe("after a crash", () => {
  const hour = 3_600_000;

  it("the time since the call was made counts", () => {
    const bench = new Bench(never);
    bench.clock.advance(hour);
    bench.start({ "activity.schedule_to_close_timeout": "1h1m" }, { scheduledAt: 0 });
    bench.clock.runUntilIdle();
    expect(bench.heard[0]!.at).toBe(hour + 60_000);
    expect(bench.error()).toMatchObject({ details: { timeout_type: "schedule_to_close" } });
  });

  it("a call whose time is over is not made again", () => {
    const bench = new Bench(never);
    bench.clock.advance(hour);
    bench.start({ "activity.schedule_to_close_timeout": "30m" }, { scheduledAt: 0 });
    expect(bench.began).toEqual([]);
    expect(bench.error()).toMatchObject({ details: { timeout_type: "schedule_to_close" } });
  });

  it("the attempt that was lost counts, so one that may be made once is not made twice", () => {
    const bench = new Bench(never);
    bench.start(retry({ maximum_attempts: 1 }), { attempt: 2 });
    expect(bench.began).toEqual([]);
    const details = { timeout_type: "start_to_close", _retry_state: "maximum_attempts_reached" };
    expect(bench.error()).toMatchObject({ kind: "TIMEOUT", details });
  });

  it("the next attempt begins at once, and the pauses go on where they were", () => {
    const bench = new Bench(answers(fails()));
    bench.start(retry({ maximum_attempts: 3 }), { attempt: 2 });
    bench.clock.runUntilIdle();
    expect(bench.began).toEqual([0, 2000]);
    expect(bench.error()).toMatchObject({ details: { _retry_state: "maximum_attempts_reached" } });
  });
});
