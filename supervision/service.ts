/** The life of an auto-started service as a state machine: events in, a new state and one action out. Starts and stops nothing. */
import { type ExitReason, exitError, type Failure, failure } from "../mailbox/index.js";
import { isTerminal, type RestartPolicy, restartDelayMs } from "./restart.js";

export type ServiceStatus = "unknown" | "starting" | "running" | "stopping" | "stopped" | "failed" | "exited";

/** Times in ms since 1970. */
export interface ServiceState {
  readonly status: ServiceStatus;
  readonly desired: "running" | "stopped";
  /** Failures since the last stable run. */
  readonly retryCount: number;
  readonly startedAt: number;
  readonly lastUpdate: number;
  readonly details: string;
  readonly error?: Failure;
}

export interface ServicePolicy {
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** A run at least this long forgets earlier failures. */
  readonly stableThresholdMs: number;
  readonly restart: RestartPolicy;
}

export type ServiceEvent =
  | { readonly kind: "start" }
  | { readonly kind: "started" }
  | { readonly kind: "start_failed"; readonly error: Failure }
  | { readonly kind: "start_timeout" }
  | { readonly kind: "ended"; readonly reason: ExitReason }
  | { readonly kind: "retry" }
  | { readonly kind: "stop" }
  | { readonly kind: "stop_timeout" };

/** What the actor must do next. `cancel` asks the process to stop, `kill` makes it. */
export type ServiceAction =
  | { readonly kind: "none" }
  | { readonly kind: "start" }
  | { readonly kind: "cancel" }
  | { readonly kind: "kill" }
  | { readonly kind: "retry"; readonly delayMs: number; readonly error: Failure };

export interface ServiceStep {
  readonly state: ServiceState;
  readonly action: ServiceAction;
}

export const newService: ServiceState = {
  status: "unknown",
  desired: "stopped",
  retryCount: 0,
  startedAt: 0,
  lastUpdate: 0,
  details: "",
};

const none: ServiceAction = { kind: "none" };

/** `random` is uniform in [0, 1), for the jitter. Source: specification 4.1. */
export function serviceStep(
  before: ServiceState,
  event: ServiceEvent,
  policy: ServicePolicy,
  now: number,
  random: number,
): ServiceStep {
  const state: ServiceState = { ...before, lastUpdate: now };
  switch (event.kind) {
    case "start":
      if (state.status === "starting" || state.status === "running") return { state, action: none };
      return starting({ ...state, desired: "running", retryCount: 0 });
    case "retry":
      return state.desired === "running" && state.status === "failed" ? starting(state) : { state, action: none };
    case "started": {
      const { error: _earlier, ...rest } = state;
      const alive: ServiceState = { ...rest, startedAt: now, details: "" };
      if (state.desired === "stopped") return { state: { ...alive, status: "stopping" }, action: { kind: "cancel" } };
      return { state: { ...alive, status: "running" }, action: none };
    }
    case "start_failed":
      return event.error.retryable === false ? exited(state, event.error) : failed(state, event.error, policy, random);
    case "start_timeout":
      if (state.status !== "starting") return { state, action: none };
      return failed(state, failure("TIMEOUT", "start timeout", { retryable: true }), policy, random);
    case "ended":
      return ended(state, event.reason, policy, now, random);
    case "stop":
      return stopping(state);
    case "stop_timeout": {
      if (state.status !== "stopping") return { state, action: none };
      const details = `stop timeout after ${policy.stopTimeoutMs} ms`;
      return { state: { ...state, details, error: failure("TIMEOUT", details) }, action: { kind: "kill" } };
    }
  }
}

function starting(state: ServiceState): ServiceStep {
  return {
    state: { ...state, status: "starting", details: `attempt ${state.retryCount + 1}` },
    action: { kind: "start" },
  };
}

function stopping(before: ServiceState): ServiceStep {
  const state: ServiceState = { ...before, desired: "stopped" };
  if (state.status === "running") return { state: { ...state, status: "stopping" }, action: { kind: "cancel" } };
  if (state.status === "starting" || state.status === "stopping") return { state, action: none };
  return { state: { ...state, status: "stopped" }, action: none };
}

function ended(
  state: ServiceState,
  reason: ExitReason,
  policy: ServicePolicy,
  now: number,
  random: number,
): ServiceStep {
  const error = exitError(reason);
  if (state.desired === "stopped") {
    // The only error of a process that is to stop is that it took too long.
    return { state: { ...state, status: state.error === undefined ? "stopped" : "failed" }, action: none };
  }
  if (isTerminal(reason)) return exited(state, error);
  const stable = now - state.startedAt >= policy.stableThresholdMs;
  return failed(stable ? { ...state, retryCount: 0 } : state, error!, policy, random);
}

function exited(state: ServiceState, error: Failure | undefined): ServiceStep {
  const { error: _old, ...rest } = state;
  const details = error === undefined ? "ended normally" : error.message;
  return { state: { ...rest, status: "exited", details, ...(error === undefined ? {} : { error }) }, action: none };
}

function failed(state: ServiceState, error: Failure, policy: ServicePolicy, random: number): ServiceStep {
  const retryCount = state.retryCount + 1;
  const next: ServiceState = { ...state, status: "failed", retryCount, details: error.message, error };
  const { maxAttempts } = policy.restart;
  if (state.desired === "stopped" || (maxAttempts > 0 && retryCount >= maxAttempts))
    return { state: next, action: none };
  return { state: next, action: { kind: "retry", delayMs: restartDelayMs(policy.restart, retryCount, random), error } };
}
