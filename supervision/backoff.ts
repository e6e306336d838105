/** BackOff: how long a child that ended waits before it is started again. Who waits is decided elsewhere. */
import { fromBase64, type Payload } from "../mailbox/index.js";
import { restartDelayMs } from "./restart.js";

export interface BackOff {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly backoffFactor: number;
  /** Fraction of the delay, either way. */
  readonly jitter: number;
}

export const backOffKeys = ["initial_delay", "max_delay", "backoff_factor", "jitter"];

/** Those of a service's lifecycle block. */
export const defaultBackOff: BackOff = { initialDelayMs: 1000, maxDelayMs: 90_000, backoffFactor: 2, jitter: 0.1 };

/** Ms before restart number `attempt` (from 1). `random` is uniform in [0, 1). */
export function backOffDelayMs(backOff: BackOff | undefined, attempt: number, random: number): number {
  return backOff === undefined ? 0 : restartDelayMs({ ...backOff, maxAttempts: 0 }, attempt, random);
}

/** Bytes of a `random` request for one delay. */
export const randomBytesOfDelay = 4;

/** A number in [0, 1) of the answer to a `random` request; the middle when there is none. */
export function randomFraction(answer: Payload): number {
  const text = (answer as { readonly $bytes?: unknown } | null)?.$bytes;
  const bytes = typeof text === "string" ? fromBase64(text) : undefined;
  if (bytes === undefined || bytes.length < randomBytesOfDelay) return 0.5;
  return bytes.slice(0, randomBytesOfDelay).reduce((sum, byte) => (sum + byte) / 256, 0);
}
