/** Code that throws: it costs its own process, and nothing else. */
import { describe, expect, it } from "vitest";
import { behaviourProgram, type Host, type Program, spawnSpec } from "../../actors/index.js";
import type { Pid } from "../../mailbox/index.js";
import { outside, type Script } from "../support/fakes.js";
import { idle, Node } from "./memory-node.js";

const fail = (): never => {
  throw new Error("a bug of theirs");
};

const faults: Record<string, Script> = {
  "a message": { onMessage: fail },
  "an event": { onEvent: fail },
  "an outcome": { onStart: (self) => void self.request({ kind: "timer", delayMs: 0 }), onSettled: fail },
  "its own work": { work: fail },
  "its first step": { onStart: fail },
};

describe("a program that throws", () => {
  it.each(Object.entries(faults))("at %s ends with what it threw, and its watcher hears so", (_where, faulty) => {
    const watcher: Script = { onStart: (self) => void self.spawn("faulty", "app:host", [], { monitor: true }) };
    const node = new Node({ faulty, watcher, idle });
    const [watching, other] = [node.start("watcher"), node.start("idle")];
    const pid = node.probes[1]!.self.pid;
    node.message(pid, 1);
    node.send(pid, { kind: "cancel" });
    node.clock.advance(10);
    node.message(other.self.pid, 1);
    node.clock.settle();
    expect(watching.events).toMatchObject([
      { kind: "exit", from: pid, reason: { kind: "failed", error: { kind: "INTERNAL", message: "a bug of theirs" } } },
    ]);
    const [event] = watching.events;
    const stack = event?.kind === "exit" && event.reason.kind === "failed" ? event.reason.error.stack : undefined;
    expect(stack).toContain("memory-faults.test.ts");
    expect(node.probes[1]!.halts).toBe(1);
    expect(other.messages).toHaveLength(1);
    expect(node.host.size).toBe(2);
  });

  it("before its first step makes the spawn fail", () => {
    const node = new Node({ idle });
    const program = { init: fail, halted: () => {} } as unknown as Program;
    const spec = spawnSpec(outside, "", 1, { entry: "e", host: "app:host", name: "n" });
    expect(node.host.launch(spec, program)).toMatchObject({ ok: false, error: { message: "a bug of theirs" } });
    expect([node.host.size, node.system.names.lookup("n"), node.seen]).toEqual([0, undefined, []]);
  });

  it("when told of its end has ended all the same", () => {
    const logs: string[] = [];
    const node = new Node({ idle });
    node.system.events.on("log", ({ record }) => logs.push(record.message));
    const program = { ...quiet, halted: fail };
    const result = node.host.launch(spawnSpec(outside, "", 1, { entry: "e", host: "app:host" }), program);
    if (!result.ok) throw new Error("not started");
    node.send(result.pid, { kind: "kill" });
    node.clock.settle();
    expect(node.seen).toEqual(["spawn 0x00001", "exit 0x00001 killed"]);
    expect(logs).toEqual(["the program threw when its process ended: a bug of theirs"]);
  });

  it("is a behaviour that returns no step", () => {
    const node = new Node({ idle });
    const program = behaviourProgram({ init: () => ({ state: 0 }), handle: () => undefined as never });
    const result = node.host.launch(spawnSpec(outside, "", 1, { entry: "e", host: "app:host" }), program);
    if (!result.ok) throw new Error("not started");
    node.message(result.pid, 1);
    node.clock.settle();
    expect(node.seen).toEqual(["spawn 0x00001", "exit 0x00001 failed"]);
  });
});

it("a process that ends before its first step is announced to its parent", () => {
  const node = new Node({});
  const watcher = node.host.openClient("test:client");
  const events: string[] = [];
  watcher.onEvent((event) => events.push(event.kind));
  const started: string[] = [];
  const program: Program = {
    ...quiet,
    init: (self) => void self.exit({ kind: "normal", value: 1 }),
    start: () => void started.push("start"),
  };
  node.host.launch(spawnSpec(watcher.pid, "boot1", 1, { entry: "e", host: "app:host", monitorRef: 5 }), program);
  node.clock.settle();
  expect(started).toEqual([]);
  expect(node.seen.at(-1)).toBe("exit 0x00002 normal");
});

