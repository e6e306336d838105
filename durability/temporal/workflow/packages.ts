/** The packages of Lua programs in workflows: part of the bundle, and shared by all workflows of a worker. */
import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Packages } from "../../../lua/index.js";

export const luaPackages: Packages = {
  aes: () => ({ gcm }),
  chacha: () => ({ chacha20poly1305 }),
  ajv: () => Ajv2020,
};
