/** `crypto.random`: bytes of the host as they are, and as texts over an alphabet. */
import type { HostFunction } from "../../fengari.js";
import type { LuaProcess, Resumption } from "../../owner.js";
import { absent, fail } from "../answers.js";
import { askRandom, maxRandomBytes, withRandom } from "../random.js";
import { countArgument } from "./arguments.js";

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** One random byte chooses one of so many. */
const maxCharacters = 256;

/** `random.bytes(n)`; 1 to 1048576. */
export const randomBytes: HostFunction<LuaProcess> = (call) => {
  const count = countArgument(call, 1, "length", maxRandomBytes);
  if (count !== undefined) return withRandom(call, count, (random) => random);
};

/** `random.string(n, charset?)`: n characters, each of the charset equally likely. */
export const randomString: HostFunction<LuaProcess> = (call) => {
  const count = countArgument(call, 1, "length", maxRandomBytes);
  if (count === undefined) return;
  const charset = absent(call, 2) ? alphanumeric : call.get(2);
  if (typeof charset !== "string") {
    const got = charset instanceof Uint8Array ? "bytes that are none" : `a ${call.type(2)}`;
    return fail(call, "INVALID", `charset must be text in UTF-8, got ${got}`);
  }
  const characters = Array.from(charset);
  if (characters.length === 0) return fail(call, "INVALID", "charset must not be empty");
  if (characters.length > maxCharacters) {
    return fail(call, "INVALID", `charset has ${characters.length} characters; ${maxCharacters} are the most`);
  }
  const { owner } = call;
  call.charge(count);
  return owner.suspend(call, (resumption) => draw(owner, resumption, characters, count, ""));
};

/** Bytes past the last whole multiple of the alphabet are thrown away: with them its first characters would be likelier. */
function draw(
  owner: LuaProcess,
  resumption: Resumption,
  characters: readonly string[],
  missing: number,
  drawn: string,
): void {
  const limit = maxCharacters - (maxCharacters % characters.length);
  // Mostly enough at once: what is recorded for it is one request.
  const wanted = Math.min(Math.ceil(((missing * maxCharacters) / limit) * 1.1) + 8, maxRandomBytes);
  askRandom(owner, wanted, resumption, (random) => {
    const chosen: string[] = [];
    for (const byte of random) {
      if (byte < limit) chosen.push(characters[byte % characters.length]!);
      if (chosen.length === missing) break;
    }
    const text = drawn + chosen.join("");
    if (chosen.length === missing) resumption.values(text, undefined);
    else draw(owner, resumption, characters, missing - chosen.length, text);
  });
}
