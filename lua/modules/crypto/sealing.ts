/** `crypto.encrypt` and `crypto.decrypt`: authenticated encryption. What is sealed is nonce, ciphertext, tag, in this order. */
import type { Call, HostFunction } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import type { Packages } from "../../packages.js";
import { absent, fail } from "../answers.js";
import { withRandom } from "../random.js";
import { bytesArgument } from "./arguments.js";

const nonceBytes = 12;
const tagBytes = 16;

interface Cipher {
  encrypt(data: Uint8Array): Uint8Array;
  /** Throws when the tag does not fit. */
  decrypt(data: Uint8Array): Uint8Array;
}

export interface Sealing {
  readonly keyBytes: readonly number[];
  /** Measured, as instructions: of each call, and of each byte. */
  readonly cost: { readonly call: number; readonly byte: number };
  open(packages: Packages, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array | undefined): Cipher;
}

export const aes: Sealing = {
  keyBytes: [16, 24, 32],
  cost: { call: 1000, byte: 1 / 2 },
  open: (packages, key, nonce, aad) => packages.aes().gcm(key, nonce, aad),
};

export const chacha20: Sealing = {
  keyBytes: [32],
  cost: { call: 300, byte: 1 / 8 },
  open: (packages, key, nonce, aad) => packages.chacha().chacha20poly1305(key, nonce, aad),
};

/** `encrypt.*(data, key, aad?)`. Yields: the nonce is a recorded request. */
export function encrypt(sealing: Sealing): HostFunction<LuaProcess> {
  return (call) => {
    const given = argumentsOf(call, sealing);
    if (given === undefined) return;
    const { packages } = call.owner.shared;
    const { data, key, aad } = given;
    return withRandom(call, nonceBytes, (nonce) => {
      const sealed = sealing.open(packages, key, nonce, aad).encrypt(data);
      const whole = new Uint8Array(nonceBytes + sealed.length);
      whole.set(nonce);
      whole.set(sealed, nonceBytes);
      return whole;
    });
  };
}

/** `decrypt.*(sealed, key, aad?)`. INTERNAL when it was sealed with another key or `aad`, or has been changed. */
export function decrypt(sealing: Sealing): HostFunction<LuaProcess> {
  return (call) => {
    const given = argumentsOf(call, sealing);
    if (given === undefined) return;
    const { data, key, aad } = given;
    if (data.length < nonceBytes + tagBytes) {
      return fail(call, "INVALID", `data is too short: ${data.length} of at least ${nonceBytes + tagBytes} bytes`);
    }
    const cipher = sealing.open(call.owner.shared.packages, key, data.slice(0, nonceBytes), aad);
    let opened: Uint8Array;
    try {
      opened = cipher.decrypt(data.subarray(nonceBytes));
    } catch {
      return fail(call, "INTERNAL", "decryption failed: wrong key, wrong aad, or changed data");
    }
    call.push(opened, undefined);
  };
}

function argumentsOf(
  call: Call<LuaProcess>,
  { keyBytes, cost }: Sealing,
): { data: Uint8Array; key: Uint8Array; aad: Uint8Array | undefined } | undefined {
  const data = bytesArgument(call, 1, "data");
  const key = data && bytesArgument(call, 2, "key");
  if (data === undefined || key === undefined) return undefined;
  if (!keyBytes.includes(key.length)) {
    return fail(
      call,
      "INVALID",
      `key must have ${keyBytes.join(", ").replace(/, (?=\d+$)/, " or ")} bytes, got ${key.length}`,
    );
  }
  const aad = absent(call, 3) ? undefined : bytesArgument(call, 3, "aad");
  if (aad === undefined && !absent(call, 3)) return undefined;
  call.charge(cost.call + (data.length + (aad?.length ?? 0)) * cost.byte);
  return { data, key, aad };
}
