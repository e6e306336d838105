/** The real clock. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { realClock } from "../../durability/memory/index.js";

describe("the clock of a node", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("never goes backwards", () => {
    const clock = realClock();
    const before = clock.now();
    vi.setSystemTime(before - 60_000);
    expect(clock.now()).toBe(before);
    vi.setSystemTime(before + 1);
    expect(clock.now()).toBe(before + 1);
  });

  it("fires timers longer than Node can, at their time and once", () => {
    const clock = realClock();
    const fire = vi.fn();
    const days = 24 * 60 * 60 * 1000;
    clock.timer(60 * days, fire);
    vi.advanceTimersByTime(60 * days - 1);
    expect(fire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    vi.advanceTimersByTime(60 * days);
    expect(fire).toHaveBeenCalledOnce();
  });

  it("takes back a timer, also one that has been armed again", () => {
    const clock = realClock();
    const fire = vi.fn();
    const days = 24 * 60 * 60 * 1000;
    const timer = clock.timer(60 * days, fire);
    vi.advanceTimersByTime(40 * days);
    timer.cancel();
    vi.advanceTimersByTime(40 * days);
    expect(fire).not.toHaveBeenCalled();
  });

  it("goes on, and its timers fire in time, after the machine's clock was put back", () => {
    const clock = realClock();
    const before = clock.now();
    const fire = vi.fn();
    clock.timer(1000, fire);
    vi.setSystemTime(before - 3_600_000);
    clock.now();
    vi.advanceTimersByTime(1000);
    expect(fire).toHaveBeenCalledOnce();
    expect(clock.now()).toBe(before + 500);
    clock.timer(1000, fire);
    vi.advanceTimersByTime(1000);
    expect(fire).toHaveBeenCalledTimes(2);
  });

  it("fires timers of no sensible length once, without spinning", () => {
    const clock = realClock();
    const fire = vi.fn();
    clock.timer(Number.NaN, fire);
    clock.timer(0, fire);
    const never = clock.timer(Number.POSITIVE_INFINITY, () => expect.fail("infinity came"));
    vi.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(2 ** 31);
    expect(vi.getTimerCount()).toBe(1);
    never.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("fires what is due already", () => {
    const fire = vi.fn();
    realClock().timer(-5, fire);
    vi.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledOnce();
  });
});
