/** The real clock of a node: never goes backwards, timers of any length. */
import type { Clock } from "../../actors/index.js";

/** Node fires longer timeouts at once, with a warning. */
const maxTimeoutMs = 2 ** 31 - 1;

export function realClock(): Clock {
  let last = 0;
  const now = (): number => {
    last = Math.max(last, Date.now());
    return last;
  };
  return {
    now,
    timer: (delayMs, fire) => longTimer(now() + Math.max(0, delayMs), now, fire),
    soon: (run) => setImmediate(run),
  };
}

function longTimer(dueAt: number, now: () => number, fire: () => void): { cancel(): void } {
  let handle: NodeJS.Timeout;
  const arm = (): void => {
    const left = dueAt - now();
    handle = setTimeout(() => (now() >= dueAt ? fire() : arm()), Math.min(Math.max(left, 0), maxTimeoutMs));
  };
  arm();
  return { cancel: () => clearTimeout(handle) };
}
