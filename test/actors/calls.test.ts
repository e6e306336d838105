/** Request and reply between processes: one answer per call, whatever happens to the two. */
import { describe, expect, it } from "vitest";
import { type CallMark, failure, gone, type Message, type Pid, type ReplyOutcome } from "../../mailbox/index.js";
import { boom, normal, pidOf, Subject } from "../support/fakes.js";

const b = pidOf("b");
const yes: ReplyOutcome = { ok: true, value: "yes" };

/** A process that calls b with a limit of 5 s: tag and ref of the call, tags of what was transmitted and of the timer. */
function calling(): { a: Subject; tag: number; ref: number; messageTag: number; monitorTag: number; timerTag: number } {
  const a = new Subject().start();
  const tag = a.self.call(b, "ask", ["q"], 5000);
  const calls = a.take();
  const tagOf = (kind: string): number => {
    const call = calls.find((one) => one.call === "transmit" && one.envelope.signal.kind === kind);
    return (call as { tag: number }).tag;
  };
  const timer = calls.find((call) => call.call === "request") as { tag: number };
  const message = calls.find((one) => one.call === "transmit" && one.envelope.signal.kind === "message");
  const { ref } = (message as { envelope: { signal: { call: CallMark } } }).envelope.signal.call;
  return { a, tag, ref, messageTag: tagOf("message"), monitorTag: tagOf("monitor"), timerTag: timer.tag };
}

/** A process that was called by b under this ref. */
function called(
  ref = 9,
  more: { chain?: CallMark["chain"]; from?: Pid; incarnation?: string } = {},
): [Subject, Message] {
  const a = new Subject().start();
  const from = more.from ?? b;
  const call: CallMark = { ref, chain: more.chain ?? [{ pid: from.text, ref }] };
  const signal = { kind: "message", topic: "ask", payloads: ["q"], call } as const;
  a.receive(from, signal, { incarnation: more.incarnation ?? "life" });
  a.take();
  return [a, a.probe.messages[0]!];
}

describe("a call", () => {
  it("settles with the answer, and leaves neither timer nor monitor behind", () => {
    const { a, tag, ref, timerTag } = calling();
    a.receive(b, { kind: "reply", ref, outcome: yes });
    expect(a.probe.outcome(tag)).toEqual(yes);
    expect(a.process.relations.watching.size).toBe(0);
    const calls = a.take();
    expect(calls[0]).toEqual({ call: "drop", tag: timerTag });
    expect(calls[1]).toMatchObject({ call: "transmit", envelope: { signal: { kind: "demonitor" } } });
  });

  it("watches the callee before it asks", () => {
    const a = new Subject().start();
    a.self.call(b, "ask", [], 1);
    expect(a.sent().map(([, signal]) => signal.kind)).toEqual(["monitor", "message"]);
  });

  it("settles with the error of the callee", () => {
    const { a, tag, ref } = calling();
    const error = failure("CONFLICT", "no", { retryable: false });
    a.receive(b, { kind: "reply", ref, outcome: { ok: false, error } });
    expect(a.probe.outcome(tag)).toEqual({ ok: false, error });
  });

  it("times out, and ignores an answer that comes too late", () => {
    const { a, tag, ref, timerTag } = calling();
    a.settle(timerTag);
    expect(a.probe.outcome(tag)).toMatchObject({ ok: false, error: { kind: "TIMEOUT", retryable: true } });
    a.receive(b, { kind: "reply", ref, outcome: yes });
    expect(a.probe.outcomes).toHaveLength(1);
  });

  it.each([
    ["an error", boom, { kind: "INTERNAL", message: "boom" }],
    ["a kill", { kind: "killed" }, { kind: "INTERNAL", message: "process terminated" }],
    ["a normal end", normal, { kind: "NOT_FOUND" }],
  ] as const)("settles with the end of the callee: %s", (_what, reason, error) => {
    const { a, tag, ref } = calling();
    a.receive(b, { kind: "exit", via: "monitor", refs: [-ref], reason });
    expect(a.probe.outcome(tag)).toMatchObject({ ok: false, error });
    expect(a.probe.events).toEqual([]);
  });

  it("settles with NOT_FOUND once when there is no callee", () => {
    const { a, tag, messageTag, monitorTag } = calling();
    a.answer(monitorTag, gone);
    a.answer(messageTag, gone);
    expect(a.probe.outcomes).toEqual([
      [tag, { ok: false, error: { kind: "NOT_FOUND", message: "process not found", retryable: false } }],
    ]);
    expect(a.probe.answers).toEqual([]);
    expect(a.process.relations.watching.size).toBe(0);
  });

  it("does not disturb a monitor that the program has", () => {
    const { a, ref } = calling();
    expect(a.self.monitor(b)).toBeTypeOf("number");
    a.receive(b, { kind: "reply", ref, outcome: yes });
    expect(a.process.relations.watching.get(b)?.refs).toHaveLength(1);
    a.self.demonitor(b);
    expect(a.process.relations.watching.size).toBe(0);
  });

  it("is not ended by the program's own demonitor", () => {
    const { a, tag, ref } = calling();
    a.self.demonitor(b);
    a.receive(b, { kind: "exit", via: "monitor", refs: [-ref], reason: boom });
    expect(a.probe.outcome(tag)).toMatchObject({ ok: false });
  });

  it("may be given up", () => {
    const { a, tag, ref, timerTag } = calling();
    a.self.drop(tag);
    expect(a.take()).toMatchObject([
      { call: "drop", tag: timerTag },
      { envelope: { signal: { kind: "demonitor", refs: [ref] } } },
    ]);
    a.receive(b, { kind: "reply", ref, outcome: yes });
    expect(a.probe.outcomes).toEqual([]);
  });

  it("of oneself fails as a cycle", () => {
    const a = new Subject().start();
    const tag = a.self.call(a.pid, "ask", [], 5000);
    a.receive(a.pid, a.sent()[0]![1]);
    a.receive(a.pid, a.sent()[0]![1]);
    expect(a.probe.outcome(tag)).toMatchObject({ ok: false, error: { kind: "CONFLICT", retryable: false } });
    expect(a.probe.messages).toEqual([]);
  });
});

