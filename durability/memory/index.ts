/** Hosts that keep nothing. */
export { realClock } from "./clock.js";
export { MemoryHost, type MemoryHostOptions } from "./host.js";
export { type OpenMemoryHostOptions, openMemoryHost, type ProcessHost } from "./open.js";
export { Scheduler, type Turn, type TurnEnd } from "./scheduler.js";
export type { Recorder, Tape } from "./slot.js";
export type { OpenThread, ThreadPrograms, WorkersOptions } from "./workers/start.js";
