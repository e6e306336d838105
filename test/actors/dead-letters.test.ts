/** Dead letters: found again, sent again, dropped. */
import { describe, expect, it } from "vitest";
import { type DeadLetter, DeadLetters } from "../../actors/index.js";
import { accepted, type Delivery, type Envelope, gone, type MailboxLimit, type Signal } from "../../mailbox/index.js";
import { pidOf } from "../support/fakes.js";
import { virtualNode } from "../support/virtual.js";

const [a, b, c] = [pidOf("a"), pidOf("b"), pidOf("c")];

function message(topic: string, value: number, more: Partial<Envelope> = {}): Envelope {
  const signal: Signal = { kind: "message", topic, payloads: [value] };
  return { from: a, incarnation: "life", to: b, seq: 0, signal, ...more };
}

function box(answer: (envelope: Envelope) => Delivery | Promise<Delivery> = () => accepted) {
  const sent: Envelope[] = [];
  const told: DeadLetter[] = [];
  const letters: DeadLetters = new DeadLetters(
    () => 5,
    (envelope) => {
      sent.push(envelope);
      return answer(envelope);
    },
    (letter) => told.push(letter),
  );
  return { letters, sent, told };
}

const ids = (letters: readonly { readonly id: number }[]): number[] => letters.map(({ id }) => id);

describe("dead letters", () => {
  it("are found by receiver, sender and topic, oldest first, the newest when there is a limit", () => {
    const { letters, told } = box();
    letters.add(message("x", 1), "gone");
    letters.add(message("y", 2, { to: c }), "gone");
    letters.add(message("x", 3, { from: c }), "gone");
    letters.add({ ...message("x", 4), signal: { kind: "reply", ref: 1, outcome: { ok: true, value: 1 } } }, "gone");
    expect(ids(told)).toEqual([1, 2, 3, 4]);
    expect(ids(letters.list())).toEqual([1, 2, 3, 4]);
    expect(ids(letters.list({ to: b.text }))).toEqual([1, 3, 4]);
    expect(ids(letters.list({ to: b.text, from: a.text }))).toEqual([1, 4]);
    expect(ids(letters.list({ topic: "x" }))).toEqual([1, 3]);
    expect(ids(letters.list({ limit: 2 }))).toEqual([3, 4]);
    expect(ids(letters.list({ topic: "none" }))).toEqual([]);
  });

  it("are sent again as from their sender, unnumbered and without the mark of a call", async () => {
    const { letters, sent } = box();
    const call = { ref: 3, chain: [] };
    letters.add(message("x", 1, { seq: 9, signal: { kind: "message", topic: "x", payloads: [1], call } }), "gone");
    expect(await letters.resend(1)).toBe(accepted);
    expect(sent).toEqual([message("x", 1)]);
    expect(letters.list()).toEqual([]);
    expect(letters.resend(1)).toBeUndefined();
  });

  it("stay when they are not accepted, and are no second letter", async () => {
    const { letters, told } = box(() => gone);
    letters.add(message("x", 1), "gone");
    expect(await letters.resend(1)).toBe(gone);
    expect(ids(letters.list())).toEqual([1]);
    expect(told).toHaveLength(1);
  });

  it("are sent once when that is asked for twice at once", async () => {
    const { letters, sent } = box(() => Promise.resolve(accepted));
    letters.add(message("x", 1), "gone");
    const [first, second] = [letters.resend(1), letters.resend(1)];
    expect(await Promise.all([first, second])).toEqual([accepted, accepted]);
    expect(sent).toHaveLength(1);
  });

  it("keep their order when all are sent again, and those that fail stay", async () => {
    const { letters, sent } = box(({ to }) => (to.text === b.text ? accepted : gone));
    for (let n = 1; n <= 6; n++) letters.add(message("x", n, { to: n % 2 === 0 ? c : b }), "gone");
    const results = await letters.resendAll({ topic: "x" });
    expect(results.map(({ id, delivery }) => `${id} ${delivery.kind}`)).toEqual([
      "1 accepted",
      "2 gone",
      "3 accepted",
      "4 gone",
      "5 accepted",
      "6 gone",
    ]);
    expect(sent.map(({ signal }) => signal.kind === "message" && signal.payloads[0])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(ids(letters.list())).toEqual([2, 4, 6]);
  });

  it("are dropped one by one, or all that match", () => {
    const { letters } = box();
    for (const topic of ["x", "y", "x"]) letters.add(message(topic, 1), "gone");
    expect([letters.drop(2), letters.drop(2), letters.drop(77)]).toEqual([true, false, false]);
    expect(letters.dropAll({ topic: "x", limit: 1 })).toBe(1);
    expect(ids(letters.list())).toEqual([1]);
    expect([letters.dropAll(), letters.count]).toEqual([1, 3]);
  });

  it("of a full mailbox stay the same letter while it is full, and go in once there is room", async () => {
    const limit: MailboxLimit = { size: 1, onFull: "dead_letter", sendTimeoutMs: 0 };
    const reader = `return { main = function()
      local inbox = process.inbox()
      process.events():receive()
      while true do print(inbox:receive():payload():data()) end
    end }`;
    const node = virtualNode({ "app:reader": reader }, { mailboxes: { "app:reader": limit } });
    const { deadLetters } = node.system;
    const pid = node.spawn("app:reader");
    for (const n of [1, 2]) node.send(pid, "n", n);
    const [letter] = deadLetters.list();
    expect(letter).toMatchObject({ id: 1, reason: "mailbox full" });
    expect(await deadLetters.resend(1)).toMatchObject({ kind: "full", error: { kind: "LIMIT_EXCEEDED" } });
    expect(deadLetters.list()).toEqual([letter]);
    void node.client.cancel(pid);
    node.clock.runUntilIdle();
    expect(await deadLetters.resendAll({ to: pid.text })).toEqual([{ id: 1, delivery: accepted }]);
    node.clock.runUntilIdle();
    expect(node.prints).toEqual(["1", "2"]);
  });
});
