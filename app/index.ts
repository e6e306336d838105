/** An application: checked entries, and a node that runs them. */

export { failureText } from "../mailbox/index.js";
export { BootError, type BootOptions, bootApp, type RunningApp } from "./boot.js";
export { isScript } from "./config/locate.js";
export { scriptEntry } from "./config/script.js";
export {
  type AppConfig,
  ConfigError,
  type Entry,
  entriesOfKind,
  formatProblem,
  type LoadOptions,
  loadApp,
  type Problem,
} from "./entries.js";
export { type LogOptions, logOptions, type NodeLogger, observeSystem, openLogger } from "./logs.js";
export type { Part } from "./parts.js";
export type { TargetResult } from "./target.js";
