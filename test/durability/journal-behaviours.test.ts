/** TypeScript behaviours on a journal: their state is kept in place of the inputs that made it. */
import { describe, expect, it } from "vitest";
import type { Behaviour } from "../../actors/index.js";
import { behaviourPrograms } from "../../durability/journal/index.js";
import type { Payload } from "../../mailbox/index.js";
import { FakeDisk } from "../support/fake-journal.js";
import { JournalNode } from "../support/journal-node.js";
import { VirtualClock } from "../support/virtual.js";

const counter: Behaviour<Payload> = {
  init: () => ({ state: 0 }),
  handle: (state, event) => {
    if (event.kind !== "message") return { state };
    if (event.call === undefined) return { state: Number(state) + Number(event.payloads[0]) };
    return { state, commands: [{ kind: "reply", message: event, outcome: { ok: true, value: state } }] };
  },
};

describe("a behaviour on a journal", () => {
  it("keeps its state over crashes, and its journal stays short", async () => {
    const disk = new FakeDisk();
    const options = { clock: new VirtualClock(), behaviours: { "ts:counter": counter }, snapshotEvery: 10 };
    let node = await new JournalNode(disk, {}, options).start();
    const pid = await node.spawn("ts:counter");
    for (let n = 1; n <= 95; n++) await node.send(pid, "add", 1);
    expect(disk.records(pid.id).length).toBeLessThanOrEqual(11);
    node.kill();
    node = await new JournalNode(disk, {}, options).start();
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: 95 });
    await node.send(pid, "add", 5);
    node.kill();
    node = await new JournalNode(disk, {}, options).start();
    expect(await node.call(pid, "get")).toEqual({ ok: true, value: 100 });
  });

  it("is found by its entry, and nothing else is", () => {
    const programs = behaviourPrograms({ "ts:counter": counter });
    expect(programs.current("ts:counter")).toMatchObject({ hash: "", isWorkflow: false });
    expect(programs.current("ts:other")).toMatchObject({ kind: "NOT_FOUND", message: "factory not found" });
    expect(programs.pinned("toString", "")).toMatchObject({ kind: "NOT_FOUND" });
  });
});
