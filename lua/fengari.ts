/** The one door to fengari: everything else in Perdure sees Lua through these names. The implementation is in `lua/fengari/`. */

export { LuaEngine } from "./fengari/engine.js";
export { BudgetExceeded } from "./fengari/fuel.js";
export type {
  Call,
  HostFunction,
  MethodFunction,
  Suspension,
  UserdataOptions,
  UserdataType,
} from "./fengari/host-types.js";
export type {
  CompileError,
  Engine,
  EngineHandle,
  EngineOptions,
  Environment,
  EnvironmentOptions,
  Limits,
  LuaCoroutine,
  LuaFunction,
  LuaRef,
  LuaTable,
  LuaThread,
  LuaTypeName,
  LuaUserdata,
  LuaValue,
  Outcome,
  Prototype,
  Pushable,
  ThreadStatus,
} from "./fengari/types.js";
