/** The module `hash`: digests and keyed digests of byte strings. Specification 6. */
import type { Call, HostFunction } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { absent, fail } from "./answers.js";
import { type DigestName, digest, digestCost, hex, keyedDigest } from "./digests.js";
import { fnv32 } from "./hash/fnv.js";

const names: readonly DigestName[] = ["md5", "sha1", "sha256", "sha512"];

/**
 * - `md5`, `sha1`, `sha256`, `sha512` of `(data, raw?)`: hexadecimal digits, or the bytes when `raw` is true.
 * - `hmac_md5`, `hmac_sha1`, `hmac_sha256`, `hmac_sha512` of `(data, secret, raw?)`: likewise.
 * - `fnv32(data)`: FNV-1 as a number. There is no `fnv64`, as no number of ours holds 64 bits.
 *
 * What is not a string is `nil, INVALID`. Nothing waits, and nothing is recorded.
 */
export const hashModule: ModuleDefinition = {
  name: "hash",
  build(shared) {
    const functions: Record<string, HostFunction<LuaProcess>> = { fnv32: fnv };
    for (const name of names) {
      functions[name] = plain(name);
      functions[`hmac_${name}`] = keyed(name);
    }
    return shared.engine.library(functions);
  },
};

const plain =
  (name: DigestName): HostFunction<LuaProcess> =>
  (call) => {
    if (!isText(call, 1, "data") || !isFlag(call, 2)) return;
    const data = call.checkBytes(1);
    call.charge(digestCost(name, data.length));
    show(call, digest(name, data), call.truthy(2));
  };

const keyed =
  (name: DigestName): HostFunction<LuaProcess> =>
  (call) => {
    if (!isText(call, 1, "data") || !isText(call, 2, "secret") || !isFlag(call, 3)) return;
    const [data, secret] = [call.checkBytes(1), call.checkBytes(2)];
    call.charge(digestCost(name, data.length + secret.length));
    show(call, keyedDigest(name, secret, data), call.truthy(3));
  };

const fnv: HostFunction<LuaProcess> = (call) => {
  if (!isText(call, 1, "data")) return;
  const data = call.checkBytes(1);
  call.charge(data.length / 8);
  call.push(fnv32(data), undefined);
};

function show(call: Call<LuaProcess>, bytes: Uint8Array, isRaw: boolean): void {
  call.push(isRaw ? bytes : hex(bytes), undefined);
}

function isText(call: Call<LuaProcess>, n: number, what: string): boolean {
  if (call.type(n) === "string") return true;
  fail(call, "INVALID", `${what} must be a string, got ${call.type(n)}`);
  return false;
}

function isFlag(call: Call<LuaProcess>, n: number): boolean {
  if (absent(call, n) || call.type(n) === "boolean") return true;
  fail(call, "INVALID", `raw must be a boolean, got ${call.type(n)}`);
  return false;
}
