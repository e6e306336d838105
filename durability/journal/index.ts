/** Hosts that keep the inputs of their processes. The drivers are folders of their own, loaded by whoever needs one. */
export { JournalHost, type JournalHostOptions } from "./host.js";
export {
  type Commit,
  type CommitResult,
  type Journal,
  JournalError,
  type JournalEvents,
  type JournalHealth,
  type JournalImage,
  type ProcessWrite,
  type Superseded,
} from "./journal.js";
export type { Programs } from "./programs.js";
export type { CatchUp } from "./requests.js";
export type { LoadedProgram } from "./slot-host.js";
