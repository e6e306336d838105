/** Each row of the service table: what happens, the state after it, and what is to be done. */
import { describe, expect, it } from "vitest";
import { type ExitReason, failure, linkedProcessFailed, processTerminated } from "../../mailbox/index.js";
import {
  newService,
  type ServiceAction,
  type ServiceEvent,
  type ServicePolicy,
  type ServiceState,
  serviceStep,
} from "../../supervision/index.js";

const policy: ServicePolicy = {
  startTimeoutMs: 10_000,
  stopTimeoutMs: 10_000,
  stableThresholdMs: 5000,
  restart: { initialDelayMs: 1000, maxDelayMs: 90_000, backoffFactor: 2, jitter: 0, maxAttempts: 0 },
};

/** A service and its clock. */
class Trial {
  state: ServiceState = newService;
  action: ServiceAction = { kind: "none" };
  now = 1_000_000;
  private readonly policy: ServicePolicy;

  constructor(maxAttempts = 0) {
    this.policy = { ...policy, restart: { ...policy.restart, maxAttempts } };
  }

  feed(...events: (ServiceEvent | ServiceEvent["kind"])[]): this {
    for (const event of events) {
      const full = (typeof event === "string" ? { kind: event } : event) as ServiceEvent;
      const step = serviceStep(this.state, full, this.policy, this.now, 0.5);
      this.state = step.state;
      this.action = step.action;
    }
    return this;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }
}

const running = (maxAttempts = 0): Trial => new Trial(maxAttempts).feed("start", "started");
const crash: ExitReason = { kind: "failed", error: failure("INTERNAL", "boom") };
const ended = (reason: ExitReason = crash): ServiceEvent => ({ kind: "ended", reason });

