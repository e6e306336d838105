/** Children: how they are asked for, what comes back, and exits that overtake it. */
import { describe, expect, it } from "vitest";
import type { SpawnResult, SpawnSpec } from "../../actors/index.js";
import { failure, gone, type Signal } from "../../mailbox/index.js";
import { boom, normal, pidOf, Subject } from "../support/fakes.js";

const child = pidOf("child");
const born: SpawnResult = { ok: true, pid: child, incarnation: "run", existed: false };
const found: SpawnResult = { ok: true, pid: child, existed: true };

type Way = Parameters<Subject["self"]["spawn"]>[3];

function spawning(way: Way = {}, options: ConstructorParameters<typeof Subject>[2] = {}): [Subject, number, SpawnSpec] {
  const a = new Subject("a", {}, options).start();
  const tag = a.self.spawn("app:worker", "app:host", [1], way);
  return [a, tag, specOf(a)];
}

function specOf(a: Subject): SpawnSpec {
  const call = a.take().find((one) => one.call === "request" && one.request.kind === "spawn");
  return (call as unknown as { request: { spec: SpawnSpec } }).request.spec;
}

describe("a spawn", () => {
  it("asks the host for everything the child needs", () => {
    const a = new Subject().start(undefined, { context: { user: "u" } });
    const messages = [{ topic: "t", payloads: [1] }];
    const tag = a.self.spawn("app:worker", "app:host", [1, null], { name: "n", messages, options: { x: 1 } });
    expect(specOf(a)).toEqual({
      entry: "app:worker",
      host: "app:host",
      args: [1, null],
      parent: a.pid,
      parentIncarnation: "life",
      key: tag,
      name: "n",
      context: { user: "u" },
      options: { x: 1 },
      messages,
    });
  });

  it("settles with the pid of the child", () => {
    const [a, tag] = spawning();
    a.spawned(tag, born);
    a.spawned(tag, born);
    expect(a.probe.outcomes).toEqual([[tag, { ok: true, value: child.text }]]);
    expect(a.process.relations.links.size + a.process.relations.watching.size).toBe(0);
  });

  it("settles with the refusal of the host, and leaves no bond", () => {
    const [a, tag] = spawning({ link: true, monitor: true });
    const error = failure("NOT_FOUND", "factory not found");
    a.spawned(tag, { ok: false, error });
    expect(a.probe.outcomes).toEqual([[tag, { ok: false, error }]]);
    expect(a.process.relations.links.size + a.process.relations.watching.size).toBe(0);
  });

  it("under the pid of an earlier life is monitored on its own: the end of that one leaves its monitor as it is", () => {
    const [a, first, old] = spawning({ monitor: true });
    a.spawned(first, { ...born, incarnation: "run 1" });
    const second = a.self.spawn("app:worker", "app:host", [], { monitor: true });
    a.spawned(second, { ...born, incarnation: "run 2" });
    a.receive(child, { kind: "exit", via: "monitor", refs: [-old.monitorRef!], reason: boom });
    a.receive(child, { kind: "exit", via: "monitor", refs: [-old.monitorRef! - 1], reason: boom });
    expect(a.probe.events.map((event) => event.kind)).toEqual(["exit", "exit"]);
  });

  it("with link and monitor is bound to the child once its pid is known", () => {
    const [a, tag, spec] = spawning({ link: true, monitor: true });
    a.self.trapLinks = true;
    a.spawned(tag, born);
    expect(a.take()).toEqual([]);
    a.receive(child, { kind: "exit", via: "monitor", refs: [-spec.monitorRef!], reason: boom });
    a.receive(child, { kind: "exit", via: "link", refs: [-spec.linkRef!], reason: boom });
    expect(a.probe.events.map((event) => event.kind)).toEqual(["exit", "link_down"]);
  });

  it("keeps an exit that overtakes the pid until the program knows the pid", () => {
    const [a, tag, spec] = spawning({ monitor: true });
    a.receive(child, { kind: "exit", via: "monitor", refs: [-spec.monitorRef!], reason: normal });
    expect(a.probe.events).toEqual([]);
    a.spawned(tag, born);
    expect(a.probe.outcome(tag)).toEqual({ ok: true, value: child.text });
    expect(a.probe.events).toMatchObject([{ kind: "exit", from: child, reason: normal }]);
    expect(a.process.relations.watching.size).toBe(0);
  });

  it("ends the parent by the end of a linked child that overtook its pid", () => {
    const [a, tag, spec] = spawning({ link: true });
    a.receive(child, { kind: "exit", via: "link", refs: [-spec.linkRef!], reason: boom });
    expect(a.process.status).toBe("running");
    a.spawned(tag, born);
    expect(a.process.status).toBe("ended");
  });

  it("has no link when the child unlinked before its pid was known", () => {
    const [a, tag, spec] = spawning({ link: true });
    a.receive(child, { kind: "unlink", refs: [-spec.linkRef!] });
    a.spawned(tag, born);
    expect(a.process.relations.links.size).toBe(0);
  });

  it("may be monitored without being asked, in a workflow", () => {
    const [a, tag, spec] = spawning({}, { monitorChildren: true });
    a.spawned(tag, born);
    a.receive(child, { kind: "exit", via: "monitor", refs: [-spec.monitorRef!], reason: normal });
    expect(a.probe.events).toHaveLength(1);
  });

  it("may be withdrawn from by demonitor and unlink", () => {
    const [a, tag, spec] = spawning({ link: true, monitor: true });
    a.spawned(tag, born);
    a.self.demonitor(child);
    a.self.unlink(child);
    expect(a.take()).toMatchObject([
      { envelope: { toIncarnation: "run", signal: { kind: "demonitor", refs: [spec.monitorRef!] } } },
      { envelope: { toIncarnation: "run", signal: { kind: "unlink", refs: [spec.linkRef!] } } },
    ]);
  });
});

