/** The userdata that stands for any channel, and its cases for select. */
import { type Channel, FedChannel, sendOnClosed, ValueChannel } from "../../channel.js";
import type { Call, Engine, Suspension, UserdataType } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { SelectCase } from "./select.js";

/**
 * - `ch:send(v)` gives true; raises on a closed channel, also when it closes while the sender is blocked.
 * - `ch:receive()` gives the value and true; nil and false once the channel is closed and empty.
 * - `ch:close()`; a second close does nothing.
 * - `ch:case_receive()`, `ch:case_send(v)`: cases for `channel.select`, good for any number of selects.
 *
 * Channels of the process itself (inbox, events, topics, timers, futures) can only be received from: send and close raise.
 */
export function createChannelType(engine: Engine<LuaProcess>): UserdataType<Channel> {
  const caseType = engine.userdataType<SelectCase>("channel.case", {});
  return engine.userdataType<Channel>("channel", {
    methods: {
      send: (call, self) => send(call, own(call, self, "send to")),
      receive,
      close: (call, self) => own(call, self, "close").close(),
      case_receive: (call, self) => call.push(caseType.wrap(new SelectCase(self, undefined))),
      case_send: (call, self) => {
        own(call, self, "send to");
        call.push(caseType.wrap(new SelectCase(self, { value: call.ref(2) })));
      },
    },
    metamethods: { __tostring: (call) => call.push("channel") },
  });
}

function own(call: Call<LuaProcess>, channel: Channel, what: string): ValueChannel {
  if (channel instanceof ValueChannel && !(channel instanceof FedChannel)) return channel;
  return call.error(`cannot ${what} a channel that the process feeds itself`);
}

function send(call: Call<LuaProcess>, channel: ValueChannel): Suspension | undefined {
  const value = call.ref(2);
  if (channel.closed) call.error(sendOnClosed);
  if (channel.writable && !channel.awaited) {
    channel.put(value);
    call.push(true);
    return undefined;
  }
  return call.owner.tasks.wait(call, "channel", (wait) => {
    if (channel.awaited) {
      wait.values(true);
      channel.put(value);
      return;
    }
    const sent = () => wait.values(true);
    channel.addSender({ wait, value, sent, refused: () => wait.raise(sendOnClosed) });
  });
}

function receive(call: Call<LuaProcess>, channel: Channel): Suspension | undefined {
  if (channel.readable && !channel.handsOff) {
    const { value, ok } = channel.take();
    call.push(value, ok);
    return undefined;
  }
  return call.owner.tasks.wait(call, "channel", (wait) => {
    if (channel.readable) {
      const { value, ok } = channel.take();
      wait.values(value, ok);
    } else channel.addReceiver({ wait, got: ({ value, ok }) => wait.values(value, ok) });
  });
}
