/** Children on a durable host: found again by name, watched and not linked, and left as they are when the node ends. */
import { describe, expect, it } from "vitest";
import { startChild, terminateChild } from "../../supervision/index.js";
import { Tree, workers } from "../support/tree.js";

const durable = (id: string) => ({ id, process: `test:${id}`, host: "test:durable", name: `the ${id}` });

describe("a durable child", () => {
  it("needs a name", async () => {
    const tree = new Tree();
    const { name: _name, ...nameless } = durable("d");
    expect(await tree.now(tree.begin({ children: [...workers("a"), nameless] }))).toMatchObject({
      kind: "INVALID",
      message:
        'child "d" did not start: child "d" needs a name: test:durable is a durable host, where a child is found again by its name',
    });
    expect(tree.living()).toEqual([]);
  });

  it("outlives a supervisor that is killed, and is adopted by the next one", async () => {
    const tree = new Tree();
    const first = await tree.start({ children: [durable("d"), ...workers("a")] });
    const before = await tree.pidOf(first, "d");
    expect(await tree.kill(first)).toBe("-supervisor -a");
    const second = await tree.start({ children: [durable("d"), ...workers("a")] });
    expect(await tree.pidOf(second, "d")).toEqual(before);
    expect(await tree.end(second, "d", "crash")).toBe("-d +d");
  });

  it("is stopped with its supervisor, and by hand", async () => {
    const tree = new Tree();
    const pid = await tree.start({ children: [durable("d"), durable("e")] });
    tree.story.length = 0;
    expect(await tree.now(terminateChild(tree.client, pid, "e"))).toBe(true);
    expect(await tree.tell(tree.client.cancel(pid))).toBe("-d -supervisor");
  });

  it("is stopped when its supervisor gives up", async () => {
    const tree = new Tree();
    const pid = await tree.start({ intensity: 0, children: [durable("d"), ...workers("a")] });
    expect(await tree.end(pid, "a", "crash")).toBe("-a -d -supervisor");
  });

  it("is left as it is when the node ends, also below a nested supervisor", async () => {
    const tree = new Tree();
    const inner = { id: "in", children: [durable("e"), ...workers("b")] };
    await tree.start({ children: [durable("d"), inner, ...workers("a")] });
    tree.story.length = 0;
    tree.system.announceClose();
    void tree.host.close(10_000);
    tree.clock.runNow();
    expect([...tree.story].sort()).toEqual(
      ["-a", "-b", "-client", "-supervisor", "-supervisor"].filter((line) => line !== "-client"),
    );
    expect(tree.living()).toEqual(["d", "e"]);
  });

  it("is not given up when other hosts stop before the supervisor does", async () => {
    const tree = new Tree();
    const elsewhere = { id: "o", process: "test:o", host: "test:other" };
    const pid = await tree.start({ intensity: 0, children: [durable("d"), elsewhere] });
    tree.story.length = 0;
    tree.system.announceClose();
    void tree.other.close(10_000);
    tree.clock.runNow();
    expect(tree.story).toEqual(["-o"]);
    expect(tree.restarts).toEqual([]);
    expect(await tree.tell(tree.client.cancel(pid))).toBe("-supervisor");
    expect(tree.living()).toEqual(["d"]);
  });

  it("of a simple_one_for_one gets its name when it is started", async () => {
    const tree = new Tree();
    const { name: _name, ...template } = durable("d");
    const pid = await tree.start({ strategy: "simple_one_for_one", children: [template] });
    const one = await tree.now(startChild(tree.client, pid, [], "one"));
    expect(one).toHaveProperty("text");
    expect(await tree.now(startChild(tree.client, pid, [], "one"))).toMatchObject({ kind: "CONFLICT" });
    expect(await tree.now(startChild(tree.client, pid, []))).toMatchObject({ kind: "INVALID" });
  });
});
