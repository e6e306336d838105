/** A claim, and what it means when a journal holds something else. Asks no server. */
import type { Superseded } from "../journal.js";
import type { Meta } from "./image.js";
import type { Keys } from "./keys.js";
import type { ServerFacts } from "./server.js";

export interface Claim {
  readonly epoch: number;
  /** Of this claim only: an older copy of the data may know another claim of the same epoch. */
  readonly token: string;
  /** Of the last commit when the claim was made. */
  readonly head: number;
  readonly server: ServerFacts;
  readonly keys: Keys;
}

export function isOwned({ epoch, owner, broken }: Meta, claim: Claim): boolean {
  return epoch === String(claim.epoch) && owner === claim.token && broken === "";
}

/** Why a commit after `head` is refused where this was found; the detail continues the address of the server. */
export function judge(found: Meta, claim: Claim, head: number): { readonly why: Superseded; readonly detail: string } {
  if (Number(found.epoch) > claim.epoch) {
    const epochs = `epoch ${found.epoch}, ours was ${claim.epoch}`;
    return { why: "fenced", detail: `holds a journal that another owner has claimed (${epochs})` };
  }
  if (found.broken !== "") return { why: "rolled_back", detail: `holds a damaged journal: ${found.broken}` };
  const content = found.epoch === "" ? "no journal" : `epoch ${found.epoch} and commit ${found.head}`;
  return { why: "rolled_back", detail: `holds ${content}, not epoch ${claim.epoch} and commit ${head}` };
}
