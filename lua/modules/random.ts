/** Random bytes for Lua modules: a recorded request to the host, never a generator. */
import { type Failure, failure, fromBase64, type Payload } from "../../mailbox/index.js";
import type { Call, Pushable, Suspension } from "../fengari.js";
import type { LuaProcess, Resumption } from "../owner.js";

/** Most bytes of one request: the answer is part of a journal or history, where larger values are refused. */
export const maxRandomBytes = 1024 * 1024;

/** Wait for `count` random bytes; the call returns what is made of them and of the time then, or nil and the host's error. */
export function withRandom(
  call: Call<LuaProcess>,
  count: number,
  make: (random: Uint8Array, now: number) => Pushable,
): Suspension {
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    askRandom(owner, count, resumption, (random) => resumption.values(make(random, owner.self.now), undefined));
  });
}

/** Ask for at most `maxRandomBytes`. A failure ends the wait, with nil and the error. */
export function askRandom(
  owner: LuaProcess,
  count: number,
  resumption: Resumption,
  done: (random: Uint8Array) => void,
): void {
  const refuse = (error: Failure): void => resumption.values(undefined, owner.shared.pushableError(error));
  owner.onSettled(owner.self.request({ kind: "random", bytes: count }), (outcome) => {
    if (!outcome.ok) return refuse(outcome.error);
    const random = bytesIn(outcome.value);
    if (random?.length === count) return done(random);
    return refuse(failure("INTERNAL", `the host answered a request for ${count} random bytes with something else`));
  });
}

/** The bytes of a `{ $bytes }`. */
export function bytesIn(value: Payload): Uint8Array | undefined {
  if (typeof value !== "object" || value === null || !("$bytes" in value)) return undefined;
  return typeof value.$bytes === "string" ? fromBase64(value.$bytes) : undefined;
}
