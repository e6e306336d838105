/** drive: joins a process to a port that has no scheduler of its own, such as a workflow or a replay. */
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
