/** The global `payload`: a value that has left a process, before it becomes Lua values again. */
import { type Payload, payloadTag } from "../../mailbox/index.js";
import type { Engine, UserdataType } from "../fengari.js";
import { HeldPayload } from "../outward.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { payloadOf } from "../value.js";

const formats = {
  JSON: "json/plain",
  YAML: "yaml/plain",
  STRING: "text/plain",
  GOLANG: "golang/any",
  LUA: "lua/any",
  BYTES: "application/octet-stream",
  MSGPACK: "application/msgpack",
  ERROR: "golang/error",
} as const;

/**
 * - `payload.new(value)`; raises for what may not leave a process.
 * - `payload.format`: names of formats.
 * - `p:data()` the Lua value, a fresh copy each time; `p:unmarshal()` the same with a second result for an error.
 * - `p:get_format()`: STRING, BYTES, ERROR, or LUA for everything else.
 *
 * Specification 2.1, "Payload wrapper".
 */
export const payloadModule: ModuleDefinition = {
  name: "payload",
  global: true,
  build(shared) {
    const { engine } = shared;
    const library = engine.library({
      new: (call) => {
        const held = payloadOf(shared, call.ref(1), "value");
        if ("error" in held) return call.raise(shared.pushableError(held.error));
        call.push(shared.payloadType.wrap(new HeldPayload(held.payload)));
      },
    });
    const format = engine.library({});
    for (const [name, text] of Object.entries(formats)) format.set(name, text);
    library.set("format", format);
    return library;
  },
};

export function createPayloadType(engine: Engine<LuaProcess>): UserdataType<HeldPayload> {
  return engine.userdataType<HeldPayload>("payload", {
    methods: {
      data: (call, self) => call.push(call.owner.shared.fromPayload(self.payload)),
      unmarshal: (call, self) => call.push(call.owner.shared.fromPayload(self.payload), undefined),
      get_format: (call, self) => call.push(formatOf(self.payload)),
    },
    metamethods: {
      __tostring: (call) => call.push(JSON.stringify(call.checkUserdata(1, call.owner.shared.payloadType).payload)),
    },
  });
}

function formatOf(payload: Payload): string {
  if (typeof payload === "string") return formats.STRING;
  switch (payloadTag(payload)) {
    case "$bytes":
      return formats.BYTES;
    case "$error":
      return formats.ERROR;
    default:
      return formats.LUA;
  }
}
