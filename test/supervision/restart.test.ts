/** How long a failed service waits, and which ends are final. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExitReason, failure } from "../../mailbox/index.js";
import { isTerminal, type RestartPolicy, restartDelayMs } from "../../supervision/index.js";

const policy: RestartPolicy = { initialDelayMs: 1000, maxDelayMs: 90_000, backoffFactor: 2, jitter: 0, maxAttempts: 0 };

describe("the delay before a restart", () => {
  it("grows by the factor up to its limit", () => {
    const delays = [1, 2, 3, 7, 8, 100].map((attempt) => restartDelayMs(policy, attempt, 0.5));
    expect(delays).toEqual([1000, 2000, 4000, 64_000, 90_000, 90_000]);
  });

  it("stays a delay however often it has grown", () => {
    expect(restartDelayMs(policy, 5000, 0.5)).toBe(90_000);
    expect(restartDelayMs({ ...policy, initialDelayMs: 0 }, 5000, 0.5)).toBe(0);
  });

  it("does not grow with the factor 1", () => {
    expect(restartDelayMs({ ...policy, backoffFactor: 1 }, 50, 0.5)).toBe(1000);
  });

  it("varies by the jitter and no more", () => {
    const jittery = { ...policy, jitter: 0.1 };
    expect(restartDelayMs(jittery, 1, 0)).toBe(900);
    expect(restartDelayMs(jittery, 1, 0.5)).toBe(1000);
    const fields = {
      initialDelayMs: fc.nat(1e6),
      maxDelayMs: fc.nat(1e6),
      backoffFactor: fc.double({ min: 1, max: 10, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      maxAttempts: fc.constant(0),
    };
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.record(fields), fc.integer({ min: 1, max: 10_000 }), random, (any, attempt, dice) => {
        const middle = restartDelayMs({ ...any, jitter: 0 }, attempt, dice);
        const delay = restartDelayMs(any, attempt, dice);
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(middle).toBeLessThanOrEqual(any.maxDelayMs);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(middle * (1 - any.jitter)) - 1);
        expect(delay).toBeLessThanOrEqual(Math.ceil(middle * (1 + any.jitter)) + 1);
      }),
    );
  });
});

describe("an end that is final", () => {
  const failed = (retryable?: boolean): ExitReason => ({
    kind: "failed",
    error: failure("INTERNAL", "x", retryable === undefined ? {} : { retryable }),
  });
  it.each([
    ["a normal one", { kind: "normal", value: null }, true],
    ["a cancelled one", { kind: "cancelled", reason: "" }, true],
    ["an error that says it is not retryable", failed(false), true],
    ["an error that says nothing (not final)", failed(), false],
    ["a retryable error (not final)", failed(true), false],
    ["a kill (not final)", { kind: "killed" }, false],
    ["a process that was not there (not final)", { kind: "noproc" }, false],
  ] as [string, ExitReason, boolean][])("is %s", (_what, reason, final) => expect(isTerminal(reason)).toBe(final));
});
