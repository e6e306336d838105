/** What memory hosts do beyond the laws: limits, names, requests, closing. */
import { describe, expect, it } from "vitest";
import { type Outcome, spawnSpec } from "../../actors/index.js";
import { outside, type Script } from "../support/fakes.js";
import { idle, Node } from "./memory-node.js";

describe("a spawn", () => {
  it("is refused for an entry or a host that there is not", () => {
    const asker: Script = {
      onStart: (self) => {
        self.spawn("none", "app:host", [], {});
        self.spawn("asker", "app:none", [], {});
      },
    };
    expect(new Node({ asker }).start("asker").outcomes).toMatchObject([
      [1, { ok: false, error: { kind: "NOT_FOUND", message: "factory not found" } }],
      [2, { ok: false, error: { kind: "NOT_FOUND", message: "host not found", details: { host_id: "app:none" } } }],
    ]);
  });

  it("is refused when the host is full, and possible again after an end", () => {
    const node = new Node({ idle }, { maxProcesses: 2 });
    const first = node.start("idle");
    node.start("idle");
    expect(() => node.start("idle")).toThrow("max processes limit exceeded");
    node.send(first.self.pid, { kind: "kill" });
    node.clock.settle();
    expect(() => node.start("idle")).not.toThrow();
  });

  it("with a taken name leads to the living process, with its startup messages", () => {
    const node = new Node({ idle }, { maxProcesses: 1 });
    const owner = node.start("idle", { name: "n" });
    const messages = [1, 2].map((n) => ({ topic: "t", payloads: [n] }));
    const result = node.host.spawn(spawnSpec(outside, "", 9, { entry: "none", host: "app:host", name: "n", messages }));
    node.clock.settle();
    expect(result).toEqual({ ok: true, pid: owner.self.pid, existed: true });
    expect(owner.messages).toMatchObject([
      { from: outside, payloads: [1] },
      { from: outside, payloads: [2] },
    ]);
  });

  it("has the name from the first step, and everybody who hears of the end finds it free", () => {
    const found: (string | undefined)[] = [];
    const node: Node = new Node({
      named: { onStart: () => found.push(node.system.names.lookup("n")?.id) },
      watcher: { onEvent: () => found.push(node.system.names.lookup("n")?.id) },
    });
    const named = node.start("named", { name: "n" });
    node.start("watcher").self.monitor(named.self.pid);
    node.clock.settle();
    node.send(named.self.pid, { kind: "kill" });
    node.clock.settle();
    expect(found).toEqual(["0x00001", undefined]);
  });
});

