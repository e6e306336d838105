/** The globals `subscribe(topic, options?)` and `unsubscribe(ch)`: other names of `process.listen` and `process.unlisten`. */
import type { HostFunction } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { mailFunctions } from "./process/mail.js";

const named = (name: string, body: HostFunction<LuaProcess>): ModuleDefinition => ({
  name,
  global: true,
  build: ({ engine }) => engine.fn(name, body),
});

/** Specification 1.2. */
export const subscribeModules: readonly ModuleDefinition[] = [
  named("subscribe", mailFunctions.listen!),
  named("unsubscribe", mailFunctions.unlisten!),
];