describe("a service", () => {
  it("starts when it is asked to, and says which attempt it is", () => {
    const trial = new Trial().feed("start");
    expect(trial.state).toMatchObject({ status: "starting", desired: "running", details: "attempt 1", retryCount: 0 });
    expect(trial.action).toEqual({ kind: "start" });
    expect(trial.feed(ended()).feed("retry").state).toMatchObject({ status: "starting", details: "attempt 2" });
    expect(trial.action).toEqual({ kind: "start" });
  });

  it("runs once it has started", () => {
    const trial = new Trial().feed("start").after(20).feed("started");
    expect(trial.state).toMatchObject({ status: "running", startedAt: 1_000_020, lastUpdate: 1_000_020, details: "" });
    expect(trial.action).toEqual({ kind: "none" });
  });

  it("shows no error of earlier attempts once it runs", () => {
    expect(running().feed(ended(), "retry", "started").state.error).toBeUndefined();
  });

  it("is not started twice", () => {
    expect(new Trial().feed("start", "start").action).toEqual({ kind: "none" });
    expect(running().feed("start").action).toEqual({ kind: "none" });
  });

  it("has exited when its start fails for good", () => {
    const error = failure("NOT_FOUND", "host not found", { retryable: false });
    const trial = new Trial().feed("start", { kind: "start_failed", error });
    expect(trial.state).toMatchObject({ status: "exited", error, details: "host not found" });
    expect(trial.action).toEqual({ kind: "none" });
  });

  it("tries again when its start fails otherwise", () => {
    const error = failure("UNAVAILABLE", "later", { retryable: true });
    const trial = new Trial().feed("start", { kind: "start_failed", error });
    expect(trial.state).toMatchObject({ status: "failed", retryCount: 1, error });
    expect(trial.action).toEqual({ kind: "retry", delayMs: 1000, error });
  });

  it("fails and tries again when its start takes too long", () => {
    const trial = new Trial().feed("start", "start_timeout");
    expect(trial.state).toMatchObject({ status: "failed", details: "start timeout" });
    expect(trial.action).toMatchObject({ kind: "retry", error: { kind: "TIMEOUT" } });
  });

  it("ignores the time limit of a start that has succeeded", () => {
    const trial = running().feed("start_timeout");
    expect(trial.state.status).toBe("running");
    expect(trial.action).toEqual({ kind: "none" });
  });

  const ends: [string, ExitReason, "exited" | "failed"][] = [
    ["returns", { kind: "normal", value: 1 }, "exited"],
    ["raises an error", crash, "failed"],
    ["returns an error text", { kind: "failed", error: failure("INTERNAL", "x", { retryable: false }) }, "exited"],
    ["returns an error object", { kind: "failed", error: failure("INTERNAL", "x") }, "failed"],
    ["returns a retryable error", { kind: "failed", error: failure("INTERNAL", "x", { retryable: true }) }, "failed"],
    ["is terminated by somebody", { kind: "killed" }, "failed"],
    ["falls with a linked process", { kind: "failed", error: failure("INTERNAL", linkedProcessFailed) }, "failed"],
    ["is cancelled", { kind: "cancelled", reason: "scheduler shutdown" }, "exited"],
  ];
  for (const [what, reason, status] of ends) {
    it(`${status === "failed" ? "is restarted" : "is not restarted"} when its process ${what}`, () => {
      const trial = running().feed(ended(reason));
      expect(trial.state.status).toBe(status);
      expect(trial.action.kind).toBe(status === "failed" ? "retry" : "none");
    });
  }

  it("says how its process ended", () => {
    expect(running().feed(ended({ kind: "normal", value: null })).state).toMatchObject({ details: "ended normally" });
    expect(running().feed(ended({ kind: "normal", value: null })).state.error).toBeUndefined();
    expect(running().feed(ended({ kind: "killed" })).state.error).toEqual(processTerminated);
  });

  it("waits longer after each failure", () => {
    const trial = running();
    const delays = [1, 2, 3].map(() => {
      trial.feed(ended());
      const { action } = trial;
      trial.feed("retry", "started");
      return action.kind === "retry" ? action.delayMs : undefined;
    });
    expect(delays).toEqual([1000, 2000, 4000]);
  });

  it("forgets failures after a run as long as the stable threshold", () => {
    const trial = running().feed(ended(), "retry", "started").feed(ended(), "retry", "started");
    expect(trial.after(4999).feed(ended()).state.retryCount).toBe(3);
    trial.feed("retry", "started").after(5000).feed(ended());
    expect(trial.state.retryCount).toBe(1);
    expect(trial.action).toMatchObject({ kind: "retry", delayMs: 1000 });
  });

  it("gives up after so many failures, and stays failed", () => {
    const trial = running(2).feed(ended());
    expect(trial.action.kind).toBe("retry");
    trial.feed("retry", "started", ended());
    expect(trial.action).toEqual({ kind: "none" });
    expect(trial.state).toMatchObject({ status: "failed", retryCount: 2 });
    expect(trial.feed("start").state).toMatchObject({ status: "starting", retryCount: 0 });
  });

  it("stops its process by asking", () => {
    const trial = running().feed("stop");
    expect(trial.state).toMatchObject({ status: "stopping", desired: "stopped" });
    expect(trial.action).toEqual({ kind: "cancel" });
    expect(trial.feed("stop").action).toEqual({ kind: "none" });
    expect(trial.feed(ended()).state.status).toBe("stopped");
    expect(trial.action).toEqual({ kind: "none" });
  });

  it("kills a process that does not stop in time, and has failed once that is dead", () => {
    const trial = running().feed("stop").after(10_000).feed("stop_timeout");
    expect(trial.action).toEqual({ kind: "kill" });
    expect(trial.state).toMatchObject({ status: "stopping", details: "stop timeout after 10000 ms" });
    trial.feed(ended({ kind: "killed" }));
    expect(trial.state).toMatchObject({ status: "failed", details: "stop timeout after 10000 ms" });
    expect(trial.action).toEqual({ kind: "none" });
  });

  it("has stopped, not failed, when an earlier attempt failed and the stop was in time", () => {
    const trial = running().feed(ended(), "retry", "stop", "started", ended());
    expect(trial.state.status).toBe("stopped");
  });

  it("ignores the time limit of a stop that has succeeded", () => {
    expect(running().feed("stop", ended(), "stop_timeout").action).toEqual({ kind: "none" });
  });

  it("that is stopped while it starts is asked to stop as soon as it runs", () => {
    const trial = new Trial().feed("start", "stop");
    expect(trial.action).toEqual({ kind: "none" });
    trial.feed("started");
    expect(trial.state.status).toBe("stopping");
    expect(trial.action).toEqual({ kind: "cancel" });
    expect(trial.feed(ended()).state.status).toBe("stopped");
  });

  it("that is stopped while it starts is not tried again", () => {
    expect(new Trial().feed("start", "stop", "start_timeout").action).toEqual({ kind: "none" });
  });

  it("that is stopped while it waits for a retry stays stopped", () => {
    const trial = running().feed(ended(), "stop");
    expect(trial.state.status).toBe("stopped");
    trial.feed("retry");
    expect(trial.state.status).toBe("stopped");
    expect(trial.action).toEqual({ kind: "none" });
  });

  it("that never started has stopped at once", () => {
    const trial = new Trial().feed("stop");
    expect(trial.state.status).toBe("stopped");
    expect(trial.action).toEqual({ kind: "none" });
  });
});
