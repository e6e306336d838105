/** `crypto.jwt.encode(claims, key, alg?)`: a signed token. */
import { encodeUtf8 } from "../../../mailbox/index.js";
import type { Call, HostFunction, LuaTable } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { fail } from "../answers.js";
import { digestCost, keyedDigest } from "../digests.js";
import { encodeJson } from "../json/encode.js";
import { choiceArgument, keyArgument } from "./arguments.js";
import { askBytes } from "./ask.js";
import { type Algorithm, algorithms, base64url, base64urlText, maxTokenLength, secretDigests } from "./token.js";

/** The claim that is none: more headers. */
const headerKey = "_header";

/**
 * `claims` is a table with string keys; its `_header` adds headers, of which `alg` is always that of the signature. The key is a secret,
 * or for RS256 a private RSA key as PEM; that one yields, and its signature is recorded. Whatever is wrong is INVALID.
 */
export const jwtEncode: HostFunction<LuaProcess> = (call) => {
  if (call.type(1) !== "table") return fail(call, "INVALID", `claims must be a table, got ${call.type(1)}`);
  const claims = call.checkTable(1);
  const key = keyArgument(call, 2);
  const alg = key && choiceArgument(call, 3, "algorithm", algorithms);
  if (key === undefined || alg === undefined) return;
  const header = headerOf(call, claims, alg);
  const body = header && objectText(call, copyOf(call, claims, headerKey), "claims");
  if (header === undefined || body === undefined) return;
  if (header.length + body.length > maxTokenLength / 2) return fail(call, "INVALID", "claims are too long for a token");
  const signed = `${base64urlText(header)}.${base64urlText(body)}`;
  if (alg === "RS256") {
    return askBytes(call, "rs256_sign", { key: call.checkString(2), data: signed }, (signature) => {
      return `${signed}.${base64url(signature)}`;
    });
  }
  call.charge(digestCost(secretDigests[alg], key.length + signed.length) + signed.length);
  call.push(`${signed}.${base64url(keyedDigest(secretDigests[alg], key, encodeUtf8(signed)))}`, undefined);
};

function headerOf(call: Call<LuaProcess>, claims: LuaTable, alg: Algorithm): string | undefined {
  const given = claims.get(headerKey);
  const isTable = typeof given === "object" && !(given instanceof Uint8Array) && given.kind === "table";
  if (given !== undefined && !isTable) return fail(call, "INVALID", `${headerKey} must be a table`);
  const header = isTable ? copyOf(call, given) : call.engine.table();
  if (header.get("typ") === undefined) header.set("typ", "JWT");
  header.set("alg", alg);
  return objectText(call, header, headerKey);
}

function copyOf(call: Call<LuaProcess>, table: LuaTable, without?: string): LuaTable {
  const copy = call.engine.table();
  for (const [key, value] of table.entries()) if (key !== without) copy.set(key, value);
  return copy;
}

function objectText(call: Call<LuaProcess>, table: LuaTable, what: string): string | undefined {
  if (table.size === 0) return "{}";
  const result = encodeJson(call.owner.shared, table);
  if (!result.ok) return fail(call, "INVALID", `${what}: ${result.problem}`);
  return result.text.startsWith("{") ? result.text : fail(call, "INVALID", `${what} must have string keys`);
}
