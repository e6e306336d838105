/** An application: checked entries, and a node that runs them. */
export { BootError, type BootOptions, bootApp, type RunningApp } from "./boot.js";
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
