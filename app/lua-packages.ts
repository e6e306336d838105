/** The packages of Lua programs on this node, loaded when a program first needs them. */
import { createRequire } from "node:module";
import type { Packages } from "../lua/index.js";

const load = createRequire(import.meta.url);

type Loaded<Name extends keyof Packages> = ReturnType<Packages[Name]>;

export const luaPackages: Packages = {
  aes: () => load("@noble/ciphers/aes.js") as Loaded<"aes">,
  chacha: () => load("@noble/ciphers/chacha.js") as Loaded<"chacha">,
  ajv: () => (load("ajv/dist/2020.js") as { Ajv2020: Loaded<"ajv"> }).Ajv2020,
};
