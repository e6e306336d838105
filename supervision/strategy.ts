/** Which children the end of one concerns, and whether it is started again. Decisions only: nothing here starts or stops anything. */
import type { ExitReason } from "../mailbox/index.js";
import type { Restart } from "./child.js";

export const strategies = ["one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one"] as const;
export type Strategy = (typeof strategies)[number];

/** `keep`: it stays known and is not started; `remove`: it is forgotten. */
export type Verdict = "restart" | "keep" | "remove";

/** Kind of the error with which a supervisor gives up. A process may use it to end on purpose and be taken for one that did its work. */
export const shutdownKind = "SHUTDOWN";

/**
 * True for the ends that a transient child is not restarted after: it returned, or it was stopped on purpose. An error that a program
 * returns is a failure, whatever it says of being worth a retry: how often is borne is up to the intensity.
 */
export function isExpectedEnd(reason: ExitReason): boolean {
  switch (reason.kind) {
    case "normal":
    case "cancelled":
      return true;
    case "failed":
      return reason.error.kind === shutdownKind || reason.error.kind === "CANCELED";
    case "killed":
    case "noproc":
      return false;
  }
}

export function verdictOf(restart: Restart, reason: ExitReason): Verdict {
  switch (restart) {
    case "permanent":
      return "restart";
    case "transient":
      return isExpectedEnd(reason) ? "keep" : "restart";
    case "temporary":
      return "remove";
  }
}

/**
 * Which children are started again when `failed` is, in starting order: they are stopped the other way round before. `inOrder` gives
 * all of them in starting order, and is not looked at when the others are of no concern.
 */
export function concerned<Child>(strategy: Strategy, failed: Child, inOrder: Iterable<Child>): readonly Child[] {
  switch (strategy) {
    case "one_for_one":
    case "simple_one_for_one":
      return [failed];
    case "one_for_all":
      return [...inOrder];
    case "rest_for_one": {
      const all = [...inOrder];
      return all.slice(all.indexOf(failed));
    }
  }
}
