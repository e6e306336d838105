/** Registry ids as programs write them, `namespace:name`: what is wrong with one. What an id leads to is decided elsewhere. */
import { type Failure, failure } from "../mailbox/index.js";

/** The words of the call that was given the id. */
export interface IdTexts {
  readonly empty: string;
  readonly namespace: string;
  readonly name: string;
}

/** INVALID in those words; undefined when nothing is wrong. */
export function idProblem(id: string, texts: IdTexts): Failure | undefined {
  const invalid = (message: string): Failure => failure("INVALID", message, { retryable: false });
  if (id === "") return invalid(texts.empty);
  const colon = id.indexOf(":");
  if (colon <= 0) return invalid(texts.namespace);
  return colon === id.length - 1 ? invalid(texts.name) : undefined;
}

/** As `idProblem`, for the id of a function. The texts are the specification's (2.3). */
export function functionIdProblem(id: string): Failure | undefined {
  return idProblem(id, {
    empty: "function ID required",
    namespace: "namespace required in function ID",
    name: "name required in function ID",
  });
}

/** Hex with at least five digits, as in `0x00001`: how a counter shows in the ids that a host makes. */
export function counterId(count: number): string {
  return `0x${count.toString(16).padStart(5, "0")}`;
}

/** Node part of the pids of ephemeral processes: random per start, so it names no place and no process twice. `random` is hex. */
export function bootId(random: string): string {
  return `n${random}`;
}

/** True for what `bootId` makes: when nobody with that id can be reached, its processes are no more. */
export function isBootId(node: string): boolean {
  return /^n[0-9a-f]{12,}$/.test(node);
}
