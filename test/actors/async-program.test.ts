/** Programs as async functions on a memory host: what they may ask, what ends them, and that nothing waits for ever. */
import { afterEach, describe, expect, it } from "vitest";
import { type AsyncFunction, asyncProgram, type Client, createSystem, ProcessEnded } from "../../actors/index.js";
import { MemoryHost, realClock, Scheduler } from "../../durability/memory/index.js";
import type { Pid } from "../../mailbox/index.js";

const host = "t:host";
const open: { close(graceMs: number): Promise<void> }[] = [];

function node(bodies: Readonly<Record<string, AsyncFunction>>): Client {
  const clock = realClock();
  const system = createSystem({
    node: "n1",
    clock,
    load: ({ entry }) => asyncProgram(bodies[entry]!),
    invoke: () => () => {},
    randomBytes: (count) => new Uint8Array(count),
  });
  const memory = new MemoryHost({ id: host, system, scheduler: new Scheduler(clock) });
  system.attach(memory);
  open.push(system);
  return memory.openClient("test");
}

async function started(client: Client, entry: string): Promise<Pid> {
  const pid = await client.spawn(entry, host, []);
  if ("kind" in pid) throw new Error(pid.message);
  return pid;
}

const echo: AsyncFunction = async (self) => {
  for (;;) {
    const next = await self.receive();
    if (next.kind === "message") self.reply(next, { ok: true, value: next.payloads[0] ?? null });
    else if (next.kind === "cancel") return "cancelled";
  }
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((system) => system.close(50)));
});

describe("an async program", () => {
  it("has its arguments, and ends with what it returns", async () => {
    const client = node({ add: async (_self, a, b) => Number(a) + Number(b), nothing: async () => undefined });
    expect(await client.exec("add", host, [40, 2])).toEqual({ ok: true, value: 42 });
    expect(await client.exec("nothing", host, [])).toEqual({ ok: true, value: null });
  });

  it("ends with kind INTERNAL when it throws, also before its first wait", async () => {
    const boom = (): never => {
      throw new Error("boom");
    };
    const client = node({
      late: async (self) => {
        await self.sleep(1);
        return boom();
      },
      early: async () => boom(),
      plain: (() => boom()) as AsyncFunction,
    });
    for (const entry of ["late", "early", "plain"]) {
      expect(await client.exec(entry, host, [])).toMatchObject({
        ok: false,
        error: { kind: "INTERNAL", message: "boom" },
      });
    }
  });

  it("answers calls, and calls others", async () => {
    const client = node({
      echo,
      main: async (self) => {
        const peer = await self.spawn("echo", host, []);
        if ("kind" in peer) return "no peer";
        const outcome = await self.call(peer, "say", "hello");
        return outcome.ok ? outcome.value : outcome.error.message;
      },
    });
    expect(await client.exec("main", host, [])).toEqual({ ok: true, value: "hello" });
    expect(await client.call(await started(client, "echo"), "say", 1)).toEqual({ ok: true, value: 1 });
  });

  it("hears messages in order, and events before messages", async () => {
    const client = node({
      quits: async () => "done",
      main: async (self) => {
        const seen: string[] = [];
        for (let i = 0; i < 3; i++) self.tell(self.pid, `t${i}`);
        const child = await self.spawn("quits", host, [], { monitor: true });
        await self.sleep(5);
        for (let i = 0; i < 4; i++) {
          const next = await self.receive();
          seen.push(
            next.kind === "message" ? next.topic : `${next.kind} ${"kind" in child ? "" : next.from.id === child.id}`,
          );
        }
        return seen;
      },
    });
    expect(await client.exec("main", host, [])).toEqual({ ok: true, value: ["exit true", "t0", "t1", "t2"] });
  });

  it("waits for a time, and for messages that come within it", async () => {
    const client = node({
      main: async (self) => {
        const none = await self.receiveWithin(5);
        self.tell(self.pid, "x");
        const one = await self.receiveWithin(10_000);
        setTimeout(() => self.tell(self.pid, "y"), 1);
        const two = await self.receiveWithin(10_000);
        return [none === undefined, one?.kind === "message" && one.topic, two?.kind === "message" && two.topic];
      },
    });
    expect(await client.exec("main", host, [])).toEqual({ ok: true, value: [true, "x", "y"] });
  });

  it("that is killed runs its finally blocks, and can ask for nothing any more", async () => {
    const seen: unknown[] = [];
    const client = node({
      main: async (self) => {
        try {
          await self.receive();
        } catch (error) {
          seen.push(error instanceof ProcessEnded);
          throw error;
        } finally {
          await self.send(self.pid, "x").catch((error: unknown) => seen.push(error instanceof ProcessEnded));
          seen.push("finally");
        }
        return null;
      },
    });
    const pid = await started(client, "main");
    await client.terminate(pid);
    expect(await client.send(pid, "x")).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([true, true, "finally"]);
  });

  it("may not wait twice at once, nor send what may not travel", async () => {
    const client = node({
      twice: async (self) => {
        void self.receive();
        return self.receive().then(() => null);
      },
      at: async (self) => {
        self.tell(self.pid, "@secret");
        return null;
      },
    });
    expect(await client.exec("twice", host, [])).toMatchObject({
      error: { message: expect.stringContaining("one at a time") },
    });
    expect(await client.exec("at", host, [])).toMatchObject({ error: { message: "cannot send to @ topics" } });
  });

  it("lets timers fire while two of them send each other messages without end", async () => {
    const client = node({
      echo: async (self) => {
        for (;;) {
          const next = await self.receive();
          if (next.kind === "message") self.tell(next.from, "pong");
        }
      },
      ping: async (self) => {
        const peer = await self.spawn("echo", host, []);
        if ("kind" in peer) return peer.message;
        let isOver = false;
        setTimeout(() => {
          isOver = true;
        }, 20);
        let rounds = 0;
        for (; !isOver; rounds++) {
          self.tell(peer, "ping");
          await self.receive();
        }
        return rounds > 100;
      },
    });
    expect(await client.exec("ping", host, [])).toEqual({ ok: true, value: true });
  });
});
