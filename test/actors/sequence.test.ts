/** Envelopes on a transport that repeats: each is taken once, and the tables that see to it stay small. */
import { describe, expect, it } from "vitest";
import { dedupeWindowMs, SequenceTable } from "../../actors/sequence.js";
import type { Envelope, Pid } from "../../mailbox/index.js";
import { normal, pidOf, Subject } from "../support/fakes.js";

const b = pidOf("b");
const envelope = (from: Pid, seq: number, incarnation = "life"): Envelope => ({
  from,
  incarnation,
  to: pidOf("a"),
  seq,
  signal: { kind: "kill" },
});
const counted = (): Subject => new Subject("a", {}, { counted: true }).start();

describe("outgoing envelopes", () => {
  it("count from 1 per receiver on a transport that may repeat", () => {
    const a = counted();
    for (const id of ["b", "c", "b", "b"]) a.self.send(pidOf(id), "t", []);
    expect(a.take().map((call) => call.call === "transmit" && [call.envelope.to.id, call.envelope.seq])).toEqual([
      ["b", 1],
      ["c", 1],
      ["b", 2],
      ["b", 3],
    ]);
  });

  it("are not counted on one that never does", () => {
    const a = new Subject().start();
    a.self.send(b, "t", []);
    expect(a.take()).toMatchObject([{ envelope: { seq: 0 } }]);
  });

  it("to a new life of a pid go on above the numbers of the old one, as some may have reached it", () => {
    const table = new SequenceTable();
    const receiver = new SequenceTable();
    for (const seq of [table.next(b, 1), table.next(b, 1)]) receiver.isRepeat(envelope(b, seq), 1);
    table.forget(b, "old");
    expect(receiver.isRepeat(envelope(b, table.next(b, 2)), 2)).toBe(false);
  });
});

describe("incoming envelopes", () => {
  it("are taken once, also when the transport repeats a whole stretch", () => {
    const a = counted();
    for (const seq of [1, 2, 3, 1, 2, 3, 4, 4]) {
      a.receive(b, { kind: "message", topic: "t", payloads: [seq] }, { seq });
    }
    expect(a.probe.messages.map((message) => message.payloads[0])).toEqual([1, 2, 3, 4]);
  });

  it("without a number are always taken", () => {
    const table = new SequenceTable();
    expect([table.isRepeat(envelope(b, 0), 1), table.isRepeat(envelope(b, 0), 1), table.size]).toEqual([
      false,
      false,
      0,
    ]);
  });

  it("of two lives of one pid are told apart, also when they mix", () => {
    const table = new SequenceTable();
    const take = (seq: number, incarnation: string): boolean => !table.isRepeat(envelope(b, seq, incarnation), 1);
    expect([take(1, "old"), take(2, "old"), take(1, "new"), take(2, "new")]).toEqual([true, true, true, true]);
    expect([take(2, "old"), take(1, "new"), take(2, "new"), take(3, "new")]).toEqual([false, false, false, true]);
  });

  it("that are repeated after the end of their sender are still known", () => {
    const table = new SequenceTable();
    table.isRepeat(envelope(b, 1), 1);
    table.forget(b, "life");
    expect(table.isRepeat(envelope(b, 1), 1)).toBe(true);
  });

  it("of a living one are still known when its earlier life is forgotten", () => {
    const table = new SequenceTable();
    table.isRepeat(envelope(b, 1, "old"), 1);
    table.forget(b, "old");
    table.isRepeat(envelope(b, 1, "new"), 1);
    for (let i = 0; i < 10_000; i++) {
      table.isRepeat(envelope(pidOf(`x${i}`), 1), 1);
      table.forget(pidOf(`x${i}`), "life");
    }
    expect(table.isRepeat(envelope(b, 1, "new"), 1)).toBe(true);
  });
});

describe("the tables", () => {
  it("stay flat over a million short-lived senders that were related", () => {
    const a = counted();
    const { sequence } = a.process;
    const { watching } = a.process.relations;
    let largest = 0;
    for (let i = 1; i <= 1_000_000; i++) {
      const peer = pidOf(`p${i}`);
      a.answer(a.self.monitor(peer) as number);
      a.receive(peer, { kind: "message", topic: "t", payloads: [] }, { seq: 1 });
      const refs = watching.get(peer)!.refs.map((ref) => -ref);
      a.receive(peer, { kind: "exit", via: "monitor", refs, reason: normal }, { seq: 2 });
      a.port.calls.length = 0;
      a.probe.answers.length = 0;
      a.probe.events.length = 0;
      a.probe.messages.length = 0;
      if (i % 1000 === 0) largest = Math.max(largest, sequence.size);
    }
    expect(largest).toBeLessThan(5000);
    expect(watching.size).toBe(0);
  });

  it("forget who has been silent for longer than anybody retries", () => {
    const table = new SequenceTable();
    for (let i = 0; i < 1024; i++) table.isRepeat(envelope(pidOf(`x${i}`), 1), 0);
    table.isRepeat(envelope(b, 1), dedupeWindowMs);
    table.isRepeat(envelope(b, 2), dedupeWindowMs + 1);
    table.isRepeat(envelope(pidOf("c"), 1), dedupeWindowMs + 1);
    table.isRepeat(envelope(pidOf("late"), 1), 2 * dedupeWindowMs);
    expect(table.size).toBeLessThan(1100);
    for (let i = 0; i < 4000; i++) table.isRepeat(envelope(pidOf(`y${i}`), 1), 3 * dedupeWindowMs);
    expect(table.size).toBeLessThan(4010);
    expect(table.isRepeat(envelope(pidOf("y1"), 1), 3 * dedupeWindowMs)).toBe(true);
  });

  it("keep numbering twice as long as receivers remember", () => {
    const table = new SequenceTable();
    table.next(b, 0);
    for (let i = 0; i < 5000; i++) table.next(pidOf(`x${i}`), 2 * dedupeWindowMs - 1);
    expect(table.next(b, 2 * dedupeWindowMs - 1)).toBe(2);
  });
});
