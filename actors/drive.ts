/** drive: joins a process to a port that has no scheduler of its own, such as a workflow or a replay. */
import { failure } from "../mailbox/index.js";
import type { Input } from "./input.js";
import type { Port } from "./port.js";
import type { Process } from "./process.js";

/** Feed one input and let the program run until it waits. For hosts that do not share a thread fairly, and for replay. */
export function drive(process: Process, input: Input, port: Port, maxSlices = Number.POSITIVE_INFINITY): void {
  process.feed(input, port);
  let slices = 1;
  while (process.runnable) {
    if (slices >= maxSlices) {
      process.feed({ kind: "overrun", at: input.at, slices }, port);
      return;
    }
    process.run(port);
    slices++;
  }
}

/** For hosts on which a process cannot go on as another program. */
export function refuseUpgrade(process: Process, at: number, port: Port, message: string): void {
  if (process.upgrading !== undefined) process.become(failure("INVALID", message, { retryable: false }), at, port);
}
