/** How a process begins, is asked to stop, is made to, and what its program hears in between. */
import { describe, expect, it } from "vitest";
import { drive, spawnSpec } from "../../actors/index.js";
import { failure } from "../../mailbox/index.js";
import { boom, normal, outside, pidOf, Subject } from "../support/fakes.js";

const b = pidOf("b");

describe("a start", () => {
  it("puts startup messages into the mailbox, in order and from the parent, before the program runs", () => {
    const seen: number[] = [];
    const a = new Subject("a", { onStart: (self) => seen.push(self.mailbox.unread) });
    a.start(b, {
      messages: [
        { topic: "first", payloads: [1] },
        { topic: "second", payloads: [2, 3] },
      ],
    });
    expect(seen).toEqual([2]);
    expect(a.probe.messages).toMatchObject([
      { from: b, topic: "first", payloads: [1] },
      { from: b, topic: "second", payloads: [2, 3] },
    ]);
  });

  it("gives the program its arguments, entry, parent, context and options", () => {
    const a = new Subject().start(b, { args: [1, "x"], context: { user: "u" }, options: { retry: 1 } });
    expect(a.probe.args).toEqual([1, "x"]);
    expect(a.self).toMatchObject({
      entry: "app:probe",
      parent: b,
      context: { user: "u" },
      options: { retry: 1 },
      now: 1000,
    });
  });

  it("writes the bonds of the parent into the child before its first step", () => {
    const sizes: number[] = [];
    const script = {
      onStart: (self: unknown) => {
        const { relations } = self as Subject["process"];
        sizes.push(relations.links.size, relations.watchers.size);
      },
    };
    const a = new Subject("a", script).start(b, { linkRef: 1, monitorRef: 2, parentIncarnation: "p" });
    expect(sizes).toEqual([1, 1]);
    a.take();
    a.self.exit(boom);
    expect(a.sent()).toEqual([
      ["b", { kind: "exit", via: "monitor", refs: [-2], reason: boom }],
      ["b", { kind: "exit", via: "link", refs: [-1], reason: boom }],
    ]);
  });

  it("that is refused by the program halts without an obituary", () => {
    const refuse = failure("NOT_FOUND", 'method "x" not found in module');
    const a = new Subject("a", { refuse }).start(b, { linkRef: 1, monitorRef: 2 });
    expect(a.process.failedToStart).toBe(refuse);
    expect(a.take()).toEqual([{ call: "halt", reason: { kind: "failed", error: refuse } }]);
    expect(a.probe.args).toBeUndefined();
  });

  it("may end the process at once", () => {
    const a = new Subject("a", { onStart: (self) => self.exit(normal) }).start(b, { monitorRef: 2 });
    expect(a.process.status).toBe("ended");
    expect(a.process.runnable).toBe(false);
    expect(a.take().map((call) => call.call)).toEqual(["transmit", "halt"]);
  });
});

describe("cancel", () => {
  it("is an event and interrupts nothing", () => {
    const a = new Subject().start();
    a.receive(b, { kind: "cancel", reason: "please" });
    expect(a.probe.events).toEqual([{ kind: "cancel", from: b, at: 1000, reason: "please", deadline: undefined }]);
    expect(a.process.status).toBe("running");
    expect(a.take()).toEqual([]);
  });

  it("with a deadline says when it ends, and then kills", () => {
    const a = new Subject().start();
    a.receive(b, { kind: "cancel", withinMs: 5000 });
    expect(a.probe.events).toMatchObject([{ deadline: 6000 }]);
    const [timer] = a.take();
    expect(timer).toMatchObject({ call: "request", request: { kind: "timer", delayMs: 5000 } });
    a.at = 6000;
    a.settle((timer as { tag: number }).tag);
    expect(a.process.exitReason).toEqual({ kind: "killed" });
    expect(a.probe.outcomes).toEqual([]);
  });

  it("with a deadline leaves no timer behind when the process stops in time", () => {
    const a = new Subject("a", { onEvent: (_event, self) => self.exit(normal) }).start();
    a.receive(b, { kind: "cancel", withinMs: 5000 });
    expect(a.take().map((call) => call.call)).toEqual(["request", "drop", "halt"]);
    expect(a.process.exitReason).toEqual(normal);
  });

  it("of another carries reason and time", () => {
    const a = new Subject().start();
    a.self.cancel(b, undefined, undefined);
    a.self.cancel(b, "why", 50);
    expect(a.sent()).toEqual([
      ["b", { kind: "cancel" }],
      ["b", { kind: "cancel", reason: "why", withinMs: 50 }],
    ]);
  });
});

