/** Programs written as pure functions: what they may ask for, and what they are told. */
import { describe, expect, it } from "vitest";
import { type Behaviour, type BehaviourEvent, behaviourProgram, type Command, Process } from "../../actors/index.js";
import { gone, type Payload, type Signal } from "../../mailbox/index.js";
import { normal, pidOf, Subject } from "../support/fakes.js";

const b = pidOf("b");

type Reaction = (event: BehaviourEvent) => readonly Command[];

/** A behaviour that keeps its events and asks for what `react` says. */
function subject(react: Reaction, init: readonly Command[] = []): { a: Subject; events: BehaviourEvent[] } {
  const events: BehaviourEvent[] = [];
  const behaviour: Behaviour<number> = {
    init: () => ({ state: 0, commands: init }),
    handle(state, event) {
      events.push(event);
      return { state: state + 1, commands: react(event) };
    },
  };
  const a = new Subject();
  const process = new Process({
    pid: a.pid,
    incarnation: "life",
    program: behaviourProgram(behaviour),
    counted: false,
  });
  Object.assign(a, { process });
  return { a: a.start(), events };
}

const tagOf = (a: Subject): number => (a.take()[0] as { tag: number }).tag;

describe("a behaviour", () => {
  it("starts with its arguments and its pid, and hears messages in order", () => {
    const seen: unknown[] = [];
    const behaviour: Behaviour<readonly Payload[]> = {
      init: (args, self) => ({ state: [...args, self.id] }),
      handle: (state, event, now) => {
        seen.push([state, event.kind === "message" && event.payloads, now]);
        return { state: [...state, seen.length] };
      },
    };
    const a = new Subject();
    const program = behaviourProgram(behaviour);
    Object.assign(a, { process: new Process({ pid: a.pid, incarnation: "life", program, counted: false }) });
    a.start(undefined, { args: ["x"], messages: [{ topic: "t", payloads: [0] }] });
    a.message(b, "t", 1);
    expect(seen).toEqual([
      [["x", "a"], [0], 1000],
      [["x", "a", 1], [1], 1000],
    ]);
  });

  it("hears exits, link downs and cancels", () => {
    const { a, events } = subject(
      () => [],
      [
        { kind: "trap_links", on: true },
        { kind: "link", to: b },
      ],
    );
    a.take();
    a.receive(b, { kind: "exit", via: "link", refs: [-1], reason: { kind: "killed" } });
    a.receive(b, { kind: "cancel", reason: "enough" });
    expect(events).toMatchObject([
      { kind: "link_down", from: b },
      { kind: "cancel", reason: "enough" },
    ]);
  });

  it("hears the answer of what it named, and of nothing else", () => {
    const { a, events } = subject((event) =>
      event.kind === "message"
        ? [
            { kind: "send", to: b, topic: "t", payloads: [], as: "sent" },
            { kind: "kill", to: b },
          ]
        : [],
    );
    a.message(b, "go");
    const [send, kill] = a.take() as { tag: number }[];
    a.answer(kill!.tag, gone);
    a.answer(send!.tag, gone);
    expect(events.slice(1)).toEqual([
      { kind: "answer", as: "sent", outcome: { ok: false, error: expect.objectContaining({ kind: "NOT_FOUND" }) } },
    ]);
  });

  it("hears an answer that is known at once in the same turn", () => {
    const { a, events } = subject((event) =>
      event.kind === "message"
        ? [
            { kind: "send", to: b, topic: "@ours", payloads: [], as: "refused" },
            { kind: "link", to: pidOf("a"), as: "self" },
          ]
        : [],
    );
    a.message(b, "go");
    expect(events.slice(1)).toMatchObject([
      { as: "refused", outcome: { ok: false, error: { kind: "INVALID" } } },
      { as: "self", outcome: { ok: true, value: null } },
    ]);
  });

  it("may spawn, wait for results and make requests", () => {
    const { a, events } = subject(
      () => [],
      [{ kind: "spawn", entry: "app:w", host: "app:h", args: [], options: { monitor: true }, as: "child" }],
    );
    a.spawned(tagOf(a), { ok: true, pid: b, existed: false });
    expect(events).toEqual([{ kind: "answer", as: "child", outcome: { ok: true, value: b.text }, pid: b }]);
    const asking = subject(() => [], [{ kind: "request", request: { kind: "timer", delayMs: 5 }, as: "late" }]);
    asking.a.settle(tagOf(asking.a));
    expect(asking.events).toEqual([{ kind: "answer", as: "late", outcome: { ok: true, value: null } }]);
  });

  it("asks for everything else by commands of the same name", () => {
    const { a } = subject(
      () => [],
      [
        { kind: "monitor", to: b },
        { kind: "demonitor", to: b },
        { kind: "link", to: b },
        { kind: "unlink", to: b },
        { kind: "cancel", to: b, withinMs: 5 },
        { kind: "kill", to: b },
      ],
    );
    expect(a.sent().map(([, signal]: [string, Signal]) => signal.kind)).toEqual([
      "monitor",
      "demonitor",
      "link",
      "unlink",
      "cancel",
      "kill",
    ]);
  });

  it("ends by a command, after which nothing is done or heard", () => {
    const { a, events } = subject((event) =>
      event.kind === "message"
        ? [
            { kind: "stop", reason: normal },
            { kind: "kill", to: b },
          ]
        : [],
    );
    a.message(b, "go");
    a.message(b, "more");
    expect(a.take()).toEqual([{ call: "halt", reason: normal }]);
    expect(events).toHaveLength(1);
  });

  it("that throws ends with INTERNAL and the text", () => {
    const { a } = subject(() => {
      throw new Error("oops");
    });
    a.message(b, "go");
    expect(a.process.exitReason).toEqual({ kind: "failed", error: { kind: "INTERNAL", message: "oops" } });
  });
});
