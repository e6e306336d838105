/** What random worlds (journal-world.test.ts) have found once, each in its smallest form. */
import { describe, expect, it } from "vitest";
import type { Behaviour, BehaviourEvent, Command } from "../../actors/index.js";
import { type Payload, type Pid, parsePid } from "../../mailbox/index.js";
import { FakeDisk } from "../support/fake-journal.js";
import { JournalNode, type JournalNodeOptions } from "../support/journal-node.js";
import { VirtualClock } from "../support/virtual.js";

const host = "test:journal";
const boom = { kind: "failed", error: { kind: "INTERNAL", message: "boom" } } as const;

type Act = (event: BehaviourEvent | { readonly kind: "init" }, self: Pid) => readonly Command[];

/** Notes the events that it hears, in its state; says them when it gets a call. */
function actor(act: Act): Behaviour<Payload> {
  return {
    init: (args, self) => ({ state: { self: self.text, heard: args }, commands: act({ kind: "init" }, self) }),
    handle: (state, event) => {
      const { self, heard } = state as { self: string; heard: Payload[] };
      if (event.kind === "message" && event.topic === "heard") {
        return { state, commands: [{ kind: "reply", message: event, outcome: { ok: true, value: heard } }] };
      }
      const what = event.kind === "message" ? event.topic : event.kind;
      return { state: { self, heard: [...heard, what] }, commands: act(event, parsePid(self)!) };
    },
  };
}

const silent = actor(() => []);
const toTopic = (topic: string, act: (self: Pid) => readonly Command[]): Behaviour<Payload> =>
  actor((event, self) => (event.kind === "message" && event.topic === topic ? act(self) : []));
const inStart = (act: (self: Pid) => readonly Command[]): Behaviour<Payload> =>
  actor((event, self) => (event.kind === "init" ? act(self) : []));

class World {
  readonly disk = new FakeDisk();
  readonly clock = new VirtualClock();
  readonly watching = new Map<string, () => number>();
  node!: JournalNode;

  constructor(
    private readonly behaviours: Readonly<Record<string, Behaviour<Payload>>>,
    private readonly options: JournalNodeOptions = {},
  ) {}

  async boot(): Promise<this> {
    this.node = new JournalNode(
      this.disk,
      {},
      {
        clock: this.clock,
        behaviours: this.behaviours,
        record: (process, port) => {
          this.watching.set(process.pid.text, () => process.relations.watching.size);
          return { port, input: () => {}, become: () => {}, slice: () => {} };
        },
        ...this.options,
      },
    );
    await this.node.start();
    return this;
  }

  async reboot(): Promise<void> {
    this.node.kill();
    await this.boot();
  }

  async heard(pid: Pid): Promise<Payload> {
    const outcome = await this.node.call(pid, "heard");
    return outcome.ok ? outcome.value : outcome.error.kind;
  }
}

describe("a process that comes back", () => {
  it("is heard by those who have heard it before, with its first message", async () => {
    let receiver: Pid;
    const sender = actor((event) =>
      event.kind === "message" ? [{ kind: "send", to: receiver, topic: event.topic, payloads: [] }] : [],
    );
    const world = await new World({ sender, silent }).boot();
    receiver = await world.node.spawn("silent");
    const pid = await world.node.spawn("sender");
    for (const topic of ["one", "two"]) await world.node.send(pid, topic);
    await world.reboot();
    for (const topic of ["three", "four"]) await world.node.send(pid, topic);
    expect(await world.heard(receiver)).toEqual(["one", "two", "three", "four"]);
  });

  it("hears of a node that is down without anything else to wake it", async () => {
    const parent = inStart(() => [{ kind: "spawn", entry: "silent", host, args: [], options: { link: true } }]);
    const world = await new World({ parent, silent }).boot();
    await world.node.spawn("parent", [], {}, "test:memory");
    await world.node.idle();
    await world.reboot();
    expect(world.node.exits).toMatchObject([{ entry: "silent", reason: { kind: "failed" } }]);
  });

  it("comes back after an upgrade in its very start", async () => {
    const before = inStart(() => [{ kind: "upgrade", entry: "silent", args: ["upgraded"] }]);
    const world = await new World({ before, silent }).boot();
    const pid = await world.node.spawn("before");
    await world.reboot();
    expect(await world.heard(pid)).toEqual(["upgraded"]);
    expect(world.node.health).toEqual([]);
  });

  it("does not watch whom it was refused to, when it was upgraded before it heard so", async () => {
    let dead: Pid;
    const watcher = toTopic("go", () => [
      { kind: "monitor", to: dead, as: "m" },
      { kind: "upgrade", entry: "silent", args: [] },
    ]);
    const mortal = toTopic("end", () => [{ kind: "stop", reason: boom }]);
    const world = await new World({ watcher, mortal, silent }).boot();
    dead = await world.node.spawn("mortal");
    const pid = await world.node.spawn("watcher");
    await world.node.send(dead, "end");
    await world.node.send(pid, "go");
    expect(world.watching.get(pid.text)?.()).toBe(0);
    await world.reboot();
    expect(await world.heard(pid)).toEqual([]);
    expect(world.watching.get(pid.text)?.()).toBe(0);
  });
});

