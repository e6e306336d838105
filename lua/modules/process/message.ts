/** What a received message looks like in Lua: a Message object, or its bare payload. */
import type { Message, ReplyOutcome } from "../../../mailbox/index.js";
import type { Call, Engine, Pushable, Suspension, UserdataType } from "../../fengari.js";
import { HeldPayload } from "../../outward.js";
import type { LuaProcess, Shared } from "../../owner.js";
import { arrayTable, payloadOf } from "../../value.js";
import { answerDelivery, fail, failWith } from "../answers.js";

/**
 * - `msg:topic()`, `msg:from()` (a pid, "" when unknown).
 * - `msg:payload()`: one wrapper, also for no payload at all (its `data()` is nil then); an array of wrappers for several.
 * - `msg:reply(value)`, `msg:fail(err)`: answer a `process.call`; true, or nil and an error: INVALID when nobody waits for it.
 */
export function createMessageType(engine: Engine<LuaProcess>): UserdataType<Message> {
  const type: UserdataType<Message> = engine.userdataType<Message>("process.Message", {
    known: "nowhere",
    methods: {
      topic: (call, self) => call.push(self.topic),
      from: (call, self) => call.push(self.from.text),
      payload: (call, self) => call.push(wrappers(call.owner.shared, self)),
      reply,
      fail: failMessage,
    },
    metamethods: {
      __tostring: (call) => {
        const { topic, from } = call.checkUserdata(1, type);
        call.push(from.text === "" ? `message ${topic}` : `message ${topic} from ${from.text}`);
      },
    },
  });
  return type;
}

/** As a Message object, or raw: nil for no payload, the value for one, an array for several. */
export function showMessage(shared: Shared, message: Message, asMessage: boolean): Pushable {
  if (asMessage) return shared.messageType.wrap(message);
  const { payloads } = message;
  return payloads.length > 1 ? arrayTable(shared, payloads) : shared.fromPayload(payloads[0] ?? null);
}

function wrappers(shared: Shared, { payloads }: Message): Pushable {
  if (payloads.length <= 1) return shared.payloadType.wrap(new HeldPayload(payloads[0] ?? null));
  const table = shared.engine.table();
  payloads.forEach((payload, i) => {
    table.set(i + 1, shared.payloadType.wrap(new HeldPayload(payload)));
  });
  return table;
}

function reply(call: Call<LuaProcess>, message: Message): Suspension | undefined {
  const value = payloadOf(call.owner.shared, call.ref(2), "reply");
  if ("error" in value) return failWith(call, value.error);
  return settle(call, message, { ok: true, value: value.payload });
}

function failMessage(call: Call<LuaProcess>, message: Message): Suspension | undefined {
  const { shared } = call.owner;
  const given = call.checkAny(2);
  const text = shared.engine.typeOf(given) === "string";
  const error = shared.failureOf(given);
  return settle(call, message, { ok: false, error: text ? { ...error, retryable: false } : error });
}

function settle(call: Call<LuaProcess>, message: Message, outcome: ReplyOutcome): Suspension | undefined {
  const { owner } = call;
  if (!owner.self.owes(message)) {
    const why = message.call === undefined ? "it was sent, not called" : "it has been answered, or the caller has gone";
    fail(call, "INVALID", `nobody waits for an answer to message ${message.topic}: ${why}`);
    return undefined;
  }
  return owner.suspend(call, (resumption) => {
    const tag = owner.self.reply(message, outcome);
    owner.onAnswered(tag, (delivery) => answerDelivery(owner.shared, resumption, delivery));
  });
}
