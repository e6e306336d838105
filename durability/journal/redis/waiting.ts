/** How long to wait before the next try. Tries nothing itself. */

const firstMs = 50;
const longestMs = 2_000;

/** Delays that double from 50 ms to 2 s, each cut by up to half at random so that many clients do not come back at once. */
export class Backoff {
  #tries = 0;

  next(): number {
    const fullMs = Math.min(longestMs, firstMs * 2 ** this.#tries);
    this.#tries += 1;
    return fullMs * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.#tries = 0;
  }
}

/** Resolves after `delayMs`, or at once when `signal` comes. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener("abort", done);
  });
}
