/** The module `crypto`. Specification 2.9. Each group of functions is specified in a file of its own, in `crypto/`. */
import type { HostFunction } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { bytesArgument, keyArgument } from "./crypto/arguments.js";
import { derive } from "./crypto/derive.js";
import { jwtEncode } from "./crypto/jwt-encode.js";
import { jwtVerify } from "./crypto/jwt-verify.js";
import { randomBytes, randomString } from "./crypto/random.js";
import { aes, chacha20, decrypt, encrypt } from "./crypto/sealing.js";
import { type DigestName, digestCost, equalBytes, hex, keyedDigest } from "./digests.js";
import { randomUuid } from "./uuid.js";

/**
 * - `random.bytes(n)`, `random_bytes(n)`, `random.string(n, charset?)`, `random.uuid()`: yield, as random bytes are a recorded request.
 * - `hmac.sha256(key, data)`, `hmac.sha512(key, data)`: hexadecimal digits. An empty key is INVALID.
 * - `encrypt.aes`, `encrypt.chacha20`, `decrypt.aes`, `decrypt.chacha20`; `jwt.encode`, `jwt.verify`; `pbkdf2`.
 * - `constant_time_compare(a, b)`: a boolean; `nil, INVALID` when one is no string.
 *
 * Strings are bytes. A wrong argument is `nil, INVALID` and named. Only random bytes, signatures and keys that took long to derive are
 * recorded; keys and passwords that are given never are.
 */
export const cryptoModule: ModuleDefinition = {
  name: "crypto",
  build({ engine }) {
    const library = engine.library({
      random_bytes: randomBytes,
      pbkdf2: derive,
      constant_time_compare: (call) => {
        const a = bytesArgument(call, 1, "first string");
        const b = a && bytesArgument(call, 2, "second string");
        if (a === undefined || b === undefined) return;
        call.charge(a.length / 8);
        call.push(equalBytes(a, b));
      },
    });
    library.set("random", engine.library({ bytes: randomBytes, string: randomString, uuid: randomUuid }));
    library.set("hmac", engine.library({ sha256: mac("sha256"), sha512: mac("sha512") }));
    library.set("encrypt", engine.library({ aes: encrypt(aes), chacha20: encrypt(chacha20) }));
    library.set("decrypt", engine.library({ aes: decrypt(aes), chacha20: decrypt(chacha20) }));
    library.set("jwt", engine.library({ encode: jwtEncode, verify: jwtVerify }));
    return library;
  },
};

function mac(name: DigestName): HostFunction<LuaProcess> {
  return (call) => {
    const key = keyArgument(call, 1);
    const data = key && bytesArgument(call, 2, "data");
    if (key === undefined || data === undefined) return;
    call.charge(digestCost(name, key.length + data.length));
    call.push(hex(keyedDigest(name, key, data)), undefined);
  };
}
