/** Who gets a message: topic subscriptions, the inbox, and what waits for a subscriber. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Mailbox, type Message, MessageQueue, messageOf, unknownPid } from "../../mailbox/index.js";

const message = (topic: string, n: number): Message => messageOf(unknownPid, "", topic, [n]);
const numbers = (queue: MessageQueue): number[] => {
  const all: number[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) all.push(next.payloads[0] as number);
  return all;
};

describe("a message queue", () => {
  it("behaves like an array, however it grows, shrinks and wraps", () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant("push" as const), times: fc.integer({ min: 1, max: 40 }) }) },
      {
        weight: 5,
        arbitrary: fc.record({ do: fc.constant("shift" as const), times: fc.integer({ min: 1, max: 40 }) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("drain" as const), times: fc.constant(1) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new MessageQueue(undefined);
        let model: [number, number][] = [];
        let n = 0;
        for (const { do: what, times } of steps) {
          for (let i = 0; i < times; i++) {
            if (what === "push") {
              queue.push(message("t", ++n), n * 10);
              model.push([n * 10, n]);
            } else if (what === "shift") {
              expect(queue.shift()?.payloads[0]).toBe(model.shift()?.[1]);
            } else {
              expect(queue.drain().map(([stamp, item]) => [stamp, item.payloads[0]])).toEqual(model);
              model = [];
            }
          }
          expect(queue.size).toBe(model.length);
          expect(queue.list().map(([stamp, item]) => [stamp, item.payloads[0]])).toEqual(model);
        }
      }),
    );
  });

  it("works on after it was large and has been emptied", () => {
    const queue = new MessageQueue("t");
    for (let i = 0; i < 5000; i++) queue.push(message("t", i), i);
    expect(numbers(queue)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
    queue.push(message("t", 1), 1);
    expect(numbers(queue)).toEqual([1]);
    expect(queue.shift()).toBeUndefined();
  });
});

describe("a mailbox", () => {
  it("gives a message to the exact subscription first, else to the inbox", () => {
    const box = new Mailbox();
    const [work, inbox] = [box.subscribe("work"), box.subscribeInbox()];
    expect(box.deliver(message("work", 1))).toBe(work);
    expect(box.deliver(message("worker", 2))).toBe(inbox);
    expect(box.deliver(message("inbox", 3))).toBe(inbox);
    expect(numbers(work)).toEqual([1]);
    expect(numbers(inbox)).toEqual([2, 3]);
  });

  it("keeps what nobody listens to until somebody does", () => {
    const box = new Mailbox();
    expect(box.deliver(message("a", 1))).toBeUndefined();
    box.deliver(message("b", 2));
    box.deliver(message("a", 3));
    expect(box.unread).toBe(3);
    expect(numbers(box.subscribe("a"))).toEqual([1, 3]);
    expect(numbers(box.subscribeInbox())).toEqual([2]);
    expect(box.unread).toBe(0);
  });

  it("gives the same queue for the same topic", () => {
    const box = new Mailbox();
    expect(box.subscribe("a")).toBe(box.subscribe("a"));
    expect(box.subscribeInbox()).toBe(box.subscribeInbox());
  });

  it("puts back in order what an ended subscription still held", () => {
    const box = new Mailbox();
    const inbox = box.subscribeInbox();
    const work = box.subscribe("work");
    for (const [topic, n] of [
      ["work", 1],
      ["other", 2],
      ["work", 3],
      ["other", 4],
    ] as const)
      box.deliver(message(topic, n));
    expect(box.unsubscribe(work)).toBe(true);
    box.deliver(message("work", 5));
    expect(numbers(inbox)).toEqual([1, 2, 3, 4, 5]);
  });

  it("keeps what an ended subscription held when there is no inbox", () => {
    const box = new Mailbox();
    const work = box.subscribe("work");
    box.deliver(message("other", 1));
    box.deliver(message("work", 2));
    box.unsubscribe(work);
    expect(box.everything().map((item) => item.payloads[0])).toEqual([1, 2]);
    expect(numbers(box.subscribe("work"))).toEqual([2]);
  });

  it("ends a subscription once, and never the inbox", () => {
    const box = new Mailbox();
    const work = box.subscribe("work");
    expect(box.unsubscribe(work)).toBe(true);
    expect(box.unsubscribe(work)).toBe(false);
    expect(box.unsubscribe(box.subscribeInbox())).toBe(false);
    box.subscribe("work");
    expect(box.unsubscribe(work)).toBe(false);
  });

  it("never lets an @ topic fall to the inbox", () => {
    const box = new Mailbox();
    box.deliver(message("@reply", 1));
    const inbox = box.subscribeInbox();
    expect(box.deliver(message("@reply", 2))).toBeUndefined();
    const reply = box.subscribe("@reply");
    box.unsubscribe(reply);
    expect(inbox.size).toBe(0);
    expect(numbers(box.subscribe("@reply"))).toEqual([1, 2]);
  });

  it("keeps the order of each topic under any mix of subscribing and reading", () => {
    const topic = fc.constantFrom("a", "b", "@c");
    const step = fc.oneof(
      fc.record({ do: fc.constant("push" as const), topic }),
      fc.record({ do: fc.constantFrom("subscribe" as const, "unsubscribe" as const), topic }),
      fc.record({ do: fc.constant("inbox" as const), topic }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const box = new Mailbox();
        let n = 0;
        for (const { do: what, topic: name } of steps) {
          if (what === "push") box.deliver(message(name, ++n));
          else if (what === "inbox") box.subscribeInbox();
          else if (what === "subscribe") box.subscribe(name);
          else box.unsubscribe(box.subscribe(name));
        }
        expect(box.unread).toBe(n);
        expect(box.everything().map((item) => item.payloads[0])).toEqual(Array.from({ length: n }, (_, i) => i + 1));
        expect(
          box
            .subscribeInbox()
            .list()
            .some(([, item]) => item.topic.startsWith("@")),
        ).toBe(false);
      }),
    );
  });
});
