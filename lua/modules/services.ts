/** How a module asks a service of the node. Which services there are, and what they answer, is not known here. */
import type { AskRequest } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";
import type { Call, Pushable, Suspension } from "../fengari.js";
import type { LuaProcess } from "../owner.js";
import { answer } from "./answers.js";

/** Yields; the results are the answer as `show` makes it, or `nil, err`. */
export function askService(
  call: Call<LuaProcess>,
  request: Omit<AskRequest, "kind">,
  show?: (value: Payload) => Pushable,
): Suspension {
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    const tag = owner.self.request({ kind: "ask", ...request });
    owner.onSettled(tag, (outcome) => answer(owner.shared, resumption, outcome, show));
  });
}