describe("a process that ends in its start", () => {
  const brief = inStart(() => [{ kind: "stop", reason: boom }]);

  it("leaves nothing, and its name is free", async () => {
    const world = await new World({ brief, silent }).boot();
    const pid = await world.node.spawn("brief", [], { name: "ann" });
    await world.node.idle();
    expect(world.node.system.names.list()).toEqual([]);
    expect(world.disk.state(pid.id)).toBeUndefined();
    expect(world.node.exits).toMatchObject([{ pid, reason: boom }]);
  });

  it("is told to its parent, also when the node dies before the parent has taken note", async () => {
    const parent = inStart(() => [
      { kind: "spawn", entry: "brief", host, args: [], options: { monitor: true }, as: "s" },
    ]);
    const world = await new World({ parent, brief }).boot();
    const pid = await world.node.spawn("parent");
    await world.reboot();
    expect(await world.heard(pid)).toEqual(["answer", "exit"]);
    expect(world.disk.copy().content.processes.size).toBe(1);
  });
});

describe("a child of a process that ends with the spawn", () => {
  const parentOf = (childHost: string, link: boolean) =>
    inStart(() => [
      { kind: "spawn", entry: "silent", host: childHost, args: [], options: { link, monitor: true } },
      { kind: "stop", reason: boom },
    ]);
  for (const childHost of ["test:journal", "test:memory"]) {
    it(`lives on ${childHost}, and ends when it is linked`, async () => {
      const parents = { free: parentOf(childHost, false), linked: parentOf(childHost, true) };
      const world = await new World({ ...parents, silent }).boot();
      await world.node.spawn("free");
      await world.node.idle();
      expect(world.node.exits.map(({ entry }) => entry)).toEqual(["free"]);
      await world.node.spawn("linked");
      await world.node.idle();
      expect(world.node.exits.map(({ entry }) => entry)).toEqual(["free", "linked", "silent"]);
    });
  }
});

describe("a child that is monitored twice, as its message was quicker than the answer to its spawn", () => {
  const child = (parent: () => Pid) =>
    actor((event) => {
      if (event.kind === "init") return [{ kind: "send", to: parent(), topic: "born", payloads: [] }];
      return event.kind === "message" ? [{ kind: "stop", reason: boom }] : [];
    });
  const play = async (more: (child: Pid) => readonly Command[]): Promise<Payload> => {
    let parentPid: Pid;
    let childPid: Pid | undefined;
    const parent = actor((event) => {
      if (event.kind === "init")
        return [{ kind: "spawn", entry: "child", host, args: [], options: { monitor: true }, as: "s" }];
      if (event.kind === "message" && event.topic === "born") {
        childPid = event.from;
        return [{ kind: "monitor", to: event.from }];
      }
      return event.kind === "message"
        ? [...more(childPid!), { kind: "send", to: childPid!, topic: "end", payloads: [] }]
        : [];
    });
    const init: typeof parent.init = (args, self) => {
      parentPid = self;
      return parent.init(args, self);
    };
    const world = await new World({ parent: { ...parent, init }, child: child(() => parentPid) }).boot();
    const pid = await world.node.spawn("parent");
    await world.node.idle();
    await world.node.send(pid, "end");
    await world.node.idle();
    return world.heard(pid);
  };

  it("gives one EXIT", async () => {
    expect(await play(() => [])).toEqual(["born", "answer", "end", "exit"]);
  });

  it("gives none once it is not monitored any more", async () => {
    expect(await play((to) => [{ kind: "demonitor", to }])).toEqual(["born", "answer", "end"]);
  });
});

describe("a process that cannot be read while the journal is away", () => {
  it("gets what was said to it meanwhile, in order, and its timers", async () => {
    let receiver: Pid;
    const sender = actor((event) =>
      event.kind === "message" ? [{ kind: "send", to: receiver, topic: event.topic, payloads: [] }] : [],
    );
    const sleeper = inStart(() => [{ kind: "request", request: { kind: "timer", delayMs: 1000 }, as: "over" }]);
    const world = await new World({ sender, sleeper }, { idleTimeoutMs: 100 }).boot();
    receiver = await world.node.spawn("sleeper");
    const pid = await world.node.spawn("sender");
    await world.node.advance(300);
    expect(world.node.journal.counts).toEqual({ active: 0, all: 2 });
    await world.node.send(pid, "wake");
    await world.node.advance(300);
    expect(world.node.journal.counts.active).toBe(0);
    // The sender is read, and sends to one who cannot be.
    world.disk.plan("during read", "fail", 1);
    void world.node.client.send(pid, "one");
    await world.node.advance(2000);
    world.disk.heal();
    await world.node.advance(5000);
    await world.node.send(pid, "two");
    expect(await world.heard(receiver)).toEqual(["wake", "one", "answer", "two"]);
  });
});
