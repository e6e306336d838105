/** What the userdata of the `time` module hold. Their methods are in `time-type.ts`, `duration-type.ts` and `location-type.ts`. */
import type { Call, Pushable, UserdataType } from "../../fengari.js";
import type { LuaProcess, LuaTime, Shared, SharedTypes, Zone } from "../../owner.js";

/** A span of time inside Lua: exact nanoseconds, within 64 bits. */
export interface LuaDuration {
  readonly nanos: bigint;
}

/** What `Shared.types` must be for the `time` module: all of `createTimeTypes(engine)`. */
export interface TimeTypes extends SharedTypes {
  readonly duration: UserdataType<LuaDuration>;
  readonly location: UserdataType<Zone>;
}

/** The types of `shared`; throws when they were not made by `createTimeTypes`. */
export function timeTypesOf(shared: Shared): TimeTypes {
  if (hasTimeTypes(shared.types)) return shared.types;
  throw new Error("the types of an engine must contain what createTimeTypes(engine) makes");
}

function hasTimeTypes(types: SharedTypes): types is TimeTypes {
  return "duration" in types && "location" in types;
}

const maxSeconds = 2 ** 52;

/** A time as a Lua value; raises when it is too far away for exact seconds. */
export function timeValue(call: Call<LuaProcess>, types: TimeTypes, time: LuaTime): Pushable {
  if (!(Math.abs(time.seconds) <= maxSeconds)) call.error("time is out of range");
  return types.time.wrap(time);
}
