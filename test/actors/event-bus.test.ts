/** The event bus and its patterns, without any process. */
import { describe, expect, it } from "vitest";
import { matchesEvent, parseEventPattern } from "../../actors/event-pattern.js";
import { EventBus, systemPid } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";
import { forSeeds, Random } from "../support/random.js";

const caller = systemPid("test");

function matches(pattern: string, name: string): boolean {
  const parsed = parseEventPattern(pattern);
  if (typeof parsed === "string") throw new Error(parsed);
  return matchesEvent(parsed, name);
}

describe("a pattern", () => {
  it.each([
    ["orders", "orders", true],
    ["orders", "orders.new", false],
    ["orders.*", "orders.new", true],
    ["orders.*", "orders", false],
    ["orders.*", "orders.new.big", false],
    ["*", "orders", true],
    ["*", "a.b", false],
    ["**", "a.b.c", true],
    ["orders.**", "orders", true],
    ["orders.**", "orders.a.b", true],
    ["**.b", "a.b", true],
    ["**.b", "a.b.c", false],
    ["a.**.c.**.e", "a.b.c.c.d.e", true],
    ["a.(b|c).*", "a.c.x", true],
    ["a.(b|c)", "a.d", false],
    ["order", "Order", false],
  ])("%s and %s: %s", (pattern, name, expected) => expect(matches(pattern, name)).toBe(expected));

  it.each([
    ["a..b", "empty segment"],
    ["a.", "empty segment"],
    ["a*", 'has the segment "a*"'],
    ["(a|*)", 'has the segment "(a|*)"'],
    ["a|b", 'has the segment "a|b"'],
    ["x".repeat(256), "may have 255 characters"],
  ])("%s is refused", (pattern, problem) => expect(parseEventPattern(pattern)).toContain(problem));

  it("means what a regular expression of its segments means", () => {
    forSeeds(300, (seed) => {
      const random = new Random(seed);
      const pick = (from: readonly string[]) => from[random.below(from.length)]!;
      const pattern = Array.from({ length: 1 + random.below(5) }, () => pick(["a", "b", "*", "**", "(a|b)"]));
      const name = Array.from({ length: 1 + random.below(6) }, () => pick(["a", "b", "c"])).join(".");
      const expression = pattern.map((part) =>
        part === "*" ? "[^.]+\\." : part === "**" ? "(?:[^.]+\\.)*" : `${part}\\.`,
      );
      const expected = new RegExp(`^${expression.join("")}$`).test(`${name}.`);
      expect([pattern.join("."), name, matches(pattern.join("."), name)]).toEqual([pattern.join("."), name, expected]);
    });
  });
});

describe("the bus", () => {
  function listen(bus: EventBus, args: { readonly [key: string]: Payload }) {
    const heard: Payload[] = [];
    const end = bus.hold(caller, "subscribe", args, (payload) => heard.push(payload));
    return { heard, end };
  }
  const send = (bus: EventBus, system: string, kind: string, data?: Payload) =>
    bus.ask(caller, "send", { system, kind, path: "/x", ...(data === undefined ? {} : { data }) });

  it("says first that it listens, then brings what fits both patterns, in order", () => {
    const bus = new EventBus();
    const { heard } = listen(bus, { system: "orders.*", kind: "order.(created|paid)" });
    expect(send(bus, "orders.eu", "order.created", 1)).toEqual({ ok: true, value: true });
    send(bus, "orders.eu", "order.lost");
    send(bus, "users", "order.created");
    send(bus, "orders.us", "order.paid");
    expect(heard).toEqual([
      null,
      { system: "orders.eu", kind: "order.created", path: "/x", data: 1 },
      { system: "orders.us", kind: "order.paid", path: "/x" },
    ]);
  });

  it("brings nothing after the end of an interest", () => {
    const bus = new EventBus();
    const { heard, end } = listen(bus, { system: "**" });
    (end as () => void)();
    send(bus, "a", "b");
    expect(heard).toEqual([null]);
  });

  it.each([
    [{ kind: "k", path: "p" }, "event system must be text that is not empty"],
    [{ system: "s", kind: "", path: "p" }, "event kind must be text that is not empty"],
    [{ system: "s", kind: "k", path: 5 }, "event path must be text that is not empty"],
    [{ system: "s".repeat(256), kind: "k", path: "p" }, "event system may have 255 characters"],
  ])("refuses the event %j", (args, message) => {
    expect(new EventBus().ask(caller, "send", args as never)).toMatchObject({
      ok: false,
      error: { kind: "INVALID", message, retryable: false },
    });
  });

  it("refuses patterns that are none, and operations that it does not know", () => {
    const bus = new EventBus();
    expect(listen(bus, { system: "a..b" }).end).toMatchObject({ kind: "INVALID" });
    expect(listen(bus, { system: "a", kind: "" }).end).toMatchObject({ kind: "INVALID" });
    expect(bus.hold(caller, "sing", {}, () => {})).toMatchObject({ kind: "INVALID" });
    expect(bus.ask(caller, "sing", {})).toMatchObject({ ok: false, error: { kind: "INVALID" } });
  });
});
