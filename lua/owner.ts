/** What a Lua module may ask of the process it runs in, and what all modules of one engine share. No behaviour lives here. */
import type { Outcome, Self } from "../actors/index.js";
import type { Delivery, Failure, Message, Payload } from "../mailbox/index.js";
import type { Addresses } from "./addresses.js";
import type { Channel } from "./channel.js";
import type {
  Call,
  Engine,
  Environment,
  LuaFunction,
  LuaRef,
  LuaTable,
  Pushable,
  Suspension,
  UserdataType,
} from "./fengari.js";
import type { Libraries } from "./libraries.js";
import type { SecurityTypes } from "./modules/security.js";
import type { HeldPayload } from "./outward.js";
import type { Packages } from "./packages.js";
import type { LuaSource } from "./source.js";
import type { Subscriptions } from "./subscription.js";
import type { Tasks } from "./task.js";

/** Ends a `suspend`; exactly one of the two is called, once, now or later. */
export interface Resumption {
  /** The waiting call returns these. */
  values(...values: Pushable[]): void;
  /** The waiting call raises this. */
  raise(error: Pushable): void;
}

/** A channel as the host side uses it: never blocks. */
export interface HostChannel {
  /** Give a value to a waiting receiver or the buffer; false when the buffer is full or the channel is closed. */
  offer(value: Pushable): boolean;
  /** Forget the values that nobody has taken. */
  clear(): void;
  close(): void;
  readonly closed: boolean;
}

/** The process as its Lua modules see it: `call.owner`. */
export interface LuaProcess {
  readonly self: Self;
  readonly source: LuaSource;
  readonly shared: Shared;
  readonly environment: Environment<LuaProcess>;
  readonly tasks: Tasks;
  /** Inbox, topics and events. */
  readonly subscriptions: Subscriptions;
  /** Imports that this process has loaded. */
  readonly libraries: Libraries;
  /** Suspend the calling coroutine; `start` runs right away and keeps the resumption. Other coroutines go on meanwhile. */
  suspend(call: Call<LuaProcess>, start: (resumption: Resumption) => void): Suspension;
  /** Call back when a request, spawn or call settles. Tag 0 calls back at once with `{ ok: true, value: null }`. */
  onSettled(tag: number, done: (outcome: Outcome) => void): void;
  /** Call back each time a `hold` request brings something, until it is dropped. */
  onBrought(tag: number, bring: (payload: Payload) => void): void;
  /** Call back when a transmission is answered. Tag 0 counts as accepted, at once. */
  onAnswered(tag: number, done: (delivery: Delivery) => void): void;
  /** Lose interest in a request, as `self.drop`; its callback is forgotten too. */
  drop(tag: number): void;
  /** A channel that host code feeds, such as a timer's; `userdata` is what Lua sees, always the same object. */
  hostChannel(capacity: number): { channel: HostChannel; userdata: Pushable };
  /** Go on as another entry, or as this one anew; the calling coroutine never returns, and no other one runs on. */
  upgrade(call: Call<LuaProcess>, entry: string | undefined, args: readonly Payload[]): Suspension;
  /** What to call for the argument of the next run, when the host wants this process to go on anew. */
  onContinue: LuaFunction | undefined;
  /** State that a module keeps for this process, made on first use. */
  state<T>(module: string, make: () => T): T;
}

/** Conversions and types that all modules of one engine share. */
export interface Shared {
  readonly engine: Engine<LuaProcess>;
  readonly packages: Packages;
  readonly addresses: Addresses;
  /** Lua's view of an error. */
  pushableError(error: Failure): Pushable;
  /** The Failure of a raised or returned Lua value: error objects keep everything; other values become INTERNAL with their text. */
  failureOf(value: Pushable): Failure;
  /** Undefined when the value is not an error object. */
  errorOf(value: Pushable): Failure | undefined;
  /** Deep copy out of Lua. Throws PayloadProblem (INVALID, names the path) for what may not leave a process. */
  toPayload(value: Pushable): Payload;
  /** Deep copy into Lua. */
  fromPayload(payload: Payload): Pushable;
  readonly types: SharedTypes;
  readonly channelType: UserdataType<Channel>;
  readonly messageType: UserdataType<Message>;
  readonly payloadType: UserdataType<HeldPayload>;
  readonly security: SecurityTypes;
}

export interface SharedTypes {
  /** `{ $time }` payloads; made by the `time` module. */
  readonly time: UserdataType<LuaTime>;
}

/** A point in time inside Lua: exact nanoseconds, and the zone it is shown in. */
export interface LuaTime {
  /** Whole seconds since 1970; may be negative. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanos: number;
  /** Zone name of the IANA data, "UTC", or a fixed zone. */
  readonly zone: Zone;
}

export interface Zone {
  readonly name: string;
  /** Seconds east of UTC at a moment. */
  offsetAt(seconds: number): number;
}

/** Build one module for an engine. Its value is what `require(name)` gives: shared by all processes and read-only. */
export interface ModuleDefinition {
  readonly name: string;
  /** Also a global, without `require`. */
  readonly global?: boolean;
  build(shared: Shared): LuaTable | LuaRef | Pushable;
}
