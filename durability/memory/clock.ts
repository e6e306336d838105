/** The real clock of a node: never goes backwards, never stands still, timers of any length. */
import type { Clock } from "../../actors/index.js";

/** Node fires longer timeouts at once, with a warning. */
const maxTimeoutMs = 2 ** 31 - 1;

/**
 * After the machine's clock was put back, time goes on at half its speed until that clock has caught up: were it to stand still,
 * the slices of a scheduler would have no end. Timers run by what has really passed.
 */
export function realClock(): Clock {
  let last = 0;
  let seenAt = performance.now();
  const now = (): number => {
    const wall = Date.now();
    // Asked many times in a millisecond: one look at the second clock is enough.
    if (wall === last) return last;
    if (wall > last) {
      last = wall;
      seenAt = performance.now();
      return wall;
    }
    const passed = Math.floor((performance.now() - seenAt) / 2);
    if (passed > 0) {
      last += passed;
      seenAt += passed * 2;
    }
    return last;
  };
  return {
    now,
    fine: () => performance.now(),
    // NaN is a delay of nothing: it would never be over.
    timer: (delayMs, fire) => longTimer(Number.isNaN(delayMs) ? 0 : Math.max(0, delayMs), fire),
    soon: (run) => setImmediate(run),
  };
}

function longTimer(delayMs: number, fire: () => void): { cancel(): void } {
  const dueAt = performance.now() + delayMs;
  let handle: NodeJS.Timeout;
  const arm = (left: number): void => {
    // Node counts in whole milliseconds and may be a fraction early.
    handle = setTimeout(again, Math.min(Math.max(Math.ceil(left), 0), maxTimeoutMs));
  };
  const again = (): void => {
    const left = dueAt - performance.now();
    if (left > 0) arm(left);
    else fire();
  };
  arm(delayMs);
  return { cancel: () => clearTimeout(handle) };
}
