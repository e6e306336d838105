/** Supervision policy as pure decisions. */
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
