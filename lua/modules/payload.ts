/** The global `payload`: a value that has left a process, before it becomes Lua values again. */
import { decodeUtf8, encodeUtf8, type Failure, fromBase64, type Payload, payloadTag } from "../../mailbox/index.js";
import type { Engine, UserdataType } from "../fengari.js";
import { HeldPayload } from "../outward.js";
import type { LuaProcess, ModuleDefinition, Shared } from "../owner.js";
import { payloadOf } from "../value.js";
import { failWith, refusal } from "./answers.js";
import { encodeJson } from "./json/encode.js";

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

const names: readonly string[] = Object.values(formats);

/**
 * - `payload.new(value)`; raises for what may not leave a process.
 * - `payload.format`: names of formats.
 * - `p:get_format()`: LUA, or ERROR for an error; after `transcode` what it was asked for.
 * - `p:data()`: the Lua value, a fresh copy each time; after `transcode` to JSON, STRING or BYTES the text or bytes.
 * - `p:unmarshal()`: the Lua value, whatever the format.
 * - `p:transcode(format)`: a payload of the same value in LUA, JSON, STRING or BYTES (of a string), ERROR (of an error). INVALID for what
 *   is no format; INTERNAL when the value cannot be had in it.
 *
 * A payload that is sent arrives as its value. Specification 2.1, "Payload wrapper".
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
    known: "in the object",
    methods: {
      data: (call, self) => call.push(self.encoded?.content ?? call.owner.shared.fromPayload(self.payload)),
      unmarshal: (call, self) => call.push(call.owner.shared.fromPayload(self.payload), undefined),
      get_format: (call, self) => call.push(self.encoded?.format ?? formatOf(self.payload)),
      transcode: (call, self) => {
        const { shared } = call.owner;
        const format = call.get(2);
        const done = transcode(shared, self.payload, format);
        if ("kind" in done) failWith(call, done);
        else call.push(shared.payloadType.wrap(done), undefined);
      },
    },
    metamethods: {
      __tostring: (call) => call.push(JSON.stringify(call.checkUserdata(1, call.owner.shared.payloadType).payload)),
    },
  });
}

function formatOf(payload: Payload): string {
  return payloadTag(payload) === "$error" ? formats.ERROR : formats.LUA;
}

function transcode(shared: Shared, payload: Payload, format: unknown): HeldPayload | Failure {
  if (typeof format !== "string" || !names.includes(format)) {
    return refusal("INVALID", `format must be one of payload.format: ${names.join(", ")}`);
  }
  if (format === formatOf(payload) || format === formats.LUA) return new HeldPayload(payload);
  if (format === formats.JSON) {
    const { engine } = shared;
    const encoded = encodeJson(shared, engine.value(engine.ref(shared.fromPayload(payload))));
    return encoded.ok
      ? new HeldPayload(payload, { format, content: encoded.text })
      : refusal("INTERNAL", encoded.problem);
  }
  const content = format === formats.STRING || format === formats.BYTES ? contentOf(payload, format) : undefined;
  if (content !== undefined) return new HeldPayload(payload, { format, content });
  return refusal("INTERNAL", `this payload cannot be transcoded to ${format}`);
}

/** Of a payload that is a string; text must be valid UTF-8. */
function contentOf(payload: Payload, format: string): string | Uint8Array | undefined {
  const isBytes = format === formats.BYTES;
  if (typeof payload === "string") return isBytes ? encodeUtf8(payload) : payload;
  if (payloadTag(payload) !== "$bytes") return undefined;
  const { $bytes } = payload as { readonly $bytes: Payload };
  const bytes = typeof $bytes === "string" ? fromBase64($bytes) : undefined;
  return isBytes || bytes === undefined ? bytes : decodeUtf8(bytes);
}
