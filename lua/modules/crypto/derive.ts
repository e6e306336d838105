/** `crypto.pbkdf2(password, salt, iterations, length, hash?)`: a key from a password, as bytes. Source: RFC 8018. */
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { base64, bytesPayload } from "../../../mailbox/index.js";
import type { HostFunction } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { fail } from "../answers.js";
import { digestFunction } from "../digests.js";
import { choiceArgument, countArgument, keyArgument } from "./arguments.js";
import { askBytes } from "./ask.js";

const maxIterations = 10_000_000;
const maxKeyBytes = 1024;

/** Of one iteration for one block of output; measured. */
const instructions = { sha256: 40, sha512: 120 } as const;
const blockBytes = { sha256: 32, sha512: 64 } as const;

/** Work that is done at once, in instructions: 2,000 iterations of SHA-256, some 3 ms. More is a request to the node. */
const inlineInstructions = 80_000;
/** Seconds of a whole core; more is refused. */
const maxWork = 4 * maxIterations;

/**
 * `length` is 1 to 1024, `hash` sha256 or sha512, an empty password or salt is INVALID. Heavy work yields, and its result is recorded;
 * password and salt are not.
 */
export const derive: HostFunction<LuaProcess> = (call) => {
  const password = keyArgument(call, 1, "password");
  const salt = password && keyArgument(call, 2, "salt");
  const iterations = salt && countArgument(call, 3, "iterations", maxIterations);
  const length = iterations && countArgument(call, 4, "length", maxKeyBytes);
  const hash = length && choiceArgument(call, 5, "hash", ["sha256", "sha512"] as const);
  if (!password || !salt || !iterations || !length || !hash) return;
  const work = iterations * Math.ceil(length / blockBytes[hash]);
  if (work > maxWork) {
    return fail(call, "INVALID", `${iterations} iterations for ${length} bytes are too many: ask for fewer of one`);
  }
  call.charge((password.length + salt.length) / 4 + Math.min(work * instructions[hash], inlineInstructions));
  if (work * instructions[hash] <= inlineInstructions) {
    call.push(pbkdf2(digestFunction(hash), password, salt, { c: iterations, dkLen: length }), undefined);
    return;
  }
  const args = { password: bytes(password), salt: bytes(salt), iterations, length, hash };
  return askBytes(call, "pbkdf2", args, (key) => key);
};

const bytes = (value: Uint8Array) => bytesPayload(base64(value));
