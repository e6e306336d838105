/** The module `logger`: log lines with fields. Where they go, and that a replay is quiet, is the host's business. */
import type { LogLevel } from "../../actors/index.js";
import { maxPayloadBytes, type Payload, payloadBytes } from "../../mailbox/index.js";
import type { Call, LuaValue, UserdataType } from "../fengari.js";
import { setOwn } from "../outward.js";
import type { LuaProcess, ModuleDefinition, Shared } from "../owner.js";
import { payloadOf } from "../value.js";
import { fail } from "./answers.js";
import { location } from "./location.js";

type Fields = { readonly [key: string]: Payload };

interface Logger {
  readonly name: string;
  readonly fields: Fields;
}

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * `require("logger")` is a logger: `logger:debug(msg, fields?)`, `info`, `warn`, `error`; `logger:with(fields)` and
 * `logger:named(name)` give new ones, names are joined with a dot. Keys that are not strings are left out; a value that may not
 * leave a process is shown as its text; fields past the size limit of a payload are left out. Specification 2.12.
 */
export const loggerModule: ModuleDefinition = {
  name: "logger",
  build(shared) {
    const write = (level: LogLevel) => (call: Call<LuaProcess>, self: Logger) => log(call, level, self);
    const type: UserdataType<Logger> = shared.engine.userdataType<Logger>("logger", {
      methods: {
        ...Object.fromEntries(levels.map((level) => [level, write(level)])),
        with: (call, self) => call.push(type.wrap({ ...self, fields: { ...self.fields, ...fieldsOf(call) } })),
        named: (call, self) => {
          const name = call.checkString(2);
          if (name === "") return fail(call, "INVALID", "logger name cannot be empty");
          call.push(type.wrap({ ...self, name: self.name === "" ? name : `${self.name}.${name}` }));
        },
      },
    });
    return type.wrap({ name: "", fields: {} });
  },
};

function log(call: Call<LuaProcess>, level: LogLevel, logger: Logger): void {
  const fields = { ...logger.fields, ...(call.type(3) === "table" ? fieldsOf(call, 3) : {}) };
  const where = location(call);
  call.owner.self.log({
    level,
    message: call.tostring(2),
    fields: logger.name === "" ? fields : { logger: logger.name, ...fields },
    ...(where === undefined ? {} : { location: where }),
  });
}

function fieldsOf(call: Call<LuaProcess>, n = 2): Fields {
  const fields: Record<string, Payload> = {};
  let bytes = 0;
  for (const [key, value] of call.checkTable(n).entries()) {
    if (typeof key !== "string") continue;
    const field = shown(call.owner.shared, value);
    bytes += payloadBytes(field, maxPayloadBytes) + key.length;
    if (bytes > maxPayloadBytes) break;
    setOwn(fields, key, field);
  }
  return fields;
}

function shown(shared: Shared, value: LuaValue): Payload {
  const result = payloadOf(shared, value, "field");
  return "payload" in result ? result.payload : shared.engine.text(value);
}
