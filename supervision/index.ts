/** Supervision: restart policy as pure decisions, and the program of a supervisor that acts on them. */
export { supervisorEntry } from "../actors/index.js";
export { type ChildSpec, notAnId } from "./child.js";
export {
  type ChildCounts,
  type ChildInfo,
  type ChildOptions,
  countChildren,
  deleteChild,
  restartChild,
  startChild,
  startSupervisor,
  type TreeOptions,
  terminateChild,
  whichChildren,
} from "./control.js";
export type { SpecProblem } from "./fields.js";
export { RestartWindow } from "./intensity.js";
export { supervisorProgram } from "./program.js";
export { isTerminal, type RestartPolicy, restartDelayMs } from "./restart.js";
export {
  newService,
  type ServiceAction,
  type ServiceEvent,
  type ServicePolicy,
  type ServiceState,
  type ServiceStatus,
  type ServiceStep,
  serviceStep,
} from "./service.js";
export { readSupervisor, type SupervisorSpec } from "./spec.js";
export { concerned, isExpectedEnd, type Strategy, type Verdict, verdictOf } from "./strategy.js";
