/** Hosts that keep the inputs of their processes. The drivers are folders of their own, loaded by whoever needs one. */
export { JournalHost } from "./host.js";
export {
  type Commit,
  type CommitResult,
  type Journal,
  JournalError,
  type JournalEvents,
  type JournalHealth,
  type JournalImage,
  type JournalReader,
  type ProcessWrite,
  type StoredTexts,
  type Superseded,
} from "./journal.js";
export type { JournalHostOptions } from "./options.js";
export { behaviourPrograms, type Programs } from "./programs.js";
export type { OpenRow, OutRow } from "./records.js";
export { type Rehearsal, rehearse } from "./rehearsal.js";
export type { CatchUp } from "./requests.js";
export { storedPid } from "./revival.js";
export type { LoadedProgram } from "./slot-host.js";
export { Pinned, readStored, type Verified, verifyJournal } from "./verify.js";
export { type InputView, type ProcessRow, type ProcessView, viewProcess, viewRow } from "./view.js";
