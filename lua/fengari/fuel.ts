/** What a budget kill looks like from outside, and what the host's own work costs; counting lives in the engine's patches and `isolate.ts`. */

import type { lua_State } from "#fengari/index.js";

/** Why a thread was killed: it used more instructions in one turn than its limits allow. */
export class BudgetExceeded extends Error {
  override readonly name = "BudgetExceeded";
  constructor(readonly budgetInstructions: number) {
    super(`instruction budget exceeded: more than ${budgetInstructions} instructions in one turn`);
  }
}

/** Work on the host's side counts as instructions too. Past the budget it ends the thread here, by an exception. */
export function charge(L: lua_State, instructions: number): void {
  const G = L.l_G;
  G.fuel -= instructions;
  if (G.fuel < 0) G.onfuel?.(L, false);
}

/** Converting a string is a loop over its bytes. */
export function chargeBytes(L: lua_State, bytes: number): void {
  if (bytes > 64) charge(L, bytes >> 3);
}
