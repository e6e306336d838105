/** Future: a function call under way, as its caller holds it. Nobody has to look at it: its outcome is taken in all the same. */
import type { Outcome } from "../../../actors/index.js";
import { type Failure, failure } from "../../../mailbox/index.js";
import type { Call, Engine, Pushable, UserdataType } from "../../fengari.js";
import { HeldPayload } from "../../outward.js";
import type { HostChannel, LuaProcess } from "../../owner.js";

const canceledError = failure("CANCELED", "canceled", { retryable: false });

export class Future {
  /** What Lua sees of the channel, always the same object. */
  readonly response: Pushable;
  canceled = false;
  /** The outcome, once the channel has it. */
  private settled: { readonly value: HeldPayload } | { readonly error: Failure } | undefined;
  private readonly owner: LuaProcess;
  private readonly channel: HostChannel;
  private readonly tag: number;

  constructor(owner: LuaProcess, tag: number) {
    this.owner = owner;
    this.tag = tag;
    const { channel, userdata } = owner.hostChannel(1);
    this.channel = channel;
    this.response = userdata;
    owner.onSettled(tag, (outcome) => this.settle(outcome));
  }

  get complete(): boolean {
    return this.settled !== undefined;
  }

  get error(): Failure | undefined {
    if (this.canceled) return canceledError;
    return this.settled !== undefined && "error" in this.settled ? this.settled.error : undefined;
  }

  /** Undefined while there is none, and when it is an error. */
  get value(): HeldPayload | undefined {
    return !this.canceled && this.settled !== undefined && "value" in this.settled ? this.settled.value : undefined;
  }

  /** Lose interest: whoever waits is told that nothing will come. Safe to repeat. */
  cancel(): void {
    if (this.canceled) return;
    this.canceled = true;
    if (!this.complete) this.owner.drop(this.tag);
    this.channel.clear();
    this.channel.close();
  }

  private settle(outcome: Outcome): void {
    const { shared } = this.owner;
    if (outcome.ok) {
      const value = new HeldPayload(outcome.value);
      this.settled = { value };
      this.channel.offer(shared.payloadType.wrap(value));
    } else {
      this.settled = { error: outcome.error };
      this.channel.offer(shared.pushableError(outcome.error));
    }
    this.channel.close();
  }
}

/**
 * - `response()`, `channel()`: the same channel each time. It gives one item, a payload wrapper or the error object, and is closed then.
 * - `is_complete()`: true once the channel has the outcome; `is_canceled()`.
 * - `result()`: nil and nil before that; the payload wrapper; or nil and the error. CANCELED after a cancel, whatever came before it.
 * - `error()`: the error and true, or nil and false.
 * - `cancel()`: true. The channel closes without an item. A function of this node runs on; an activity is asked to stop.
 */
export function createFutureType(engine: Engine<LuaProcess>): UserdataType<Future> {
  const response = (call: Call<LuaProcess>, self: Future): void => call.push(self.response);
  const shown = (call: Call<LuaProcess>, error: Failure): Pushable => call.owner.shared.pushableError(error);
  return engine.userdataType<Future>("funcs.Future", {
    methods: {
      response,
      channel: response,
      is_complete: (call, self) => call.push(self.complete),
      is_canceled: (call, self) => call.push(self.canceled),
      result: (call, self) => {
        const { error, value } = self;
        if (error !== undefined) call.push(undefined, shown(call, error));
        else call.push(value && call.owner.shared.payloadType.wrap(value), undefined);
      },
      error: (call, self) => {
        const { error } = self;
        if (error === undefined) call.push(undefined, false);
        else call.push(shown(call, error), true);
      },
      cancel: (call, self) => {
        self.cancel();
        call.push(true, undefined);
      },
    },
  });
}
