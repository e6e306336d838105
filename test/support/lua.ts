/** Where the oracle lua5.3 is: scripts/test.mjs says so. */
import { describe } from "vitest";

const isSkipped = (process.env.PERDURE_SKIP ?? "").split(",").some((name) => name.trim() === "lua");

/** `describe` for tests that compare with it; without PERDURE_SKIP a missing program fails them. */
export const describeLua: typeof describe | typeof describe.skip = isSkipped ? describe.skip : describe;

/** The program. Throws, with what to do, when there is none. */
export function luaProgram(): string {
  const program = process.env.PERDURE_LUA_BIN;
  if (program) return program;
  throw new Error(
    process.env.PERDURE_LUA_MISSING ?? "PERDURE_LUA_BIN is not set: run this test with `npm test -- <file>`.",
  );
}