describe("requests", () => {
  it("give no name to a process that has ended, as nobody would take it away again", () => {
    const node = new Node({ idle });
    const [ended, asker] = [node.start("idle"), node.start("idle")];
    node.send(ended.self.pid, { kind: "kill" });
    node.clock.settle();
    asker.self.request({ kind: "register", name: "n", pid: ended.self.pid });
    node.clock.settle();
    expect(asker.outcomes).toMatchObject([[1, { ok: false, error: { kind: "NOT_FOUND" } }]]);
    expect(node.system.names.list()).toEqual([]);
  });

  it("fire timers at their time, and not after the end", () => {
    const node = new Node({ idle });
    const probe = node.start("idle");
    const at: number[] = [];
    const [early, late] = [20, 10].map((delayMs) => probe.self.request({ kind: "timer", delayMs })) as [number, number];
    const { self } = probe;
    node.clock.advance(10);
    expect(probe.outcomes.map(([tag]) => tag)).toEqual([late]);
    at.push(self.now);
    node.clock.advance(10);
    expect(probe.outcomes.map(([tag]) => tag)).toEqual([late, early]);
    expect(self.now - at[0]!).toBe(10);
    self.request({ kind: "timer", delayMs: 1e9 });
    node.send(self.pid, { kind: "kill" });
    node.clock.settle();
    expect(node.clock.openTimers).toBe(0);
  });

  it("answer names and randomness", () => {
    const node = new Node({ idle });
    const { self, outcomes } = node.start("idle");
    self.request({ kind: "register", name: "n", pid: self.pid });
    self.request({ kind: "lookup", name: "n" });
    self.request({ kind: "lookup", name: "m" });
    self.request({ kind: "unregister", name: "n" });
    self.request({ kind: "random", bytes: 2 });
    node.clock.settle();
    expect(outcomes.map(([, outcome]) => (outcome.ok ? outcome.value : outcome.error.kind))).toEqual([
      true,
      self.pid.text,
      "NOT_FOUND",
      true,
      { $bytes: "Bwc=" },
    ]);
  });

  it("end the interest in a function call once: when dropped or at the end, and not after its answer", () => {
    const dropped: string[] = [];
    const open: ((outcome: Outcome) => void)[] = [];
    const node = new Node({ idle }, {}, ({ target }, done) => {
      if (target === "now") done({ ok: true, value: 1 });
      else open.push(done);
      return () => void dropped.push(target);
    });
    const probe = node.start("idle");
    const call = (target: string): number =>
      probe.self.request({ kind: "invoke", target, args: [], context: {}, options: {}, key: "k" });
    const tags = [call("now"), call("later"), call("given up"), call("left open")];
    open[0]!({ ok: true, value: 2 });
    probe.self.drop(tags[2]!);
    open[1]!({ ok: true, value: 3 });
    node.clock.settle();
    expect(probe.outcomes.map(([tag]) => tag)).toEqual([tags[0], tags[1]]);
    node.send(probe.self.pid, { kind: "kill" });
    node.clock.settle();
    expect(dropped).toEqual(["given up", "left open"]);
  });
});

describe("closing", () => {
  const polite: Script = {
    onEvent: (event, self) => {
      if (event.kind === "cancel") self.exit({ kind: "normal", value: event.reason ?? null });
    },
  };

  it("asks every process to stop and is done when they have", async () => {
    const node = new Node({ polite });
    node.start("polite");
    node.start("polite");
    const closed = node.host.close(10_000);
    await node.clock.idle();
    await closed;
    expect(node.probes.map((probe) => probe.events)).toMatchObject([
      [{ kind: "cancel", reason: "scheduler shutdown" }],
      [{ kind: "cancel", reason: "scheduler shutdown" }],
    ]);
    expect(node.clock.openTimers).toBe(0);
  });

  it("ends those who do not, after the time of grace, as cancelled", async () => {
    const node = new Node({ idle, busy: { work: (self) => self.trapLinks } });
    node.start("idle");
    node.start("busy").self.trapLinks = true;
    let done = false;
    const closed = node.host.close(5000).then(() => {
      done = true;
    });
    node.clock.advance(4999);
    await node.clock.idle();
    expect(done).toBe(false);
    node.clock.advance(1);
    await closed;
    expect(node.seen.filter((line) => line.startsWith("exit 0x00001"))).toEqual(["exit 0x00001 cancelled"]);
    expect(node.host.size).toBe(0);
  });

  it("refuses new processes, and may be asked for again", async () => {
    const node = new Node({ polite });
    node.start("polite");
    const closed = node.host.close(1000);
    expect(() => node.start("polite")).toThrow("host is shutting down");
    expect(node.host.close(1)).toBe(closed);
    await node.clock.idle();
    await closed;
    await node.host.close(1);
  });

  it("of the system closes and detaches its hosts, the last one first", async () => {
    const node = new Node({ polite });
    const order: string[] = [];
    const other = node.open("app:other");
    for (const host of [node.host, other]) {
      const close = host.close.bind(host);
      host.close = (graceMs) => {
        order.push(host.id);
        return close(graceMs);
      };
    }
    const { pid } = node.start("polite").self;
    const closed = node.system.close(1000);
    await node.clock.idle();
    await closed;
    expect(order).toEqual(["app:other", "app:host"]);
    expect(node.message(pid)).toBe("unreachable");
  });
});
