/** The module `uuid`. Reference: lua-api 2.8. How the bytes of each version are laid out is in `uuid/layout.ts`. */
import type { Call, HostFunction, Pushable, Suspension } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { fail } from "./answers.js";
import { digestCost } from "./digests.js";
import { withRandom } from "./random.js";
import {
  fromName,
  nodeOf,
  parseUuid,
  secondsOf,
  timeAndNode,
  timeAndRandom,
  uuidText,
  variantOf,
  versionOf,
  withMarks,
} from "./uuid/layout.js";

/**
 * - `v1()`, `v4()`, `v7()` yield: their random bytes are a recorded request, their time is the process's.
 * - `v3(namespace, name)`, `v5(namespace, name)`.
 * - `validate(any)` never fails; `version`, `variant`, `parse`, `format(id, "standard" | "simple" | "urn")`.
 *
 * Accepted spellings of an id: with hyphens, 32 digits, `urn:uuid:...`, `{...}`. Failures are `nil, INVALID`.
 */
export const uuidModule: ModuleDefinition = {
  name: "uuid",
  build(shared) {
    return shared.engine.library({
      v1: (call) => withRandom(call, 8, (random, now) => uuidText(timeAndNode(now, random))),
      v4: randomUuid,
      v7: (call) => withRandom(call, 10, (random, now) => uuidText(timeAndRandom(now, random))),
      v3: (call) => named(call, 3),
      v5: (call) => named(call, 5),
      ...readers,
    });
  },
};

/** `uuid.v4()`, and `crypto.random.uuid()`. */
export function randomUuid(call: Call<LuaProcess>): Suspension {
  return withRandom(call, 16, (random) => uuidText(withMarks(random, 4)));
}

function named(call: Call<LuaProcess>, version: 3 | 5): void {
  if (call.type(1) !== "string" || call.type(2) !== "string") {
    fail(call, "INVALID", "namespace and name must be strings");
    return;
  }
  const namespace = parseUuid(call.get(1));
  if (namespace === undefined) {
    fail(call, "INVALID", "invalid namespace UUID");
    return;
  }
  const name = call.checkBytes(2);
  call.charge(digestCost(version === 3 ? "md5" : "sha1", name.length));
  call.push(uuidText(fromName(namespace, name, version)), undefined);
}

const read =
  (answer: (id: Uint8Array, call: Call<LuaProcess>) => Pushable): HostFunction<LuaProcess> =>
  (call) => {
    const id = parseUuid(call.get(1));
    if (id === undefined) fail(call, "INVALID", call.type(1) === "string" ? "invalid UUID" : "UUID must be a string");
    else call.push(answer(id, call), undefined);
  };

const readers: Readonly<Record<string, HostFunction<LuaProcess>>> = {
  validate: (call) => call.push(parseUuid(call.get(1)) !== undefined),
  version: read(versionOf),
  variant: read(variantOf),
  parse: read((id, call) => {
    const table = call.engine.table();
    table.set("version", versionOf(id));
    table.set("variant", variantOf(id));
    table.set("timestamp", secondsOf(id));
    table.set("node", nodeOf(id));
    return table;
  }),
  format: (call) => {
    const id = parseUuid(call.get(1));
    const style = call.get(2) ?? "standard";
    if (id === undefined) fail(call, "INVALID", call.type(1) === "string" ? "invalid UUID" : "UUID must be a string");
    else if (style === "standard") call.push(uuidText(id), undefined);
    else if (style === "simple") call.push(uuidText(id).replaceAll("-", ""), undefined);
    else if (style === "urn") call.push(`urn:uuid:${uuidText(id)}`, undefined);
    else fail(call, "INVALID", `unknown format ${call.tostring(2)}: use "standard", "simple" or "urn"`);
  },
};
