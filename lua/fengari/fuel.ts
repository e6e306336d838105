/** What a budget kill looks like from outside; counting itself lives in the engine's patches and `engine.ts`. */

/** Why a thread was killed: it used more instructions in one turn than its limits allow. */
export class BudgetExceeded extends Error {
  override readonly name = "BudgetExceeded";
  constructor(readonly budgetInstructions: number) {
    super(`instruction budget exceeded: more than ${budgetInstructions} instructions in one turn`);
  }
}
