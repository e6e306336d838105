/** The host laws, once. Each host runs them with a factory of its own; the processes are the Lua agent beside this file. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProcessEvent } from "../../actors/index.js";
import type { RunningApp } from "../../app/index.js";
import { makePid, type Payload, type Pid, parsePid } from "../../mailbox/index.js";
import { corpus } from "./corpus.js";

export interface HostUnderTest {
  readonly app: RunningApp;
  /** Entry of the agent on the host under test, and that host. */
  readonly entry: string;
  readonly host: string;
  /** Entry and host of the same agent in memory. */
  readonly memoryEntry: string;
  readonly memoryHost: string;
  close(): Promise<void>;
}

export interface HostFactory {
  open(): Promise<HostUnderTest>;
  /** Laws that do not hold there, each with a reason. */
  readonly skip: readonly { law: string; reason: string }[];
}

interface Heard {
  kind: string;
  from: string;
  value?: Payload;
  error?: { kind: string; message: string };
}

export function describeHost(name: string, factory: HostFactory): void {
  const law = (title: string, body: () => Promise<void>): void => {
    const skipped = factory.skip.find((entry) => entry.law === title);
    if (skipped === undefined) it(title, body);
    else it.skip(`${title} (${skipped.reason})`, body);
  };
  describe(`host laws on ${name}`, () => {
    let under: HostUnderTest;
    const events: ProcessEvent[] = [];
    beforeAll(async () => {
      under = await factory.open();
      under.app.client.onEvent((event) => events.push(event));
    });
    afterAll(() => under?.close());

    const start = async (
      where: "here" | "memory",
      how: { link?: boolean; monitor?: boolean },
      ...args: Payload[]
    ): Promise<Pid> => {
      const [entry, host] = where === "here" ? [under.entry, under.host] : [under.memoryEntry, under.memoryHost];
      const pid = await under.app.client.spawn(entry, host, args, how);
      if ("kind" in pid) throw new Error(`spawn failed: ${pid.message}`);
      return pid;
    };
    const ask = async (pid: Pid, topic: string, payload: Payload = null): Promise<Payload> => {
      const outcome = await under.app.client.call(pid, topic, payload, 20_000);
      if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
      return outcome.value;
    };
    const tell = (pid: Pid, topic: string, payload: Payload = null) => under.app.client.send(pid, topic, payload);
    const heardBy = async (pid: Pid, from: Pid): Promise<Heard[]> =>
      ((await ask(pid, "heard")) as unknown as Heard[]).filter((event) => event.from === from.text);
    const ours = (from: Pid): ProcessEvent[] => events.filter((event) => event.from.text === from.text);
    const until = (what: () => boolean | Promise<boolean>): Promise<void> =>
      expect.poll(what, { timeout: 30_000, interval: 20 }).toBe(true);

    law("envelopes from one sender arrive in sending order, each once", async () => {
      const pid = await start("here", {});
      for (let n = 1; n <= 40; n++) expect(await tell(pid, "n", n)).toEqual({ ok: true, value: null });
      expect(await ask(pid, "numbers")).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
      await tell(pid, "finish");
    });

    law("messages sent without waiting keep their order too", async () => {
      const pid = await start("here", {});
      await Promise.all(Array.from({ length: 40 }, (_, i) => tell(pid, "n", i + 1)));
      expect(await ask(pid, "numbers")).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
      await tell(pid, "finish");
    });

    law("every value of the corpus comes back as it was sent", async () => {
      const pid = await start("here", {});
      for (const value of corpus) expect(await ask(pid, "echo", value), JSON.stringify(value)).toEqual(value);
      await tell(pid, "finish");
    });

    law("a normal end is an EXIT for a monitor and silent over a link", async () => {
      const peer = await start("memory", {}, { trap: true });
      const pid = await start("here", { monitor: true });
      await ask(peer, "link", pid.text);
      await tell(pid, "finish", { done: true });
      await until(() => ours(pid).length > 0);
      expect(ours(pid)).toMatchObject([{ kind: "exit", reason: { kind: "normal", value: { done: true } } }]);
      expect(await heardBy(peer, pid)).toEqual([]);
      await tell(peer, "finish");
    });

    law("an abnormal end is an EXIT for a monitor and a LINK_DOWN for a trapping peer, each once", async () => {
      const peer = await start("memory", {}, { trap: true });
      const pid = await start("here", { monitor: true });
      await ask(peer, "link", pid.text);
      await ask(peer, "monitor", pid.text);
      await tell(pid, "crash", "on purpose");
      await until(async () => (await heardBy(peer, pid)).length === 2);
      await until(() => ours(pid).length > 0);
      expect(ours(pid)).toMatchObject([{ kind: "exit", reason: { kind: "failed", error: { kind: "INTERNAL" } } }]);
      expect((await heardBy(peer, pid)).map((event) => event.kind).sort()).toEqual(["pid.exit", "pid.link.down"]);
      await tell(peer, "finish");
    });

    law("an abnormal end takes a linked peer along that does not trap", async () => {
      const pid = await start("here", { monitor: true });
      const peer = await start("memory", { monitor: true });
      await ask(peer, "link", pid.text);
      await tell(pid, "crash", "on purpose");
      await until(() => ours(peer).length > 0);
      expect(ours(peer)).toMatchObject([{ reason: { kind: "failed", error: { message: "linked process failed" } } }]);
    });

    law("a process on this host dies with a linked peer, and hears of it when it traps", async () => {
      const peer = await start("memory", {});
      const [dies, traps] = [await start("here", { monitor: true }), await start("here", {}, { trap: true })];
      await ask(dies, "link", peer.text);
      await ask(traps, "link", peer.text);
      await tell(peer, "crash", "on purpose");
      await until(() => ours(dies).length > 0);
      expect(ours(dies)).toMatchObject([{ reason: { kind: "failed", error: { message: "linked process failed" } } }]);
      await until(async () => (await heardBy(traps, peer)).length === 1);
      expect(await heardBy(traps, peer)).toMatchObject([{ kind: "pid.link.down" }]);
      await tell(traps, "finish");
    });

    law("a process on this host that monitors hears of every end", async () => {
      const watcher = await start("here", {});
      const [one, two] = [await start("memory", {}), await start("memory", {})];
      await ask(watcher, "monitor", one.text);
      await ask(watcher, "monitor", two.text);
      await tell(one, "finish", 1);
      await tell(two, "crash", "on purpose");
      await until(async () => ((await ask(watcher, "heard")) as Payload[]).length === 2);
      expect(await heardBy(watcher, one)).toMatchObject([{ kind: "pid.exit", value: 1 }]);
      expect((await heardBy(watcher, two))[0]?.error?.kind).toBe("INTERNAL");
      await tell(watcher, "finish");
    });

    law("a kill is announced once and is safe to repeat", async () => {
      const peer = await start("memory", {}, { trap: true });
      const pid = await start("here", { monitor: true });
      await ask(peer, "link", pid.text);
      await under.app.client.terminate(pid);
      await under.app.client.terminate(pid);
      await until(() => ours(pid).length > 0);
      await until(async () => (await heardBy(peer, pid)).length > 0);
      expect(ours(pid)).toHaveLength(1);
      expect(await heardBy(peer, pid)).toMatchObject([{ kind: "pid.link.down" }]);
      await tell(peer, "finish");
    });

    law("after unmonitor and unlink nothing is heard", async () => {
      const peer = await start("memory", {}, { trap: true });
      const pid = await start("here", { monitor: true });
      await ask(peer, "link", pid.text);
      await ask(peer, "monitor", pid.text);
      await ask(peer, "unlink", pid.text);
      await ask(peer, "unmonitor", pid.text);
      await tell(pid, "crash", "on purpose");
      await until(() => ours(pid).length > 0);
      expect(await heardBy(peer, pid)).toEqual([]);
      await tell(peer, "finish");
    });

    law("delivering to an unknown or dead pid answers NOT_FOUND", async () => {
      const dead = await start("here", { monitor: true }, "value");
      await until(() => ours(dead).length > 0);
      const unknown = makePid(dead.node, dead.host, "never-was");
      for (const pid of [dead, unknown]) {
        const outcome = await tell(pid, "n", 1);
        expect(outcome).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
      }
      const { client } = under.app;
      const monitored = await new Promise((resolve) => client.start((self) => self.monitor(unknown), resolve));
      expect(monitored).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
    });

    law("a child that ends at once is still announced to the parent that monitors or links it", async () => {
      const monitored = await start("here", { monitor: true }, "value");
      const linked = await start("here", { link: true }, "crash");
      await until(() => ours(monitored).length > 0 && ours(linked).length > 0);
      expect(ours(monitored)).toMatchObject([{ kind: "exit", reason: { kind: "normal", value: { answer: 42 } } }]);
      expect(ours(linked)).toMatchObject([{ kind: "link_down", error: { kind: "INTERNAL" } }]);
    });

    law("startup messages are in the mailbox first, in order, from the parent", async () => {
      const { client } = under.app;
      const messages = [1, 2, 3].map((n) => ({ topic: "n", payloads: [n] }));
      const pid = await client.spawn(under.entry, under.host, [], { messages });
      if ("kind" in pid) throw new Error(pid.message);
      expect(await ask(pid, "numbers")).toEqual([1, 2, 3]);
      await tell(pid, "finish");
    });

    law("processes of this host message, call and spawn each other", async () => {
      const parent = await start("here", {}, { trap: true });
      const what = { how: "spawn_monitored", entry: under.entry, host: under.host };
      const child = parsePid(String(await ask(parent, "spawn", what)))!;
      await ask(parent, "send", { to: child.text, topic: "n", value: 7 });
      expect(await ask(child, "numbers")).toEqual([7]);
      expect(await ask(parent, "call", { to: child.text, topic: "echo", value: { deep: [1, 2] } })).toEqual({
        deep: [1, 2],
      });
      await tell(child, "finish", "bye");
      await until(async () => (await heardBy(parent, child)).length > 0);
      expect(await heardBy(parent, child)).toMatchObject([{ kind: "pid.exit", value: "bye" }]);
      await tell(parent, "finish");
    });

    law("two processes of this host that are linked die together", async () => {
      const [one, two] = [await start("here", { monitor: true }), await start("here", { monitor: true })];
      await ask(one, "link", two.text);
      await tell(two, "crash", "on purpose");
      await until(() => ours(one).length > 0 && ours(two).length > 0);
      expect(ours(one)).toMatchObject([{ reason: { kind: "failed", error: { message: "linked process failed" } } }]);
    });

    law("a cancel is an event, and what main returns then is the result", async () => {
      const pid = await start("here", { monitor: true });
      await ask(pid, "numbers");
      await under.app.client.cancel(pid, "enough");
      await until(() => ours(pid).length > 0);
      expect(ours(pid)).toMatchObject([{ reason: { kind: "normal", value: "cancelled" } }]);
    });

    law("a registered name leads to its owner, and is free once that has ended", async () => {
      const { client } = under.app;
      const pid = await start("here", { monitor: true });
      const name = `name of ${pid.text}`;
      await ask(pid, "register", name);
      expect(await client.request({ kind: "lookup", name })).toEqual({ ok: true, value: pid.text });
      const other = await start("memory", {});
      await expect(ask(other, "register", name)).rejects.toThrow(/ALREADY_EXISTS/);
      await tell(pid, "finish");
      await until(() => ours(pid).length > 0);
      await until(async () => !(await client.request({ kind: "lookup", name })).ok);
      await tell(other, "finish");
    });

    law("a process can send to itself", async () => {
      const pid = await start("here", {});
      await ask(pid, "send", { to: pid.text, topic: "n", value: 9 });
      expect(await ask(pid, "numbers")).toEqual([9]);
      await tell(pid, "finish");
    });
  });
}
