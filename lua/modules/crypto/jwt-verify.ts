/** `crypto.jwt.verify(token, key, alg?, require_exp?)`: the claims of a token, once its signature and its times have been checked. */
import { base64, bytesPayload, encodeUtf8, type Failure } from "../../../mailbox/index.js";
import type { Call, HostFunction, Pushable } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { absent, fail, failWith, refusal } from "../answers.js";
import { digestCost, equalBytes, keyedDigest } from "../digests.js";
import { decodeJson } from "../json/decode.js";
import { askCrypto } from "./ask.js";
import { type Algorithm, algorithms, maxTokenLength, parseToken, secretDigests, type Token } from "./token.js";

interface Asked {
  readonly token: Token;
  readonly key: Uint8Array;
  readonly alg: Algorithm;
  readonly requireExp: boolean;
}

/**
 * The token must be signed with exactly this algorithm. An `exp` that is there must lie ahead and an `nbf` behind, by the time of the
 * process; without `require_exp = false` there must be an `exp`. Every failure is INTERNAL. RS256 takes a public RSA key as PEM, and
 * yields.
 */
export const jwtVerify: HostFunction<LuaProcess> = (call) => {
  const asked = askedOf(call);
  if (typeof asked === "string") return fail(call, "INTERNAL", asked);
  const { token, key, alg } = asked;
  if (alg !== "RS256") {
    call.charge(digestCost(secretDigests[alg], key.length + token.signed.length));
    const isRight = equalBytes(token.signature, keyedDigest(secretDigests[alg], key, encodeUtf8(token.signed)));
    const verdict = verified(call.owner, asked, isRight);
    if ("error" in verdict) failWith(call, verdict.error);
    else call.push(verdict.value, undefined);
    return;
  }
  const { owner } = call;
  const args = { key: call.checkString(2), data: token.signed, signature: bytesPayload(base64(token.signature)) };
  return askCrypto(call, "rs256_verify", args, (outcome) => {
    if (outcome.ok) return verified(owner, asked, outcome.value === true);
    // A key that is none; what else may happen on the way keeps its kind.
    if (outcome.error.kind !== "INVALID") return outcome;
    return { error: refusal("INTERNAL", outcome.error.message) };
  });
};

function askedOf(call: Call<LuaProcess>): Asked | string {
  if (call.type(1) !== "string") return `token must be a string, got ${call.type(1)}`;
  if (call.type(2) !== "string") return `key must be a string, got ${call.type(2)}`;
  const alg = absent(call, 3) ? "HS256" : algorithms.find((name) => name === call.get(3));
  if (alg === undefined) return `algorithm must be one of ${algorithms.join(", ")}`;
  if (!absent(call, 4) && call.type(4) !== "boolean") return `require_exp must be a boolean, got ${call.type(4)}`;
  const text = call.checkString(1);
  const key = call.checkBytes(2);
  if (key.length === 0) return "key must not be empty";
  if (text.length > maxTokenLength) return `token is longer than ${maxTokenLength} characters`;
  call.charge(text.length / 2);
  const token = parseToken(text);
  if (token === undefined) return "token is malformed: expected header, claims and signature in base64url";
  if (token.header.alg !== alg) return `token is not signed with ${alg}`;
  if (token.header.crit !== undefined) return "token has critical headers, and none is understood";
  return { token, key, alg, requireExp: call.optBoolean(4, true) };
}

function verified(
  owner: LuaProcess,
  { token, requireExp }: Asked,
  isRight: boolean,
): { readonly value: Pushable } | { readonly error: Failure } {
  const problem = isRight ? timeProblem(token.claims, owner.self.now / 1000, requireExp) : "signature is wrong";
  if (problem !== undefined) return { error: refusal("INTERNAL", `token is not valid: ${problem}`) };
  const decoded = decodeJson(owner.shared.engine, token.claimsText);
  return decoded.ok
    ? { value: decoded.value }
    : { error: refusal("INTERNAL", `token is not valid: ${decoded.problem}`) };
}

function timeProblem({ exp, nbf }: Token["claims"], nowSeconds: number, requireExp: boolean): string | undefined {
  if (exp === undefined && requireExp) return "exp is missing";
  if (exp !== undefined && typeof exp !== "number") return "exp is not a number";
  if (nbf !== undefined && typeof nbf !== "number") return "nbf is not a number";
  if (exp !== undefined && exp <= nowSeconds) return "it has expired";
  if (nbf !== undefined && nbf > nowSeconds) return "its time (nbf) has not come";
  return undefined;
}
