/** `channel.select`: waiting for the first of several channel operations. */
import { type Channel, type Received, sendOnClosed, type ValueChannel } from "../../channel.js";
import type { Call, LuaRef, LuaTable, Suspension } from "../../fengari.js";
import type { LuaProcess, Shared } from "../../owner.js";
import type { Wait } from "../../task.js";

/** A receive, or with `send` a send of that value. */
export class SelectCase {
  readonly channel: Channel;
  readonly send: { readonly value: LuaRef } | undefined;

  constructor(channel: Channel, send: { readonly value: LuaRef } | undefined) {
    this.channel = channel;
    this.send = send;
  }
}

export function select(call: Call<LuaProcess>): Suspension | undefined {
  const table = call.checkTable(1);
  const cases = casesOf(call, table);
  const otherwise = table.get("default");
  for (const item of cases) {
    if (!isReady(call, item)) continue;
    if (!queuesUp(item)) {
      call.push(perform(call.owner.shared, item));
      return undefined;
    }
    return call.owner.tasks.wait(call, "channel", (wait) => handOff(call.owner.shared, item, wait));
  }
  if (call.truthy(2) || (otherwise !== undefined && otherwise !== false)) {
    call.push(resultTable(call.owner.shared, { default: true, ok: true }));
    return undefined;
  }
  if (cases.length === 0)
    call.error("select without a case would wait for ever; give at least one case or default = true");
  return block(call, cases);
}

function casesOf(call: Call<LuaProcess>, table: LuaTable): SelectCase[] {
  const cases: { key: number; item: SelectCase }[] = [];
  for (const [key, item] of table.entries()) {
    if (typeof key !== "number") continue;
    const isUserdata = typeof item === "object" && !(item instanceof Uint8Array) && item.kind === "userdata";
    if (!isUserdata || !(item.object instanceof SelectCase)) {
      return call.error(
        `select: item ${key} is a ${call.engine.typeOf(item)}; use ch:case_receive() or ch:case_send(value)`,
      );
    }
    cases.push({ key, item: item.object });
  }
  return cases.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

function isReady(call: Call<LuaProcess>, { channel, send }: SelectCase): boolean {
  if (send === undefined) return channel.readable;
  if (channel.closed) call.error(sendOnClosed);
  return (channel as ValueChannel).writable;
}

/** True for a hand-off with a blocked coroutine: both queue up, the sender first. */
function queuesUp({ channel, send }: SelectCase): boolean {
  return send === undefined ? channel.handsOff : (channel as ValueChannel).awaited;
}

function perform(shared: Shared, { channel, send }: SelectCase): LuaTable {
  if (send === undefined) return receivedTable(shared, channel, channel.take());
  (channel as ValueChannel).put(send.value);
  return sentTable(shared, channel, send.value);
}

function handOff(shared: Shared, { channel, send }: SelectCase, wait: Wait): void {
  if (send === undefined) {
    wait.values(receivedTable(shared, channel, channel.take()));
    return;
  }
  wait.values(sentTable(shared, channel, send.value));
  (channel as ValueChannel).put(send.value);
}

/** The first case that becomes ready ends the wait; the others find it settled. */
function block(call: Call<LuaProcess>, cases: readonly SelectCase[]): Suspension {
  const { shared, tasks } = call.owner;
  return tasks.wait(call, "channel", (wait) => {
    for (const { channel, send } of cases) {
      if (send === undefined) {
        channel.addReceiver({ wait, got: (received) => wait.values(receivedTable(shared, channel, received)) });
        continue;
      }
      const sent = () => wait.values(sentTable(shared, channel, send.value));
      const refused = () => wait.raise(sendOnClosed);
      (channel as ValueChannel).addSender({ wait, value: send.value, sent, refused });
    }
  });
}

function receivedTable(shared: Shared, channel: Channel, { value, ok }: Received): LuaTable {
  const table = resultTable(shared, { ok });
  table.set("channel", shared.channelType.wrap(channel));
  table.set("value", value);
  return table;
}

function sentTable(shared: Shared, channel: Channel, value: LuaRef): LuaTable {
  return receivedTable(shared, channel, { value, ok: true });
}

function resultTable(shared: Shared, fields: Readonly<Record<string, boolean>>): LuaTable {
  const table = shared.engine.table();
  for (const key in fields) table.set(key, fields[key]);
  return table;
}
