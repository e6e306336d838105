/** What the node does for `crypto`: work that is heavy, or needs what Lua has not. The answer is recorded, what was given is not. */
import type { Outcome, PayloadRecord } from "../../../actors/index.js";
import { checkPayloadSize, type Failure, failure } from "../../../mailbox/index.js";
import type { Call, Pushable, Suspension } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { failWith } from "../answers.js";
import { bytesIn } from "../random.js";

export const cryptoService = "crypto";

export type CryptoOperation = "pbkdf2" | "rs256_sign" | "rs256_verify";

/** Yields. The call returns what `show` makes of the answer, or nil and the error. */
export function askCrypto(
  call: Call<LuaProcess>,
  operation: CryptoOperation,
  args: PayloadRecord,
  show: (outcome: Outcome) => { readonly value: Pushable } | { readonly error: Failure },
): Suspension | undefined {
  const tooLarge = checkPayloadSize([args], "what is to be signed or derived");
  if (tooLarge !== undefined) return failWith(call, tooLarge);
  const { owner } = call;
  const { self, shared } = owner;
  return owner.suspend(call, (resumption) => {
    owner.onSettled(self.request({ kind: "ask", service: cryptoService, operation, args }), (outcome) => {
      const shown = show(outcome);
      if ("error" in shown) resumption.values(undefined, shared.pushableError(shown.error));
      else resumption.values(shown.value, undefined);
    });
  });
}

/** The same for an answer of bytes. */
export function askBytes(
  call: Call<LuaProcess>,
  operation: CryptoOperation,
  args: PayloadRecord,
  show: (bytes: Uint8Array) => Pushable,
): Suspension | undefined {
  return askCrypto(call, operation, args, (outcome) => {
    if (!outcome.ok) return outcome;
    const bytes = bytesIn(outcome.value);
    if (bytes !== undefined) return { value: show(bytes) };
    return { error: failure("INTERNAL", `the node answered ${operation} with something else than bytes`) };
  });
}
