/** What waits to be fed to one process, and who wants to know what became of it. */
import type { Input } from "../../actors/index.js";
import type { Delivery } from "../../mailbox/index.js";

export interface Item {
  readonly input: Input;
  /** It is part of the journal, as far as the commit that is being gathered goes. */
  readonly taken?: () => void;
  /** The process ended before it. */
  readonly refused?: () => void;
  /** The claim became void with it in the queue. */
  readonly abandoned?: () => void;
  /** What its sender is told when the mailbox has no room for it. Without it, it was accepted before and enters in any case. */
  readonly full?: (delivery: Delivery) => void;
}