describe("a spawn that found a living process by its name", () => {
  it("bonds with it, after the pid is known", () => {
    const [a, tag] = spawning({ link: true, monitor: true, name: "n" });
    a.spawned(tag, found);
    expect(a.sent().map(([, signal]) => signal.kind)).toEqual(["monitor", "link"]);
    expect(a.probe.outcome(tag)).toEqual({ ok: true, value: child.text });
  });

  it("changes nothing about bonds that exist", () => {
    const [a, tag] = spawning({ link: true, monitor: true, name: "n" });
    a.self.link(child);
    a.self.monitor(child);
    a.take();
    a.spawned(tag, found);
    expect(a.take()).toEqual([]);
    expect(a.process.relations.watching.get(child)?.refs).toHaveLength(1);
  });

  it("hears an exit when that has died meanwhile, as it has its pid already", () => {
    const [a, tag] = spawning({ monitor: true, name: "n" });
    a.spawned(tag, found);
    const transmit = a.take().find((call) => call.call === "transmit") as { tag: number };
    a.answer(transmit.tag, gone);
    expect(a.probe.events).toMatchObject([
      { kind: "exit", from: child, reason: { kind: "failed", error: { kind: "NOT_FOUND" } } },
    ]);
  });

  it("may have found itself", () => {
    const [a, tag] = spawning({ link: true, monitor: true, name: "me" });
    a.spawned(tag, { ok: true, pid: a.pid, existed: true });
    expect(a.probe.outcome(tag)).toEqual({ ok: true, value: a.pid.text });
    expect(a.take()).toEqual([]);
  });
});

describe("exec", () => {
  function executing(): [Subject, number, SpawnSpec] {
    const a = new Subject().start();
    const tag = a.self.exec("app:worker", "app:host", [], {});
    return [a, tag, specOf(a)];
  }
  const ended = (spec: SpawnSpec, reason: typeof normal | typeof boom): Signal => ({
    kind: "exit",
    via: "monitor",
    refs: [-spec.monitorRef!],
    reason,
  });

  it("settles with the result of the child, which the program does not see as an event", () => {
    const [a, tag, spec] = executing();
    a.spawned(tag, born);
    expect(a.probe.outcomes).toEqual([]);
    a.receive(child, ended(spec, { kind: "normal", value: 42 }));
    expect(a.probe.outcomes).toEqual([[tag, { ok: true, value: 42 }]]);
    expect(a.probe.events).toEqual([]);
  });

  it("settles with the error of the child, also when that overtakes its pid", () => {
    const [a, tag, spec] = executing();
    a.receive(child, ended(spec, boom));
    a.spawned(tag, born);
    expect(a.probe.outcomes).toEqual([[tag, { ok: false, error: { kind: "INTERNAL", message: "boom" } }]]);
  });

  it("settles with the refusal of the host", () => {
    const [a, tag] = executing();
    a.spawned(tag, { ok: false, error: failure("UNAVAILABLE", "host is shutting down") });
    expect(a.probe.outcomes).toMatchObject([[tag, { ok: false, error: { kind: "UNAVAILABLE" } }]]);
  });

  it("waits for a process found by name", () => {
    const [a, tag, spec] = executing();
    a.spawned(tag, found);
    expect(a.sent()).toEqual([["child", { kind: "monitor", ref: spec.monitorRef }]]);
    a.receive(child, ended(spec, { kind: "normal", value: 1 }));
    expect(a.probe.outcome(tag)).toEqual({ ok: true, value: 1 });
  });

  it("of the own name does not wait for ever", () => {
    const [a, tag] = executing();
    a.spawned(tag, { ok: true, pid: a.pid, existed: true });
    expect(a.probe.outcome(tag)).toMatchObject({ ok: false, error: { kind: "CONFLICT" } });
  });
});

describe("a child that came to be after the end of its parent", () => {
  it("hears the end over its link, and that nobody monitors it", () => {
    const [a, tag, spec] = spawning({ link: true, monitor: true });
    a.self.exit(boom);
    expect(a.process.refuse({ kind: "spawned", at: 1, tag, result: born })).toMatchObject([
      {
        to: child,
        toIncarnation: "run",
        signal: { kind: "exit", via: "link", refs: [spec.linkRef!], reason: boom },
      },
      { to: child, signal: { kind: "demonitor", refs: [spec.monitorRef!] } },
    ]);
    expect(a.process.refuse({ kind: "spawned", at: 1, tag, result: born })).toEqual([]);
  });

  it("is left alone when it existed before, or never came to be", () => {
    const [a, tag] = spawning({ link: true, name: "n" });
    a.self.exit(boom);
    expect(a.process.refuse({ kind: "spawned", at: 1, tag, result: found })).toEqual([]);
    const error = failure("NOT_FOUND", "x");
    expect(a.process.refuse({ kind: "spawned", at: 1, tag, result: { ok: false, error } })).toEqual([]);
  });
});
