/** Links and monitors of one process, as its peers and its program see them. */
import { describe, expect, it } from "vitest";
import { accepted, type ExitReason, gone, messageOf, type Signal, unreachable } from "../../mailbox/index.js";
import { boom, normal, pidOf, Subject } from "../support/fakes.js";

const b = pidOf("b");
const exit = (via: "link" | "monitor", refs: number[], reason: ExitReason = boom): Signal => ({
  kind: "exit",
  via,
  refs,
  reason,
});

/** A process that monitors b under ref 1. */
function monitoring(): Subject {
  const a = new Subject().start();
  a.answer(a.self.monitor(b) as number);
  a.take();
  a.probe.answers.length = 0;
  return a;
}

/** A process that links to b under ref 1. */
function linked(trap = false): Subject {
  const a = new Subject().start();
  a.self.trapLinks = trap;
  a.answer(a.self.link(b));
  a.take();
  a.probe.answers.length = 0;
  return a;
}

describe("a monitor", () => {
  it.each([normal, boom, { kind: "killed" }, { kind: "noproc" }] as ExitReason[])(
    "hears of the end %j once",
    (reason) => {
      const a = monitoring();
      a.receive(b, exit("monitor", [-1], reason));
      a.receive(b, exit("monitor", [-1], reason));
      expect(a.probe.events).toEqual([{ kind: "exit", from: b, at: 1000, reason }]);
      expect(a.process.relations.watching.size).toBe(0);
    },
  );

  it("does not end its holder, and asks nothing of the target", () => {
    const a = monitoring();
    a.receive(b, exit("monitor", [-1]));
    expect(a.process.status).toBe("running");
    expect(a.take()).toEqual([]);
  });

  it("is made once: again is ALREADY_EXISTS, and nothing is sent", () => {
    const a = monitoring();
    expect(a.self.monitor(b)).toMatchObject({
      kind: "ALREADY_EXISTS",
      message: "already monitoring pid",
      retryable: false,
    });
    expect(a.take()).toEqual([]);
  });

  it("that is asked for twice before the first answer is answered twice, and its end is told once", () => {
    const a = new Subject().start();
    const tags = [a.self.monitor(b), a.self.monitor(b)] as number[];
    a.answer(tags[0]!, accepted);
    a.receive(b, exit("monitor", [-1], { kind: "noproc" }));
    a.receive(b, exit("monitor", [-2], { kind: "noproc" }));
    a.answer(tags[1]!, gone);
    expect(a.probe.answers).toEqual(tags.map((tag) => [tag, "accepted"]));
    expect(a.probe.events).toHaveLength(1);
    expect(a.process.relations.watching.size).toBe(0);
  });

  it("that nobody was found for is refused as often as it was asked for", () => {
    const a = new Subject().start();
    const tags = [a.self.monitor(b), a.self.monitor(b)] as number[];
    for (const tag of tags) a.answer(tag, gone);
    expect(a.probe.answers).toEqual(tags.map((tag) => [tag, "gone"]));
  });

  it("may be asked for again after it has ended or was withdrawn", () => {
    const a = monitoring();
    a.receive(b, exit("monitor", [-1]));
    expect(a.self.monitor(b)).toBeTypeOf("number");
    a.self.demonitor(b);
    expect(a.self.monitor(b)).toBeTypeOf("number");
  });

  it("of oneself is a success without effect", () => {
    const a = new Subject().start();
    expect(a.self.monitor(a.pid)).toBe(0);
    expect(a.take()).toHaveLength(0);
  });

  it("is withdrawn by naming its ref, and an exit that crossed is ignored", () => {
    const a = monitoring();
    a.self.demonitor(b);
    expect(a.sent()).toEqual([["b", { kind: "demonitor", refs: [1] }]]);
    a.receive(b, exit("monitor", [-1]));
    expect(a.probe.events).toEqual([]);
    a.self.demonitor(b);
    expect(a.take()).toEqual([]);
  });

  it.each([
    ["gone", gone],
    ["unreachable", unreachable("no way")],
  ] as const)("that is answered %s is never followed by an exit", (kind, delivery) => {
    const a = new Subject().start();
    const tag = a.self.monitor(b) as number;
    a.answer(tag, delivery);
    a.receive(b, exit("monitor", [-1]));
    expect(a.probe.answers).toEqual([[tag, kind]]);
    expect(a.probe.events).toEqual([]);
    expect(a.process.relations.watching.size).toBe(0);
  });

  it("whose exit came before a repeated refusal was a success", () => {
    const a = new Subject().start();
    const tag = a.self.monitor(b) as number;
    a.receive(b, exit("monitor", [-1]));
    a.answer(tag, gone);
    expect(a.probe.answers).toEqual([[tag, "accepted"]]);
    expect(a.probe.events).toHaveLength(1);
  });

  it("by a peer is told of our end, and only while it holds", () => {
    const a = new Subject().start();
    a.receive(b, { kind: "monitor", ref: 7 });
    a.receive(pidOf("c"), { kind: "monitor", ref: 7 });
    a.receive(pidOf("c"), { kind: "demonitor", refs: [7] });
    a.take();
    a.self.exit(normal);
    expect(a.sent()).toEqual([["b", exit("monitor", [-7], normal)]]);
  });
});

