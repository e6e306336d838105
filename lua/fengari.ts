/** The one door to fengari: everything else in Perdure sees Lua through these names. The implementation is in `lua/fengari/`. */

export { LuaEngine } from "./fengari/engine.js";
export { BudgetExceeded } from "./fengari/fuel.js";
export type {
  Call,
  CompileError,
  Engine,
  EngineHandle,
  EngineOptions,
  Environment,
  EnvironmentOptions,
  HostFunction,
  Limits,
  LuaCoroutine,
  LuaFunction,
  LuaRef,
  LuaTable,
  LuaThread,
  LuaTypeName,
  LuaUserdata,
  LuaValue,
  MethodFunction,
  Outcome,
  Prototype,
  Pushable,
  Suspension,
  ThreadStatus,
  UserdataOptions,
  UserdataType,
} from "./fengari/types.js";
