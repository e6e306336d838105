/** Packages that few programs need: loaded by whoever runs Lua, when a program first needs them. Importing them here would cost everybody. */
import type * as Aes from "@noble/ciphers/aes.js";
import type * as ChaCha from "@noble/ciphers/chacha.js";
import type { Ajv2020 } from "ajv/dist/2020.js";

/** Each may be called again, and gives the same. */
export interface Packages {
  aes(): Pick<typeof Aes, "gcm">;
  chacha(): Pick<typeof ChaCha, "chacha20poly1305">;
  ajv(): typeof Ajv2020;
}

function missing(name: string): never {
  throw new Error(`this LuaRuntime was made without the package ${name}: give it "packages"`);
}

export const noPackages: Packages = {
  aes: () => missing("@noble/ciphers"),
  chacha: () => missing("@noble/ciphers"),
  ajv: () => missing("ajv"),
};
