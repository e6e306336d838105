/** The channels of a process: inbox, events and topics. What a received message looks like is in message.ts. */
import type { Call, HostFunction, LuaTable } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { fail, failWith, notUtf8 } from "../answers.js";

/**
 * - `inbox()`, `events()`: the same channel each time.
 * - `listen(topic, {message = true}?)`: the same channel for the same topic; gives bare payloads, or Message objects.
 * - `unlisten(ch)`: true; the channel closes and later messages fall to the inbox. False and an error for any other channel.
 */
export const mailFunctions: Readonly<Record<string, HostFunction<LuaProcess>>> = {
  inbox: (call) => call.push(call.owner.shared.channelType.wrap(call.owner.subscriptions.inbox())),
  events: (call) => call.push(call.owner.shared.channelType.wrap(call.owner.subscriptions.eventChannel())),
  listen,
  unlisten,
};

function listen(call: Call<LuaProcess>): void {
  const topic = call.checkName(1);
  if (topic === undefined) return failWith(call, notUtf8("topic"));
  if (topic === "") return fail(call, "INVALID", "topic cannot be empty");
  if (topic.startsWith("@")) return fail(call, "INVALID", "cannot listen to @ topics");
  const asMessages = isTrue(call.optTable(2), "message");
  call.push(call.owner.shared.channelType.wrap(call.owner.subscriptions.listen(topic, asMessages)));
}

function isTrue(table: LuaTable | undefined, key: string): boolean {
  const value = table?.get(key);
  return value !== undefined && value !== false;
}

function unlisten(call: Call<LuaProcess>): void {
  const { shared, subscriptions } = call.owner;
  const channel = call.checkUserdata(1, shared.channelType);
  if (subscriptions.unlisten(channel)) call.push(true);
  else
    call.push(
      false,
      shared.pushableError({ kind: "INVALID", message: "channel is not subscribed to a topic", retryable: false }),
    );
}
