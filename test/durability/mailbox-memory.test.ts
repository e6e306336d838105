/** Bounded mailboxes of processes in memory, in virtual time: what the conformance suite cannot see. */
import { describe, expect, it } from "vitest";
import type { FullPolicy, MailboxLimit, Payload } from "../../mailbox/index.js";
import { assertReplays } from "../support/replay.js";
import { Tapes } from "../support/tape.js";
import { virtualNode } from "../support/virtual.js";

const limit = (onFull: FullPolicy, size = 2, sendTimeoutMs = 60_000): MailboxLimit => ({ size, onFull, sendTimeoutMs });

/** Takes one message for each CANCEL, and prints it; prints EXITs. */
const stepper = `return { main = function(watch)
  local events, inbox = process.events(), process.inbox()
  if watch then process.monitor(watch) end
  while true do
    local event = events:receive()
    if event.kind == process.event.EXIT then print("EXIT")
    else print(inbox:receive():payload():data()) end
  end
end }`;

const writer = `return { main = function(to, first, last)
  for i = first, last do
    local ok, err = process.send(to, "n", i)
    print(i .. " " .. (ok and "ok" or err:kind()))
  end
end }`;

describe("a bounded mailbox in memory", () => {
  it("holds no more than its size while its process is at work (drop_old)", () => {
    const node = virtualNode({ "app:stepper": stepper }, { mailboxes: { "app:stepper": limit("drop_old", 3) } });
    const counts: number[] = [];
    node.system.events.on("mailbox_full", ({ more }) => counts.push(more));
    const pid = node.spawn("app:stepper");
    const from = { text: "{|test}", node: "", host: "", id: "test" };
    for (let n = 1; n <= 1000; n++) {
      const signal = { kind: "message", topic: "n", payloads: [n] } as const;
      expect(node.system.router.route({ from, incarnation: "", to: pid, seq: 0, signal })).toEqual({
        kind: "accepted",
      });
    }
    // Before the process has had a turn.
    expect(counts.reduce((sum, more) => sum + more, 0)).toBe(997);
    for (let i = 0; i < 3; i++) void node.client.cancel(pid);
    node.clock.runUntilIdle();
    expect(node.prints).toEqual(["998", "999", "1000"]);
  });

  it("still lets messages in whose sender has ended meanwhile (block)", () => {
    const sources = {
      "app:stepper": stepper,
      "app:hasty": `return { main = function(to)
        for i = 1, 4 do coroutine.spawn(function() process.send(to, "n", i) end) end
        require("time").sleep("1ms")
      end }`,
    };
    const node = virtualNode(sources, { mailboxes: { "app:stepper": limit("block") } });
    const reader = node.spawn("app:stepper");
    node.begin("app:hasty", reader.text);
    node.clock.advance(5);
    expect(node.exits).toHaveLength(1);
    for (let i = 0; i < 4; i++) void node.client.cancel(reader);
    node.clock.advance(1);
    expect(node.prints).toEqual(["1", "2", "3", "4"]);
  });

  it("hears of the end of a sender after the messages that waited (block)", () => {
    const sources = {
      "app:stepper": stepper,
      "app:lingering": `return { main = function()
        local to = process.listen("to"):receive()
        for i = 1, 4 do coroutine.spawn(function() process.send(to, "n", i) end) end
        require("time").sleep("1s")
      end }`,
    };
    const node = virtualNode(sources, { mailboxes: { "app:stepper": limit("block") } });
    const sender = node.spawn("app:lingering");
    const reader = node.spawn("app:stepper", [sender.text]);
    void node.client.send(sender, "to", reader.text);
    node.clock.advance(2_000);
    // All are in by now, over the limit, as the end was heard.
    expect(node.prints).toEqual(["EXIT"]);
    for (let i = 0; i < 4; i++) void node.client.cancel(reader);
    node.clock.advance(1);
    expect(node.prints).toEqual(["EXIT", "1", "2", "3", "4"]);
  });

  it("forgets a waiting call whose caller has given up (block)", () => {
    const sources = {
      "app:stepper": stepper,
      "app:caller": `return { main = function(to)
        local _, err = process.call(to, "n", 3, {timeout = "1s"})
        print(err:kind())
      end }`,
    };
    const node = virtualNode(sources, { mailboxes: { "app:stepper": limit("block") } });
    const reader = node.spawn("app:stepper");
    for (const n of [1, 2]) void node.client.send(reader, "n", n);
    node.run("app:caller", reader.text);
    expect(node.prints).toEqual(["TIMEOUT"]);
    void node.client.send(reader, "n", 4);
    for (let i = 0; i < 3; i++) void node.client.cancel(reader);
    node.clock.advance(1);
    expect(node.prints).toEqual(["TIMEOUT", "1", "2", "4"]);
  });

  it("has the limit of the entry that its process has become, and lets in who waited", async () => {
    const sources = {
      "app:closed": `return { main = function()
        process.events():receive()
        process.upgrade("app:open")
      end }`,
      "app:open": `return { main = function()
        local inbox = process.inbox()
        while true do print(inbox:receive():payload():data()) end
      end }`,
      "app:writer": writer,
    };
    const node = virtualNode(sources, { mailboxes: { "app:closed": limit("block") } });
    const reader = node.spawn("app:closed");
    node.begin("app:writer", reader.text, 1, 4);
    node.clock.advance(1);
    expect(node.prints).toEqual(["1 ok", "2 ok"]);
    void node.client.cancel(reader);
    node.clock.advance(1);
    // An answer that had to be waited for comes by a promise.
    await new Promise((resolve) => setImmediate(resolve));
    node.clock.advance(1);
    expect(node.prints.filter((line) => !line.includes("ok"))).toEqual(["1", "2", "3", "4"]);
    expect(node.prints.filter((line) => line.includes("ok"))).toEqual(["1 ok", "2 ok", "3 ok", "4 ok"]);
  });

  it("lets in who waited when its process becomes one that drops the oldest, before anything that comes later", async () => {
    const sources = {
      "app:closed": `return { main = function()
        process.events():receive()
        process.upgrade("app:stepper")
      end }`,
      "app:stepper": stepper,
      "app:writer": `return { main = function(to)
        for i = 1, 4 do coroutine.spawn(function()
          local ok, err = process.send(to, "n", i)
          print(i .. " " .. (ok and "ok" or err:kind()))
        end) end
        process.events():receive()
        process.send(to, "n", 5)
      end }`,
    };
    const mailboxes = { "app:closed": limit("block"), "app:stepper": limit("drop_old") };
    const node = virtualNode(sources, { mailboxes });
    const reader = node.spawn("app:closed");
    node.begin("app:writer", reader.text);
    node.clock.advance(1);
    const writer = node.host.pids().find(({ text }) => text !== reader.text && text !== node.client.pid.text)!;
    const settle = async (): Promise<void> => {
      node.clock.advance(1);
      // An answer that had to be waited for comes by a promise.
      await new Promise((resolve) => setImmediate(resolve));
      node.clock.advance(1);
    };
    void node.client.cancel(reader);
    await settle();
    expect(node.prints).toEqual(["1 ok", "2 ok", "3 ok", "4 ok"]);
    void node.client.cancel(writer);
    await settle();
    for (let i = 0; i < 2; i++) void node.client.cancel(reader);
    await settle();
    expect(node.prints.slice(4)).toEqual(["4", "5"]);
  });

  it("makes a dead letter of a startup message that finds no room, as nobody would hear (fail)", () => {
    const node = virtualNode({ "app:stepper": stepper }, { mailboxes: { "app:stepper": limit("fail", 1) } });
    const reader = node.spawn("app:stepper", [], { name: "reader" });
    const messages = [1, 2].map((n) => ({ topic: "n", payloads: [n] as Payload[] }));
    node.spawn("app:stepper", [], { name: "reader", messages });
    expect(node.system.router.deadLetters.list()).toMatchObject([
      { reason: "mailbox full", envelope: { to: reader, signal: { payloads: [2] } } },
    ]);
  });

  it("is the same again when its process is replayed (drop_old)", () => {
    const tapes = new Tapes();
    const mailboxes = { "app:stepper": limit("drop_old", 3) };
    const sources = { "app:stepper": stepper, "app:writer": writer };
    const node = virtualNode(sources, { mailboxes, record: tapes.record });
    const reader = node.spawn("app:stepper");
    for (let round = 0; round < 5; round++) {
      node.run("app:writer", reader.text, round * 5 + 1, round * 5 + 5);
      void node.client.cancel(reader);
      node.clock.advance(1);
    }
    expect(node.prints.filter((line) => !line.includes("ok"))).toEqual(["3", "8", "13", "18", "23"]);
    const recordings = tapes.recordings(node);
    expect(
      recordings.map(({ turns }) => turns.filter((turn) => "input" in turn && turn.input.kind === "discard").length),
    ).toContain(4);
    for (const recording of recordings) assertReplays(recording);
  });
});
