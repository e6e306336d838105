/** The host laws on memory hosts, in virtual time. */
import { describe, expect, it } from "vitest";
import { spawnSpec } from "../../actors/index.js";
import { failure, type Pid, parsePid } from "../../mailbox/index.js";
import { boom, normal, outside, type Probe, type Script } from "../support/fakes.js";
import { idle, Node } from "./memory-node.js";

const forwardTo = (pid: () => Pid): Script => ({
  onMessage: (message, self) => void self.send(pid(), message.topic, message.payloads),
});

describe("law 1: one consumer", () => {
  it("feeds a process one input at a time, also when it writes to itself", () => {
    let depth = 0;
    let deepest = 0;
    const node = new Node({
      echo: {
        onMessage: (message, self) => {
          deepest = Math.max(deepest, ++depth);
          const n = message.payloads[0] as number;
          if (n > 0) self.send(self.pid, "t", [n - 1]);
          depth--;
        },
      },
    });
    const echo = node.start("echo");
    node.message(echo.self.pid, 500);
    node.clock.settle();
    expect(echo.messages).toHaveLength(501);
    expect(deepest).toBe(1);
  });
});

describe("law 2: order", () => {
  it("keeps the order of each sender, over several hosts and many more messages than a turn takes", () => {
    const node: Node = new Node({ idle, via: forwardTo(() => node.probes[0]!.self.pid) });
    node.open("app:other");
    const [target, via] = [node.start("idle"), node.start("via")];
    for (let n = 0; n < 5000; n++) {
      node.message(target.self.pid, "direct", n);
      node.message(via.self.pid, "via", n);
    }
    node.clock.settle();
    for (const way of ["direct", "via"]) {
      const numbers = target.messages.filter((one) => one.payloads[0] === way).map((one) => one.payloads[1]);
      expect(numbers).toEqual(Array.from({ length: 5000 }, (_, n) => n));
    }
  });
});

describe("law 3: nothing accepted is lost", () => {
  it("makes a dead letter of each message that its receiver left unread", () => {
    const node = new Node({ quitter: { onMessage: (_message, self) => self.exit(normal) } });
    const { pid } = node.start("quitter").self;
    expect([1, 2, 3].map((n) => node.message(pid, n))).toEqual(["accepted", "accepted", "accepted"]);
    node.clock.settle();
    expect(node.system.router.deadLetters.list()).toMatchObject([
      { reason: "process ended before it read the message", envelope: { signal: { payloads: [2] } } },
      { envelope: { signal: { payloads: [3] } } },
    ]);
  });
});

describe("law 4: every death is announced once", () => {
  const deaths: [string, Script, (node: Node, probe: Probe) => void, object][] = [
    ["its own end", { onMessage: (_m, self) => self.exit(normal) }, (n, p) => void n.message(p.self.pid), normal],
    ["an error", { onMessage: (_m, self) => self.exit(boom) }, (n, p) => void n.message(p.self.pid), boom],
    ["a kill", idle, (n, p) => void n.send(p.self.pid, { kind: "kill" }), { kind: "killed" }],
    [
      "too much work",
      {
        work: (self) => self.mailbox.unread > 0 || self.trapLinks,
        onMessage: (_m, self) => {
          self.trapLinks = true;
        },
      },
      (n, p) => void n.message(p.self.pid),
      { kind: "failed", error: { kind: "RESOURCE_EXHAUSTED" } },
    ],
    ["a deadline", idle, (n, p) => void n.send(p.self.pid, { kind: "cancel", withinMs: 50 }), { kind: "killed" }],
  ];
  for (const [what, script, cause, reason] of deaths) {
    it(`after ${what}`, () => {
      const node = new Node({ victim: script, idle });
      const [victim, watcher] = [node.start("victim"), node.start("idle")];
      watcher.self.monitor(victim.self.pid);
      node.clock.settle();
      const { pid } = victim.self;
      cause(node, victim);
      node.clock.advance(100);
      expect(watcher.events).toMatchObject([{ kind: "exit", from: pid, reason }]);
      expect(victim.halts).toBe(1);
      expect(node.seen.filter((line) => line.startsWith(`exit ${pid.id}`))).toHaveLength(1);
      expect(node.host.size).toBe(1);
    });
  }

  it("when it came while the parent did not know the pid yet", () => {
    const node = new Node({
      parent: { onStart: (self) => void self.spawn("brief", "app:host", [], { monitor: true }) },
      brief: { onStart: (self) => self.exit({ kind: "normal", value: 5 }) },
    });
    const parent = node.start("parent");
    expect(parent.outcomes).toMatchObject([[1, { ok: true, value: "{boot1@app:host|0x00002}" }]]);
    expect(parent.events).toMatchObject([{ kind: "exit", reason: { kind: "normal", value: 5 } }]);
  });

  it("tells observers of a process before they hear of its end", () => {
    const node = new Node({ brief: { onStart: (self) => self.exit(normal) } });
    node.start("brief");
    expect(node.seen).toEqual(["spawn 0x00001", "exit 0x00001 normal"]);
  });

  it("but of one that could not start only the spawner hears", () => {
    const node = new Node({ broken: { refuse: failure("INTERNAL", "syntax") } });
    const spec = spawnSpec(outside, "", 1, { entry: "broken", host: "app:host", name: "n" });
    expect(node.host.spawn(spec)).toEqual({ ok: false, error: { kind: "INTERNAL", message: "syntax" } });
    expect([node.seen, node.host.size, node.system.names.lookup("n")]).toEqual([[], 0, undefined]);
  });
});