describe("a called process", () => {
  it("answers once; a second answer has no effect", () => {
    const [a, message] = called();
    expect(a.self.owes(message)).toBe(true);
    expect(a.self.reply(message, yes)).toBeGreaterThan(0);
    expect(a.take()).toMatchObject([
      { envelope: { to: b, toIncarnation: "life", signal: { kind: "reply", ref: 9, outcome: yes } } },
    ]);
    expect(a.self.owes(message)).toBe(false);
    expect(a.self.reply(message, yes)).toBe(0);
    expect(a.take()).toEqual([]);
  });

  it("owes nothing for a plain message", () => {
    const a = new Subject().start();
    a.message(b, "t");
    expect(a.self.owes(a.probe.messages[0]!)).toBe(false);
    expect(a.self.reply(a.probe.messages[0]!, yes)).toBe(0);
  });

  it("owes nothing to a caller that has ended", () => {
    const [a, message] = called();
    a.receive(b, { kind: "exit", via: "link", refs: [], reason: boom });
    expect(a.self.owes(message)).toBe(false);
  });

  it("owes nothing to a caller that has given up", () => {
    const [a, message] = called(9);
    a.receive(b, { kind: "demonitor", refs: [8] });
    expect(a.self.owes(message)).toBe(true);
    a.receive(pidOf("c"), { kind: "demonitor", refs: [9] });
    expect(a.self.owes(message)).toBe(true);
    a.receive(b, { kind: "demonitor", refs: [9] });
    expect(a.self.owes(message)).toBe(false);
    expect(a.self.reply(message, yes)).toBe(0);
  });

  it("keeps nothing of callers that timed out, so its own calls stay small", () => {
    const server = new Subject("server").start();
    for (let ref = 1; ref <= 1000; ref++) {
      const call = { ref, chain: [{ pid: b.text, ref }] };
      server.receive(b, { kind: "message", topic: "ask", payloads: [], call });
      server.receive(b, { kind: "demonitor", refs: [ref] });
    }
    server.take();
    server.self.call(pidOf("c"), "ask", [], 5000);
    const message = server.sent().find(([, signal]) => signal.kind === "message")![1];
    expect((message as { call: CallMark }).call.chain).toHaveLength(1);
  });

  it("tells two lives of a caller apart", () => {
    const [a, old] = called(9, { incarnation: "run-1" });
    const signal = { kind: "message", topic: "ask", payloads: [], call: { ref: 9, chain: [] } } as const;
    a.receive(b, signal, { incarnation: "run-2" });
    const young = a.probe.messages[1]!;
    a.self.reply(old, yes);
    expect(a.self.owes(young)).toBe(true);
  });

  it("does not mistake a caller whose id begins like that of the dead", () => {
    const [a, message] = called(9, { from: pidOf("b}#x") });
    a.receive(b, { kind: "exit", via: "link", refs: [], reason: boom });
    expect(a.self.owes(message)).toBe(true);
  });
});

describe("a cycle of calls", () => {
  /** Deliver what each sent to the other until nothing moves. */
  function settle(...subjects: Subject[]): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const subject of subjects) {
        for (const call of subject.take()) {
          if (call.call !== "transmit") continue;
          moved = true;
          subjects
            .find((other) => other.pid.text === call.envelope.to.text)
            ?.feed({
              kind: "envelope",
              at: 1,
              envelope: call.envelope,
            });
        }
      }
    }
  }

  it("is refused with CONFLICT that names the pids, at the one who closes it", () => {
    const [a, c] = [new Subject("a").start(), new Subject("c").start()];
    const tags: number[] = [];
    const middle = new Subject("m", {
      onMessage: (_message, self) => tags.push(self.call(c.pid, "ask", [], 5000)),
    }).start();
    a.self.call(middle.pid, "ask", [], 5000);
    settle(a, middle, c);
    const last = c.self.call(a.pid, "ask", [], 5000);
    settle(a, middle, c);
    expect(c.probe.outcome(last)).toEqual({
      ok: false,
      error: {
        kind: "CONFLICT",
        message: `calls form a cycle: ${a.pid.text} -> ${middle.pid.text} -> ${c.pid.text} -> ${a.pid.text}`,
        retryable: false,
        details: { pids: [a.pid.text, middle.pid.text, c.pid.text, a.pid.text] },
      },
    });
    expect(a.probe.messages).toEqual([]);
    expect(tags).toHaveLength(1);
  });

  it("is none once the first call has its answer", () => {
    const [a, c] = [new Subject("a").start(), new Subject("c").start()];
    a.self.call(c.pid, "ask", [], 5000);
    settle(a, c);
    c.self.reply(c.probe.messages[0]!, yes);
    settle(a, c);
    c.self.call(a.pid, "ask", [], 5000);
    settle(a, c);
    expect(a.probe.messages).toHaveLength(1);
  });
});