describe("a forced end", () => {
  it("by kill goes to watchers and links as killed, also when the process traps", () => {
    const a = new Subject().start();
    a.self.trapLinks = true;
    a.receive(b, { kind: "monitor", ref: 1 });
    a.receive(b, { kind: "link", ref: 2 });
    a.take();
    a.receive(pidOf("c"), { kind: "kill" });
    expect(a.sent()).toEqual([
      ["b", { kind: "exit", via: "monitor", refs: [-1], reason: { kind: "killed" } }],
      ["b", { kind: "exit", via: "link", refs: [-2], reason: { kind: "killed" } }],
    ]);
    expect(a.probe.events).toEqual([]);
  });

  it("by its host has the reason of the host", () => {
    const a = new Subject().start();
    a.feed({ kind: "stop", at: 1, reason: { kind: "cancelled", reason: "scheduler shutdown" } });
    expect(a.process.exitReason).toEqual({ kind: "cancelled", reason: "scheduler shutdown" });
  });

  it("for using too much says so, with the place", () => {
    const a = new Subject("a", { work: () => true });
    const spec = { kind: "start", at: 5, spec: specOf(a) } as const;
    drive(a.process, spec, a.port, 10);
    expect(a.process.exitReason).toEqual({
      kind: "failed",
      error: { kind: "RESOURCE_EXHAUSTED", message: "instruction budget exceeded", stack: "probe" },
    });
    expect(a.process.runnable).toBe(false);
  });

  it("drops what was still asked for", () => {
    const a = new Subject().start();
    const [open, done] = [1, 2].map((ms) => a.self.request({ kind: "timer", delayMs: ms })) as [number, number];
    a.settle(done);
    a.take();
    a.self.exit(normal);
    expect(a.take()).toEqual([
      { call: "drop", tag: open },
      { call: "halt", reason: normal },
    ]);
  });
});

describe("a process at work", () => {
  it("takes its time from its inputs, and it never goes backwards", () => {
    const a = new Subject().start();
    a.at = 2000;
    a.message(b, "t");
    expect(a.self.now).toBe(2000);
    a.at = 1500;
    a.message(b, "t");
    expect(a.self.now).toBe(2000);
  });

  it("goes on in slices until it waits", () => {
    let left = 3;
    const a = new Subject("a", { work: () => --left > 0 });
    drive(a.process, { kind: "start", at: 1, spec: specOf(a) }, a.port);
    expect(left).toBe(0);
    expect(a.process.status).toBe("running");
  });

  it("hears each outcome once, and none of what it dropped", () => {
    const a = new Subject().start();
    const [kept, dropped] = [
      a.self.request({ kind: "timer", delayMs: 1 }),
      a.self.request({ kind: "random", bytes: 4 }),
    ];
    a.self.drop(dropped);
    a.self.drop(dropped);
    expect(a.take().filter((call) => call.call === "drop")).toEqual([{ call: "drop", tag: dropped }]);
    for (const tag of [kept, kept, dropped]) a.settle(tag);
    expect(a.probe.outcomes.map(([tag]) => tag)).toEqual([kept]);
  });

  it("hears what became of what it sent", () => {
    const a = new Subject().start();
    const tag = a.self.send(b, "t", [1, null]);
    expect(a.sent()).toEqual([["b", { kind: "message", topic: "t", payloads: [1, null] }]]);
    a.answer(tag);
    expect(a.probe.answers).toEqual([[tag, "accepted"]]);
  });

  it("may send to itself", () => {
    const a = new Subject().start();
    a.self.send(a.pid, "t", [1]);
    const call = a.take()[0] as { envelope: { to: unknown } };
    expect(call.envelope.to).toBe(a.pid);
    a.message(a.pid, "t", 1);
    expect(a.probe.messages).toMatchObject([{ from: a.pid, topic: "t" }]);
  });

  it("has a new key for each request, and the same on replay", () => {
    const keys = [1, 2].map(() => {
      const a = new Subject().start();
      const first = a.self.nextKey();
      a.self.request({ kind: "timer", delayMs: 1 });
      return [first, a.self.nextKey()];
    });
    expect(keys[0]).toEqual(keys[1]);
    expect(new Set(keys[0]).size).toBe(2);
  });

  it("says what it waits for", () => {
    const a = new Subject().start();
    expect(a.process.stack()).toBe("probe");
    a.self.exit(normal);
    expect(a.process.stack()).toBe("ended");
  });
});

function specOf(a: Subject) {
  return spawnSpec(outside, "", 0, { entry: "app:probe", host: a.pid.host });
}
