/** Waiting: `sleep`, `after`, `timer`, `ticker`. Time comes from the process (`self`), never from a clock. */
import type { Call, HostFunction, Pushable, UserdataType } from "../../fengari.js";
import type { HostChannel, LuaProcess, Shared } from "../../owner.js";
import { fail } from "../answers.js";
import { timeOfMillis } from "./calendar.js";
import { durationArgument, durationProblem, millisecond } from "./duration.js";
import { type TimeTypes, timeTypesOf } from "./types.js";
import { local } from "./zones.js";

const tickerCapacity = 16;

/** What `time.timer` and `time.ticker` give to Lua. */
class Alarm {
  readonly channel: HostChannel;
  readonly userdata: Pushable;
  /** Tag of the request under way; 0 for none. */
  private pending = 0;
  /** Goes up with every arming, so that a firing of an older one is known. */
  private arming = 0;
  /** When a ticker ticks next, in nanoseconds since 1970. */
  private nextTick = 0n;

  constructor(
    private readonly owner: LuaProcess,
    private readonly types: TimeTypes,
    private readonly period: bigint | undefined,
  ) {
    const made = owner.hostChannel(period === undefined ? 1 : tickerCapacity);
    this.channel = made.channel;
    this.userdata = made.userdata;
  }

  startTimer(nanos: bigint): void {
    this.arm(nanos);
  }

  startTicker(): void {
    this.nextTick = this.now() + this.period!;
    this.arm(this.period!);
  }

  /** True when it had not fired. */
  stop(): boolean {
    const active = this.disarm();
    this.channel.close();
    return active;
  }

  /** True when it had not fired; one that has fired is armed again, one that was stopped stays so. No firing from before is seen. */
  reset(nanos: bigint): boolean {
    const active = this.disarm();
    if (this.channel.closed) return active;
    this.channel.clear();
    this.arm(nanos);
    return active;
  }

  private arm(nanos: bigint): void {
    const arming = ++this.arming;
    const repeat = this.period === undefined ? {} : { periodMs: delayMs(this.period) };
    this.pending = this.owner.self.request({ kind: "timer", delayMs: delayMs(nanos), ...repeat });
    this.owner.onSettled(this.pending, () => {
      if (arming === this.arming) this.fire();
    });
  }

  private disarm(): boolean {
    if (this.pending === 0) return false;
    this.owner.drop(this.pending);
    this.pending = 0;
    this.arming++;
    return true;
  }

  private fire(): void {
    this.pending = 0;
    this.channel.offer(nowValue(this.owner, this.types));
    if (this.period !== undefined) this.tickAgain(this.period);
  }

  /** Ticks do not drift; those that a late process has missed are left out. */
  private tickAgain(period: bigint): void {
    const now = this.now();
    this.nextTick += period;
    if (this.nextTick <= now) this.nextTick = now + period;
    this.arm(this.nextTick - now);
  }

  private now(): bigint {
    return BigInt(Math.round(this.owner.self.now)) * millisecond;
  }
}

/** Hosts count milliseconds: up to the next one, so that nothing fires early. */
function delayMs(nanos: bigint): number {
  return Number((nanos + millisecond - 1n) / millisecond);
}

export function nowValue(owner: LuaProcess, types: TimeTypes): Pushable {
  return types.time.wrap(timeOfMillis(owner.self.now, local));
}

/**
 * - `sleep(d)`: yields; no results. A bad duration is returned as `nil, INVALID`; zero or less is over at once.
 * - `after(d)`: a channel that gets one Time and is closed then.
 * - `timer(d)`: `response()`/`channel()`, `stop()`, `reset(d)`. `stop` closes the channel. A reset after firing arms it again, and takes
 *   back what has not been received.
 * - `ticker(d)`: `response()`/`channel()`, `stop()`. 16 ticks are kept for a slow receiver, more are dropped.
 */
export function timerFunctions(shared: Shared): Readonly<Record<string, HostFunction<LuaProcess>>> {
  const types = timeTypesOf(shared);
  const timer = timerType(shared, types);
  const ticker = tickerType(shared);
  const positive =
    (name: string, make: (call: Call<LuaProcess>, nanos: bigint) => void): HostFunction<LuaProcess> =>
    (call) => {
      const nanos = durationArgument(call, 1, types);
      if (nanos === undefined) return fail(call, "INVALID", `time.${name}: ${durationProblem(call, 1)}`);
      if (nanos <= 0n) return fail(call, "INVALID", `time.${name}: duration must be > 0`);
      make(call, nanos);
    };
  return {
    sleep: (call) => {
      const nanos = durationArgument(call, 1, types);
      if (nanos === undefined) return fail(call, "INVALID", `time.sleep: ${durationProblem(call, 1)}`);
      if (nanos > 0n) return sleep(call, shared, nanos);
    },
    after: positive("after", (call, nanos) => call.push(after(call.owner, types, nanos))),
    timer: positive("timer", (call, nanos) => {
      const alarm = new Alarm(call.owner, types, undefined);
      alarm.startTimer(nanos);
      call.push(timer.wrap(alarm));
    }),
    ticker: positive("ticker", (call, nanos) => {
      const alarm = new Alarm(call.owner, types, nanos);
      alarm.startTicker();
      call.push(ticker.wrap(alarm));
    }),
  };
}

function sleep(call: Call<LuaProcess>, shared: Shared, nanos: bigint): ReturnType<LuaProcess["suspend"]> {
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    owner.onSettled(owner.self.request({ kind: "timer", delayMs: delayMs(nanos) }), (outcome) => {
      if (outcome.ok) resumption.values();
      else resumption.values(undefined, shared.pushableError(outcome.error));
    });
  });
}

function after(owner: LuaProcess, types: TimeTypes, nanos: bigint): Pushable {
  const { channel, userdata } = owner.hostChannel(1);
  owner.onSettled(owner.self.request({ kind: "timer", delayMs: delayMs(nanos) }), () => {
    channel.offer(nowValue(owner, types));
    channel.close();
  });
  return userdata;
}

function timerType(shared: Shared, types: TimeTypes): UserdataType<Alarm> {
  return shared.engine.userdataType<Alarm>("Timer", {
    methods: {
      response: (call, self) => call.push(self.userdata),
      channel: (call, self) => call.push(self.userdata),
      stop: (call, self) => call.push(self.stop()),
      reset: (call, self) => {
        const nanos = durationArgument(call, 2, types) ?? call.argumentError(2, durationProblem(call, 2));
        if (nanos <= 0n) call.argumentError(2, "duration must be > 0");
        call.push(self.reset(nanos));
      },
    },
  });
}

function tickerType(shared: Shared): UserdataType<Alarm> {
  return shared.engine.userdataType<Alarm>("Ticker", {
    methods: {
      response: (call, self) => call.push(self.userdata),
      channel: (call, self) => call.push(self.userdata),
      stop: (call, self) => {
        self.stop();
        call.push(true);
      },
    },
  });
}