describe("law 5: the dead are gone", () => {
  it("answers gone for a pid that never was, is no more, or belongs to another boot", () => {
    const node = new Node({ idle });
    const { pid } = node.start("idle").self;
    node.send(pid, { kind: "kill" });
    node.clock.settle();
    expect(node.message(pid)).toBe("gone");
    expect(node.message(parsePid("{boot1@app:host|0x99999}")!)).toBe("gone");
    expect(node.message(parsePid("{boot0@app:host|0x00001}")!)).toBe("unreachable");
  });

  it("answers a link or monitor that was queued at the death with one exit", () => {
    const node = new Node({ idle, quitter: { onMessage: (_message, self) => self.exit(normal) } });
    const [quitter, watcher] = [node.start("quitter"), node.start("idle")];
    watcher.self.trapLinks = true;
    const { pid } = quitter.self;
    node.message(pid);
    // Accepted at once: that is 0.
    expect([watcher.self.monitor(pid), watcher.self.link(pid)]).toEqual([0, 0]);
    node.clock.settle();
    expect(watcher.events).toMatchObject([
      { kind: "exit", reason: { kind: "noproc" } },
      { kind: "link_down", error: { kind: "NOT_FOUND" } },
    ]);
  });

  it("never follows a refused monitor with an exit", () => {
    const node = new Node({ idle });
    const [dead, watcher] = [node.start("idle"), node.start("idle")];
    const { pid } = dead.self;
    node.send(pid, { kind: "kill" });
    node.clock.settle();
    watcher.self.monitor(pid);
    node.clock.advance(1000);
    expect(watcher.answers.map(([, answer]) => answer)).toEqual(["gone"]);
    expect(watcher.events).toEqual([]);
  });
});

describe("law 6: ending twice is ending once", () => {
  it("takes any number of kills", () => {
    const node = new Node({ idle });
    const idler = node.start("idle");
    for (let i = 0; i < 3; i++) node.send(idler.self.pid, { kind: "kill" });
    node.clock.settle();
    expect(idler.halts).toBe(1);
    expect(node.seen).toEqual(["spawn 0x00001", "exit 0x00001 killed"]);
  });
});

describe("law 7: bonds are there before the child runs", () => {
  it("links and monitors a child that crashes in its first step", () => {
    const node = new Node({
      parent: { onStart: (self) => void self.spawn("crash", "app:host", [], { link: true, monitor: true }) },
      crash: { onStart: (self) => self.exit(boom) },
    });
    const parent = node.start("parent");
    expect(parent.events.map((event) => event.kind)).toEqual(["exit"]);
    expect(node.seen.at(-1)).toBe("exit 0x00001 failed");
  });

  it("cascades over three levels", () => {
    const child = (entry: string): Script => ({
      onStart: (self) => void self.spawn(entry, "app:host", [], { link: true }),
    });
    const node = new Node({ top: child("middle"), middle: child("leaf"), leaf: idle });
    node.start("top");
    expect(node.host.size).toBe(3);
    node.send(node.probes[2]!.self.pid, { kind: "kill" });
    node.clock.settle();
    expect(node.seen.slice(3)).toEqual(["exit 0x00003 killed", "exit 0x00002 failed", "exit 0x00001 failed"]);
  });

  it("ends a linked child that was born after the end of its parent", () => {
    const node = new Node({
      parent: {
        onStart: (self) => {
          self.spawn("idle", "app:host", [], { link: true });
          self.exit(boom);
        },
      },
      idle,
    });
    node.start("parent");
    expect(node.seen).toEqual(["spawn 0x00001", "exit 0x00001 failed", "spawn 0x00002", "exit 0x00002 failed"]);
  });
});