describe("a link", () => {
  it("makes an abnormal end of the peer our own", () => {
    const a = linked();
    a.receive(b, exit("link", [-1]));
    expect(a.process.exitReason).toMatchObject({
      kind: "failed",
      error: { kind: "INTERNAL", message: "linked process failed", details: { from: b.text } },
    });
    expect(a.probe.events).toEqual([]);
    expect(a.take()).toEqual([{ call: "halt", reason: a.process.exitReason }]);
  });

  it("is an event instead when the process traps", () => {
    const a = linked(true);
    a.receive(b, exit("link", [-1]));
    expect(a.probe.events).toEqual([
      { kind: "link_down", from: b, at: 1000, error: { kind: "INTERNAL", message: "boom" } },
    ]);
    expect(a.process.status).toBe("running");
  });

  it("ends before the program runs again", () => {
    const a = linked();
    const before = a.probe.messages.length;
    a.process.mailbox.deliver(messageOf(b, "", "t", []));
    a.receive(b, exit("link", [-1]));
    expect(a.probe.messages).toHaveLength(before);
  });

  it.each([true, false])("is silent about a normal end (trapping: %s)", (trap) => {
    const a = linked(trap);
    a.receive(b, exit("link", [-1], normal));
    expect(a.probe.events).toEqual([]);
    expect(a.process.status).toBe("running");
    expect(a.process.relations.links.size).toBe(0);
  });

  it.each([{ kind: "killed" }, { kind: "noproc" }, { kind: "cancelled", reason: "x" }] as ExitReason[])(
    "counts %j as abnormal",
    (reason) => {
      const a = linked();
      a.receive(b, exit("link", [-1], reason));
      expect(a.process.status).toBe("ended");
    },
  );

  it("is made once: again, to oneself, or back to a peer that made it, is a success without effect", () => {
    const a = linked();
    expect(a.self.link(b)).toBe(0);
    expect(a.self.link(a.pid)).toBe(0);
    a.receive(pidOf("c"), { kind: "link", ref: 3 });
    expect(a.self.link(pidOf("c"))).toBe(0);
    expect(a.take()).toEqual([]);
  });

  it("is two-way: our abnormal end is told to the one who made it", () => {
    const a = new Subject().start();
    a.receive(b, { kind: "link", ref: 3 });
    a.self.exit(boom);
    expect(a.sent()).toEqual([["b", exit("link", [-3], boom)]]);
  });

  it("is removed in both directions by unlink", () => {
    const a = linked();
    a.receive(b, { kind: "link", ref: 9 });
    a.self.unlink(b);
    expect(a.sent()).toEqual([["b", { kind: "unlink", refs: [1, -9] }]]);
    a.receive(b, exit("link", [-1, 9]));
    expect(a.process.status).toBe("running");
  });

  it("survives an unlink that did not know of it", () => {
    const a = linked();
    a.receive(b, { kind: "unlink", refs: [5] });
    expect(a.process.relations.links.has(b)).toBe(true);
    a.receive(b, { kind: "unlink", refs: [-1] });
    expect(a.process.relations.links.size).toBe(0);
  });

  it("that is answered gone never ends the process", () => {
    const a = new Subject().start();
    const tag = a.self.link(b);
    a.answer(tag, gone);
    a.receive(b, exit("link", [-1], { kind: "noproc" }));
    expect(a.probe.answers).toEqual([[tag, "gone"]]);
    expect(a.process.status).toBe("running");
  });

  it("that was undone before it was answered gone is answered so", () => {
    const a = new Subject().start();
    const tags = [a.self.link(b), a.self.monitor(b) as number];
    a.self.unlink(b);
    a.self.demonitor(b);
    for (const tag of tags) a.answer(tag, gone);
    expect(a.probe.answers).toEqual(tags.map((tag) => [tag, "gone"]));
    expect(a.process.relations.links.size + a.process.relations.watching.size).toBe(0);
  });

  it("of a peer to itself under our pid is ignored", () => {
    const a = new Subject().start();
    a.receive(a.pid, { kind: "link", ref: 1 });
    a.receive(a.pid, { kind: "monitor", ref: 1 });
    expect([a.process.relations.links.size, a.process.relations.watchers.size]).toEqual([0, 0]);
  });
});
