/** What the end of a process, or of a whole node, means for those who are bound to it. */
import { describe, expect, it } from "vitest";
import { accepted, type ExitReason, failure, type Signal } from "../../mailbox/index.js";
import { boom, normal, pidOf, Subject } from "../support/fakes.js";

const b = pidOf("b");
const exit = (via: "link" | "monitor", refs: number[], reason: ExitReason = boom): Signal => ({
  kind: "exit",
  via,
  refs,
  reason,
});

/** A process that links to b under ref 1. */
function linked(): Subject {
  const a = new Subject().start();
  a.answer(a.self.link(b));
  a.take();
  return a;
}

describe("an end", () => {
  it("is announced to watchers first, then over links; those we watched may forget us; then the process halts", () => {
    const a = linked();
    a.self.monitor(pidOf("c"));
    a.receive(b, { kind: "monitor", ref: 8 });
    a.take();
    a.self.exit(boom);
    expect(a.take().map((call) => (call.call === "transmit" ? call.envelope.signal.kind : call.call))).toEqual([
      "exit",
      "exit",
      "demonitor",
      "halt",
    ]);
    a.self.exit(normal);
    expect(a.take()).toEqual([]);
    expect(a.probe.halts).toBe(1);
  });

  it("is addressed to the life of the peer that made the bond", () => {
    const a = new Subject().start();
    a.receive(b, { kind: "link", ref: 3 }, { incarnation: "run-1" });
    a.take();
    a.self.exit(boom);
    expect(a.take()[0]).toMatchObject({ envelope: { toIncarnation: "run-1" } });
  });

  it("meant for another life of our pid is not taken", () => {
    const a = linked();
    a.receive(b, exit("link", [-1]), { toIncarnation: "earlier" });
    expect(a.process.status).toBe("running");
    a.receive(b, exit("link", [-1]), { toIncarnation: "life" });
    expect(a.process.status).toBe("ended");
  });
});

describe("the loss of a node", () => {
  it("ends every monitor and link to it as UNAVAILABLE, and no other", () => {
    const a = new Subject().start();
    a.self.trapLinks = true;
    const [far, near] = [pidOf("far", "sim:host", "other"), pidOf("near")];
    for (const pid of [far, near]) {
      a.self.monitor(pid);
      a.self.link(pid);
      a.receive(pid, { kind: "monitor", ref: 4 });
    }
    a.feed({ kind: "nodedown", at: 1000, node: "other" });
    const unavailable = failure("UNAVAILABLE", "node other is down", { retryable: true });
    expect(a.probe.events).toEqual([
      { kind: "exit", from: far, at: 1000, reason: { kind: "failed", error: unavailable } },
      { kind: "link_down", from: far, at: 1000, error: unavailable },
    ]);
    const { links, watching, watchers } = a.process.relations;
    expect([links, watching, watchers].map((table) => table.values().map((bond) => bond.pid.text))).toEqual([
      [near.text],
      [near.text],
      [near.text],
    ]);
  });

  it("ends a process that does not trap, once", () => {
    const a = new Subject().start();
    for (const id of ["x", "y"]) a.self.link(pidOf(id, "sim:host", "other"));
    a.take();
    a.feed({ kind: "nodedown", at: 1000, node: "other" });
    expect(a.process.status).toBe("ended");
    expect(a.take().filter((call) => call.call === "halt")).toHaveLength(1);
  });
});

describe("what is left in the queue of the dead", () => {
  it("answers a link or monitor with an exit that says there is no process", () => {
    const a = new Subject().start();
    a.self.exit(normal);
    const refuse = (signal: Signal) =>
      a.process.refuse({
        kind: "envelope",
        at: 1,
        envelope: { from: b, incarnation: "run", to: a.pid, seq: 0, signal },
      });
    expect(refuse({ kind: "link", ref: 3 })).toMatchObject([
      { from: a.pid, to: b, toIncarnation: "run", signal: exit("link", [-3], { kind: "noproc" }) },
    ]);
    expect(refuse({ kind: "monitor", ref: 4 })).toMatchObject([{ signal: exit("monitor", [-4], { kind: "noproc" }) }]);
    expect(refuse({ kind: "message", topic: "t", payloads: [] })).toEqual([]);
    expect(refuse({ kind: "kill" })).toEqual([]);
    expect(a.process.refuse({ kind: "wake", at: 1 })).toEqual([]);
  });

  it("is not fed any more", () => {
    const a = new Subject().start();
    a.self.exit(normal);
    a.take();
    a.message(b, "t", 1);
    a.receive(b, { kind: "monitor", ref: 1 });
    a.answer(1, accepted);
    expect(a.take()).toEqual([]);
    expect(a.probe.messages).toEqual([]);
  });
});
