/** Hosts that keep nothing. */
export { realClock } from "./clock.js";
export { MemoryHost, type MemoryHostOptions } from "./host.js";
export { Scheduler, type Turn, type TurnEnd } from "./scheduler.js";
export type { Recorder, Tape } from "./slot.js";
