/** When something that ended is started again, and after how long. Decisions only: nothing here starts anything. */
import type { ExitReason } from "../mailbox/index.js";

export interface RestartPolicy {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly backoffFactor: number;
  /** Fraction of the delay, either way. */
  readonly jitter: number;
  /** Failures before giving up; 0: never. */
  readonly maxAttempts: number;
}

/** Delay before restart number `attempt` (from 1), in ms. `random` is uniform in [0, 1). Source: specification 4.2. */
export function restartDelayMs(policy: RestartPolicy, attempt: number, random: number): number {
  // Past 2^1023 the factor is infinite, and zero times that is no number.
  const grown = policy.initialDelayMs * Math.min(policy.backoffFactor ** (attempt - 1), Number.MAX_VALUE);
  const capped = Math.min(grown, policy.maxDelayMs);
  return Math.max(0, Math.round(capped * (1 + policy.jitter * (2 * random - 1))));
}

/**
 * True when a service that ended so is not restarted: a normal end, a cancelled one, and an error that says retryable = false. Mind
 * that an error returned as plain text says so. Source: specification 4.1.
 */
export function isTerminal(reason: ExitReason): boolean {
  switch (reason.kind) {
    case "normal":
    case "cancelled":
      return true;
    case "failed":
      return reason.error.retryable === false;
    case "killed":
    case "noproc":
      return false;
  }
}
