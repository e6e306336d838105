/** Decisions of supervision: who is concerned, who is started again, when it is too often, how long it waits. */
import { describe, expect, it } from "vitest";
import { type ExitReason, failure } from "../../mailbox/index.js";
import { backOffDelayMs, randomFraction } from "../../supervision/backoff.js";
import { concerned, RestartWindow, type Strategy, verdictOf } from "../../supervision/index.js";

describe("who is started again when b of a, b, c fails", () => {
  it.each<[Strategy, string]>([
    ["one_for_one", "b"],
    ["simple_one_for_one", "b"],
    ["one_for_all", "a b c"],
    ["rest_for_one", "b c"],
  ])("%s: %s", (strategy, expected) => {
    expect(concerned(strategy, "b", ["a", "b", "c"]).join(" ")).toBe(expected);
  });

  it("does not look at the others when they are of no concern", () => {
    const others = (): never => {
      throw new Error("looked");
    };
    expect(concerned("one_for_one", "b", { [Symbol.iterator]: others })).toEqual(["b"]);
  });
});

describe("what an end leads to", () => {
  const failed = (kind: string, retryable?: boolean): ExitReason => ({
    kind: "failed",
    error: failure(kind, "why", retryable === undefined ? {} : { retryable }),
  });
  const rows: readonly [what: string, reason: ExitReason, transient: "restart" | "keep"][] = [
    ["a return", { kind: "normal", value: 1 }, "keep"],
    ["the end by its host", { kind: "cancelled", reason: "scheduler shutdown" }, "keep"],
    ["an error that says it was cancelled", failed("CANCELED"), "keep"],
    ["an error that says it is on purpose", failed("SHUTDOWN"), "keep"],
    ["an error", failed("INTERNAL"), "restart"],
    ["an error that is not to be retried", failed("INVALID", false), "restart"],
    ["a kill", { kind: "killed" }, "restart"],
    ["no process", { kind: "noproc" }, "restart"],
  ];
  it.each(rows)("%s", (_what, reason, transient) => {
    expect(verdictOf("permanent", reason)).toBe("restart");
    expect(verdictOf("transient", reason)).toBe(transient);
    expect(verdictOf("temporary", reason)).toBe("remove");
  });
});

describe("the restart window", () => {
  const verdicts = (intensity: number, periodMs: number, times: readonly number[]): string => {
    const window = new RestartWindow({ intensity, periodMs });
    return times.map((time) => (window.add(time) ? "x" : ".")).join("");
  };

  it.each<[string, number, number, number[], string]>([
    ["bears as many as its intensity", 2, 1000, [0, 1, 2], "..x"],
    ["bears none with intensity 0", 0, 1000, [0, 5000], "xx"],
    ["counts one exactly a period ago", 1, 1000, [0, 1000], ".x"],
    ["forgets one longer ago", 1, 1000, [0, 1001, 2002], "..."],
    ["slides", 2, 1000, [0, 600, 1200, 1601, 1700], "....x"],
  ])("%s", (_what, intensity, periodMs, times, expected) => {
    expect(verdicts(intensity, periodMs, times)).toBe(expected);
  });

  it("keeps only what counts", () => {
    const window = new RestartWindow({ intensity: 10, periodMs: 10 });
    for (let time = 0; time < 10_000; time += 5) window.add(time);
    expect(window.list()).toEqual([9985, 9990, 9995]);
  });

  it("goes on from what counted before", () => {
    const window = new RestartWindow({ intensity: 1, periodMs: 1000 }, [500]);
    expect(window.add(1200)).toBe(true);
  });
});

describe("the back-off", () => {
  const backOff = { initialDelayMs: 100, maxDelayMs: 1000, backoffFactor: 2, jitter: 0.5 };

  it("is nothing without one", () => {
    expect(backOffDelayMs(undefined, 5, 0.9)).toBe(0);
  });

  it.each([
    [1, 0.5, 100],
    [2, 0.5, 200],
    [5, 0.5, 1000],
    [1, 0, 50],
    [1, 1, 150],
    [5, 1, 1500],
  ])("of attempt %i with chance %f is %i ms", (attempt, random, expected) => {
    expect(backOffDelayMs(backOff, attempt, random)).toBe(expected);
  });

  it("takes its chance from random bytes", () => {
    expect(randomFraction({ $bytes: "AAAAAA==" })).toBe(0);
    expect(randomFraction({ $bytes: "AAAAgA==" })).toBe(0.5);
    expect(randomFraction({ $bytes: "/////w==" })).toBeCloseTo(1, 8);
    expect(randomFraction(null)).toBe(0.5);
  });
});
