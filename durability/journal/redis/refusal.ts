/** Why a server does not do what it is asked, as a named state. Decides nothing about what follows. */

export type RefusalState =
  | "disconnected"
  | "loading"
  | "readonly"
  | "out_of_memory"
  | "busy"
  | "unresponsive"
  | "auth_failed"
  | "not_persisting"
  | "too_few_replicas"
  | "cluster_moved"
  | "cluster_down"
  | "script_missing"
  | "misconfigured"
  | "refused";

/** States that no waiting ends: someone has to change the url or the server. */
const finalStates: readonly RefusalState[] = ["auth_failed", "cluster_moved", "misconfigured"];

export class Refusal extends Error {
  readonly state: RefusalState;

  constructor(state: RefusalState, words: string) {
    super(words);
    this.name = "Refusal";
    this.state = state;
  }

  get final(): boolean {
    return finalStates.includes(this.state);
  }

  /** First word: the state. */
  get detail(): string {
    return `${this.state}: ${this.message}`;
  }
}

const stateOfCode: ReadonlyMap<string, RefusalState> = new Map<string, RefusalState>([
  ["LOADING", "loading"],
  ["READONLY", "readonly"],
  ["MASTERDOWN", "readonly"],
  ["OOM", "out_of_memory"],
  ["BUSY", "busy"],
  ["NOAUTH", "auth_failed"],
  ["WRONGPASS", "auth_failed"],
  ["NOPERM", "auth_failed"],
  ["DENIED", "auth_failed"],
  ["MISCONF", "not_persisting"],
  ["NOREPLICAS", "too_few_replicas"],
  ["MOVED", "cluster_moved"],
  ["ASK", "cluster_down"],
  ["TRYAGAIN", "cluster_down"],
  ["CLUSTERDOWN", "cluster_down"],
  ["NOSCRIPT", "script_missing"],
]);

/** From an error reply of Redis or an error of its client. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const words = error instanceof Error ? error.message : String(error);
  if (words === "Command timed out") return new Refusal("unresponsive", "no answer in time");
  if (!(error instanceof Error) || error.name !== "ReplyError") return new Refusal("disconnected", words);
  return new Refusal(stateOfCode.get(/^[A-Z]+/.exec(words)?.[0] ?? "") ?? "refused", words);
}
