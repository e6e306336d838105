/** A supervisor script: a tree, and what happens to it step by step. Read by OTP's supervisor (beam/supervisor_oracle.erl) and by ours. */
import type { Strategy } from "../../supervision/index.js";

/** What a worker does when it is asked to stop: it ends as asked, returns, goes on, or crashes. */
export type Manner = "plain" | "polite" | "stubborn" | "sour";

/** A number is milliseconds, and for a stubborn worker only: it has no reason to take long. */
export type Shutdown = "kill" | "infinity" | number;

export interface WorkerScript {
  readonly id: string;
  readonly restart: "permanent" | "transient" | "temporary";
  readonly shutdown: Shutdown;
  readonly manner: Manner;
  /** Which of its starts are refused, counted from 1 over the whole script. */
  readonly fails: readonly number[];
}

export interface NestedScript {
  readonly id: string;
  readonly restart: "permanent" | "transient" | "temporary";
  readonly shutdown: Shutdown;
  readonly spec: SpecScript;
}

export type ChildScript = WorkerScript | NestedScript;

export interface SpecScript {
  readonly strategy: Strategy;
  readonly intensity: number;
  /** Seconds. */
  readonly period: number;
  /** Of a simple_one_for_one: its template. */
  readonly children: readonly ChildScript[];
}

export type How = "normal" | "shutdown" | "crash" | "kill";

/** `dynamic` children of a simple_one_for_one are called by id here, and by pid where they live. */
export type RequestScript =
  | { readonly ask: "start"; readonly child: ChildScript }
  | { readonly ask: "start"; readonly dynamic: string }
  | { readonly ask: "terminate"; readonly dynamic: string }
  | { readonly ask: "terminate" | "restart" | "delete"; readonly id: string }
  | { readonly ask: "which" | "count" };

/** An act on a child or a supervisor that is not there is left out, but for a call. */
export type Act =
  | { readonly act: "leave"; readonly id: string; readonly how: How }
  | { readonly act: "call"; readonly sup: string; readonly request: RequestScript }
  | { readonly act: "stop" }
  | { readonly act: "parent"; readonly how: "normal" | "crash" | "kill" }
  | { readonly act: "pass"; readonly seconds: number };

/**
 * Several acts wait in the supervisor's mailbox before it sees the first. Those of `during` are put there while it starts the first
 * child of this step. All of them concern `sup` alone, and `pass` comes alone.
 */
export interface StepScript {
  readonly sup: string;
  readonly acts: readonly Act[];
  readonly during: readonly Act[];
}

export interface SupervisorScript {
  readonly spec: SpecScript;
  readonly steps: readonly StepScript[];
}

export function isNested(child: ChildScript): child is NestedScript {
  return "spec" in child;
}

/** What a call is called in a trace. */
export function callText(request: RequestScript): string {
  switch (request.ask) {
    case "which":
    case "count":
      return `${request.ask}_children`;
    case "start":
      return `start_child ${"child" in request ? request.child.id : request.dynamic}`;
    default:
      return `${request.ask}_child ${"id" in request ? request.id : request.dynamic}`;
  }
}

/** As one line of Erlang. */
export function erlangTerm({ spec, steps }: SupervisorScript): string {
  return `#{spec=>${specTerm(spec)},steps=>${list(steps.map(stepTerm))}}.`;
}

function specTerm({ strategy, intensity, period, children }: SpecScript): string {
  return `#{strategy=>${strategy},intensity=>${intensity},period=>${period},children=>${list(children.map(childTerm))}}`;
}

function childTerm(child: ChildScript): string {
  const shutdown = child.shutdown === "kill" ? "brutal_kill" : child.shutdown;
  const common = `id=>${child.id},restart=>${child.restart},shutdown=>${shutdown}`;
  if (isNested(child)) return `#{${common},spec=>${specTerm(child.spec)}}`;
  return `#{${common},manner=>${child.manner},fails=>${list(child.fails)}}`;
}

function stepTerm({ sup, acts, during }: StepScript): string {
  return `#{sup=>${sup},acts=>${list(acts.map(actTerm))},during=>${list(during.map(actTerm))}}`;
}

function actTerm(act: Act): string {
  switch (act.act) {
    case "leave":
      return `{leave,${act.id},${act.how}}`;
    case "call":
      return `{call,${act.sup},${requestTerm(act.request)}}`;
    case "stop":
      return "stop";
    case "parent":
      return `{parent,${act.how}}`;
    case "pass":
      return `{pass,${act.seconds}}`;
  }
}

function requestTerm(request: RequestScript): string {
  switch (request.ask) {
    case "which":
    case "count":
      return request.ask;
    case "start":
      return `{start,${"child" in request ? childTerm(request.child) : request.dynamic}}`;
    default:
      return `{${request.ask},${"id" in request ? request.id : `{dynamic,${request.dynamic}}`}}`;
  }
}

function list(items: readonly (string | number)[]): string {
  return `[${items.join(",")}]`;
}
