/** Code outside of any process, on a memory host. */
import { describe, expect, it } from "vitest";
import type { Pid } from "../../mailbox/index.js";
import { idle, Node } from "./memory-node.js";

describe("a client", () => {
  it("may not send what no host would carry: reserved topics and payloads that are too large", async () => {
    const node = new Node({ server: {} });
    const client = node.host.openClient("test:client");
    const spawned = client.spawn("server", "app:host", []);
    await node.clock.idle();
    const pid = (await spawned) as Pid;
    const refused = [
      client.send(pid, "@perdure", 1),
      client.send(pid, "__temporal_x", 1),
      client.call(pid, "@reply", 1),
      client.send(pid, "t", "x".repeat(2 ** 21)),
    ];
    await node.clock.idle();
    for (const outcome of await Promise.all(refused))
      expect(outcome).toMatchObject({ ok: false, error: { kind: "INVALID" } });
  });

  it("gives code outside of processes a pid, and promises", async () => {
    const node = new Node({
      server: { onMessage: (message, self) => void self.reply(message, { ok: true, value: message.payloads[0]! }) },
      adder: { onStart: (self, args) => self.exit({ kind: "normal", value: Number(args[0]) + 1 }) },
    });
    const client = node.host.openClient("test:client");
    const spawned = client.spawn("server", "app:host", [], { monitor: true });
    await node.clock.idle();
    const pid = (await spawned) as Pid;
    const events: string[] = [];
    client.onEvent((event) => events.push(event.kind));
    const asked = [
      client.call(pid, "ask", 42),
      client.exec("adder", "app:host", [1]),
      client.send(pid, "t"),
      client.request({ kind: "lookup", name: "none" }),
    ];
    await node.clock.idle();
    expect(await Promise.all(asked)).toMatchObject([
      { ok: true, value: 42 },
      { ok: true, value: 2 },
      { ok: true, value: null },
      { ok: false, error: { kind: "NOT_FOUND" } },
    ]);
    const last = [client.cancel(pid, "why"), client.terminate(pid)];
    await node.clock.idle();
    expect(await Promise.all(last)).toMatchObject([{ ok: true }, { ok: true }]);
    expect(events).toEqual(["exit"]);
    const refused = [client.send(pid, "t"), client.call(pid, "ask", 1), client.terminate(pid)];
    await node.clock.idle();
    expect((await Promise.all(refused)).map((outcome) => !outcome.ok && outcome.error.kind)).toEqual([
      "NOT_FOUND",
      "NOT_FOUND",
      "NOT_FOUND",
    ]);
  });

  it("lives through the end of what it is linked to", async () => {
    const node = new Node({ idle });
    const client = node.host.openClient("test:client");
    const events: string[] = [];
    client.onEvent((event) => events.push(event.kind));
    const spawned = client.spawn("idle", "app:host", [], { link: true });
    await node.clock.idle();
    node.send((await spawned) as Pid, { kind: "kill" });
    node.clock.settle();
    expect(events).toEqual(["link_down"]);
    expect(node.host.size).toBe(1);
  });

  it("settles everything when it ends, also what is asked afterwards", async () => {
    const node = new Node({ idle });
    const client = node.host.openClient("test:client");
    const open = client.exec("idle", "app:host", []);
    node.clock.settle();
    const asked = client.send(client.pid, "t");
    const closed = node.host.close(10);
    node.clock.advance(10);
    await closed;
    const late = client.send(client.pid, "t");
    for (const outcome of [open, asked, late]) await expect(outcome).resolves.toHaveProperty("ok");
    expect(await open).toMatchObject({ ok: false, error: { kind: "UNAVAILABLE" } });
    expect(await late).toMatchObject({ ok: false, error: { kind: "UNAVAILABLE" } });
  });

  it("forgets what was given up, before and after it was asked", () => {
    const node = new Node({ idle });
    const client = node.host.openClient("test:client");
    const fired: string[] = [];
    const first = client.after(10, () => fired.push("first"));
    first.cancel();
    const second = client.after(10, () => fired.push("second"));
    client.after(10, () => fired.push("third"));
    node.clock.settle();
    second.cancel();
    expect(node.clock.openTimers).toBe(1);
    node.clock.advance(20);
    expect(fired).toEqual(["third"]);
  });
});
