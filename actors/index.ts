/** One process, and how it meets others. */

export { asyncProgram } from "./async-program.js";
export { type AsyncFunction, type AsyncSelf, ProcessEnded } from "./async-self.js";
export { type Behaviour, behaviourProgram, type Step } from "./behaviour.js";
export { Client, ClientProgram } from "./client.js";
export type { BehaviourEvent, Command } from "./command.js";
export { actorKey, idempotencyKey, inheritedContext, isReservedKey, scopeKey } from "./context.js";
export { type DeadLetter, DeadLetters, type LetterFilter, type Resent } from "./dead-letters.js";
export { drive, refuseUpgrade } from "./drive.js";
export { type BusEvent, EventBus, eventProblem, subscriptionProblem } from "./event-bus.js";
export { droppedCall, Gate, type GateOwner, isMessage, mayTurnAway } from "./gate.js";
export { type GroupChange, type GroupSnapshot, groupProblem, ProcessGroups } from "./groups.js";
export { answerSpawn, guarded, startOn, thrownFailure } from "./guard.js";
export { type Clock, type Host, hostClosing, type KnownBond, noRoom } from "./host.js";
export { bootId, counterId, functionIdProblem, type IdTexts, idProblem, isBootId } from "./ids.js";
export {
  type AskRequest,
  type HoldRequest,
  type Input,
  type InvokeRequest,
  type NameRequest,
  type Outcome,
  type PayloadRecord,
  type Request,
  type SpawnResult,
  type SpawnSpec,
  type StartupMessage,
  type StoreRequest,
  spawnSpec,
  startupEnvelopes,
} from "./input.js";
export { Names, nameNotFound } from "./names.js";
export type { LogLevel, LogRecord, Port } from "./port.js";
export { Process, type ProcessOptions, type ProcessStatus } from "./process.js";
export type { ProcessEvent, Program, Self, SpawnOptions } from "./program.js";
export { isNotAnswered } from "./reception.js";
export { type Bond, BondTable, Relations } from "./relations.js";
export { type Home, hostMissing, Router, systemPid } from "./router.js";
export { dedupeWindowMs } from "./sequence.js";
export { type NodeService, Services, unknownOperation } from "./services.js";
export type { ProcessSnapshot } from "./snapshot.js";
export { exitOutcome } from "./spawns.js";
export {
  type SupervisorOperation,
  type SupervisorStarter,
  supervisorArgs,
  supervisorEntry,
  supervisorOperations,
  supervisorPatienceMs,
  supervisorRequest,
  supervisorTopic,
} from "./supervisors.js";
export {
  type Asked,
  createSystem,
  type FarParts,
  type Invoker,
  type MailboxFull,
  type ProgramLoader,
  type StoreAccess,
  System,
  type SystemEvents,
  type SystemOptions,
} from "./system.js";
