/** Services of a node as its processes see them: questions, and interests that last. */
import { describe, expect, it } from "vitest";
import {
  type Behaviour,
  behaviourProgram,
  type Command,
  type HoldRequest,
  type NodeService,
  type Outcome,
  type Program,
  Services,
  type System,
  spawnSpec,
  systemPid,
  unknownOperation,
} from "../../actors/index.js";
import { failure, type Payload, type Pid } from "../../mailbox/index.js";
import { FakeDisk } from "../support/fake-journal.js";
import { JournalNode } from "../support/journal-node.js";
import { VirtualClock, virtualNode } from "../support/virtual.js";

/** Tells everybody who listens; answers how many do. */
class Radio implements NodeService {
  readonly listeners = new Set<(payload: Payload) => void>();

  ask(_caller: Pid, operation: string, args: { readonly [key: string]: Payload }): Outcome | Promise<Outcome> {
    if (operation === "count") return { ok: true, value: this.listeners.size };
    if (operation === "later") return Promise.resolve({ ok: true, value: args.value ?? null });
    if (operation === "throw") throw new Error("a fault of the service");
    return { ok: false, error: unknownOperation("radio", operation) };
  }

  hold(_caller: Pid, operation: string, _args: object, bring: (payload: Payload) => void) {
    if (operation !== "listen") return failure("INVALID", "nothing to hear", { retryable: false });
    this.listeners.add(bring);
    bring("welcome");
    return () => void this.listeners.delete(bring);
  }

  tell(payload: Payload): void {
    for (const bring of [...this.listeners]) bring(payload);
  }
}

const listen = { service: "radio", operation: "listen", args: {} };

function nodeWithRadio() {
  const node = virtualNode({});
  const radio = new Radio();
  node.system.services.add("radio", radio);
  return { node, radio };
}

/** Holds an interest, notes what it brings, drops nothing; stops when told. */
const listener: Behaviour<Payload> = {
  init: () => ({ state: [], commands: [hold(listen)] }),
  handle: (state, event) => {
    if (event.kind === "brought") return { state: [...(state as Payload[]), event.payload] };
    if (event.kind === "answer") return { state: [...(state as Payload[]), event.outcome as unknown as Payload] };
    if (event.kind !== "message") return { state };
    if (event.call !== undefined) {
      return { state, commands: [{ kind: "reply", message: event, outcome: { ok: true, value: state } }] };
    }
    return { state, commands: [{ kind: "stop", reason: { kind: "normal", value: state } }] };
  },
};

function hold(request: Omit<HoldRequest, "kind">): Command {
  return { kind: "request", as: "radio", request: { kind: "hold", ...request } };
}

function launch(node: ReturnType<typeof virtualNode>, program: Program): Pid {
  const spec = spawnSpec(systemPid("test"), "", 0, { entry: "test:listener", host: node.host.id });
  const result = node.host.launch(spec, program);
  if (!result.ok) throw new Error(result.error.message);
  node.clock.runUntilIdle();
  return result.pid;
}

async function ask(node: ReturnType<typeof virtualNode>, operation: string, value: Payload = null): Promise<Outcome> {
  const answer = node.client.request({ kind: "ask", service: "radio", operation, args: { value } });
  for (let i = 0; i < 5; i++) {
    node.clock.runUntilIdle();
    await Promise.resolve();
  }
  return answer;
}

describe("a question to a service", () => {
  it("is answered, at once or later", async () => {
    const { node } = nodeWithRadio();
    expect(await ask(node, "count")).toEqual({ ok: true, value: 0 });
    expect(await ask(node, "later", 7)).toEqual({ ok: true, value: 7 });
  });

  it("is an error for a service that throws, an unknown operation and an unknown service", async () => {
    const { node } = nodeWithRadio();
    expect(await ask(node, "throw")).toMatchObject({ ok: false, error: { kind: "INTERNAL" } });
    expect(await ask(node, "sing")).toMatchObject({ ok: false, error: { kind: "INVALID" } });
    const caller = systemPid("test");
    const request = { kind: "ask", service: "telly", operation: "x", args: {} } as const;
    expect(new Services().ask(caller, request)).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
  });
});

describe("an interest in a service", () => {
  it("brings what there is to tell, in order, until the process ends", async () => {
    const { node, radio } = nodeWithRadio();
    const pid = launch(node, behaviourProgram(listener));
    radio.tell("news");
    radio.tell("weather");
    node.clock.runUntilIdle();
    node.send(pid, "stop");
    expect(node.exits.at(-1)?.reason).toEqual({ kind: "normal", value: ["welcome", "news", "weather"] });
    expect(radio.listeners.size).toBe(0);
  });

  it("settles with the refusal when it cannot be held", () => {
    const { node, radio } = nodeWithRadio();
    const refused: string[] = [];
    const bring = () => refused.push("brought");
    for (const request of [
      { ...listen, operation: "sing" },
      { ...listen, service: "telly" },
    ])
      node.client.hold(request, bring, (error) => refused.push(error.kind));
    node.clock.runUntilIdle();
    expect(refused).toEqual(["INVALID", "NOT_FOUND"]);
    expect(radio.listeners.size).toBe(0);
  });

  it("brings nothing more once it was dropped, not even what was on its way", () => {
    const { node, radio } = nodeWithRadio();
    const heard: Payload[] = [];
    const drop = node.client.hold(
      listen,
      (payload) => heard.push(payload),
      () => {},
    );
    node.clock.runUntilIdle();
    radio.tell("one");
    drop();
    radio.tell("two");
    node.clock.runUntilIdle();
    expect(heard).toEqual(["welcome"]);
    expect(radio.listeners.size).toBe(0);
  });

  it("is taken up again by a process on a journal after a crash of its node", async () => {
    const disk = new FakeDisk();
    const options = { clock: new VirtualClock(), behaviours: { "ts:listener": listener } };
    const tune = (system: System): Radio => {
      const radio = new Radio();
      system.services.add("radio", radio);
      return radio;
    };
    let node = await new JournalNode(disk, {}, options).start();
    let radio = tune(node.system);
    const pid = await node.spawn("ts:listener");
    radio.tell("before");
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: ["welcome", "before"] });
    node.kill();
    node = new JournalNode(disk, {}, options);
    radio = tune(node.system);
    await node.start();
    radio.tell("after");
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: ["welcome", "before", "welcome", "after"] });
  });
});