describe("an observer that throws", () => {
  it("changes nothing for the processes and the other observers, and is reported", () => {
    const node = new Node({ idle });
    const health: string[] = [];
    node.system.events.on("health", ({ id, detail }) => health.push(`${id} ${detail?.split("\n")[0]}`));
    for (const name of ["spawn", "exit", "dead_letter", "log", "health"] as const) node.system.events.on(name, fail);
    const late: string[] = [];
    node.system.events.on("exit", () => late.push("heard"));
    const target = node.start("idle");
    node.message(target.self.pid, 1);
    node.send(target.self.pid, { kind: "kill" });
    node.message(target.self.pid, 2);
    node.clock.settle();
    expect(late).toEqual(["heard"]);
    expect(node.host.size).toBe(0);
    expect(health).toEqual([
      "system.events a listener of spawn threw: Error: a bug of theirs",
      "system.events a listener of exit threw: Error: a bug of theirs",
      "system.events a listener of dead_letter threw: Error: a bug of theirs",
    ]);
  });

  it("hears one event only when it asked for one", () => {
    const node = new Node({ idle });
    let heard = 0;
    node.system.events.once("spawn", () => heard++);
    node.start("idle");
    node.start("idle");
    expect(heard).toBe(1);
  });
});

describe("callbacks of a client that throw", () => {
  it("leave the client to its other users", async () => {
    const node = new Node({ idle });
    const logs: string[] = [];
    node.system.events.on("log", ({ record }) => logs.push(record.message));
    const client = node.host.openClient("test:client");
    client.onEvent(fail);
    client.start((self) => self.request({ kind: "lookup", name: "n" }), fail);
    const spawned = client.spawn("idle", "app:host", [], { monitor: true });
    await node.clock.idle();
    node.send((await spawned) as Pid, { kind: "kill" });
    await node.clock.idle();
    const refused = new Promise((resolve) => client.start(fail, resolve));
    await node.clock.idle();
    expect(await refused).toMatchObject({ ok: false, error: { message: "a bug of theirs" } });
    expect(logs).toEqual([
      "the callback of a client threw: a bug of theirs",
      "the event listener of a client threw: a bug of theirs",
    ]);
  });
});

describe("a host that breaks its law", () => {
  const broken = (how: () => never): Host => ({
    id: "app:broken",
    node: "far",
    spawn: how,
    deliver: how,
    close: () => Promise.reject(new Error("will not close")),
  });
  const rejecting = (() => Promise.reject(new Error("a bug of theirs"))) as () => never;

  it.each([
    ["throwing", fail],
    ["rejecting", rejecting],
  ])("by %s makes sends UNAVAILABLE and spawns fail", async (_, how) => {
    const to = { node: "far", host: "app:broken", id: "x", text: "{far@app:broken|x}" };
    const sender: Script = {
      onStart: (self) => {
        self.send(to, "t", []);
        self.spawn("e", "app:broken", [], {});
      },
    };
    const node = new Node({ sender });
    node.system.attach(broken(how));
    const probe = node.start("sender");
    await node.clock.idle();
    expect(probe.answers).toEqual([[1, "unreachable"]]);
    expect(probe.outcomes).toMatchObject([[2, { ok: false, error: { kind: "INTERNAL", message: "a bug of theirs" } }]]);
    expect(node.system.router.deadLetters.count).toBe(1);
  });

  it("by not closing keeps no other host open", async () => {
    const node = new Node({ idle });
    node.system.attach(broken(fail));
    const health: string[] = [];
    node.system.events.on("health", ({ id, detail }) => health.push(`${id} ${detail}`));
    await node.system.close(0);
    expect(health).toEqual(["app:broken close failed: will not close"]);
    expect(node.system.router.host("app:host")).toBeUndefined();
  });
});

it("a loader that throws makes the spawn fail", () => {
  const node = new Node({});
  Object.assign(node.system, { load: fail });
  const result = node.host.spawn(spawnSpec(outside, "", 1, { entry: "e", host: "app:host" }));
  expect(result).toMatchObject({ ok: false, error: { kind: "INTERNAL", message: "a bug of theirs" } });
});

const quiet: Program = {
  init: () => undefined,
  start: () => {},
  message: () => {},
  event: () => {},
  answered: () => {},
  settled: () => {},
  run: () => false,
  halted: () => {},
  stack: () => "quiet",
};
