/** How supervisors stop children and end, on a memory host in virtual time. */
import { describe, expect, it } from "vitest";
import { countChildren, startChild, terminateChild } from "../../supervision/index.js";
import { Tree, workers } from "../support/tree.js";

const deaf = { args: ["live", "deaf"] };

describe("shutdown", () => {
  it("waits for a child that obeys, and kills one that does not after its time", async () => {
    const tree = new Tree();
    const children = [...workers("a"), { id: "b", process: "test:b", shutdown: "2s", ...deaf }];
    const pid = await tree.start({ children });
    tree.story.length = 0;
    void tree.client.cancel(pid);
    tree.clock.runNow();
    expect(tree.story).toEqual([]);
    expect(tree.advance(1999)).toBe("");
    expect(tree.advance(1)).toBe("-b -a -supervisor");
    expect(tree.logs).toEqual(['child "b" did not stop within 2000 ms and is terminated']);
    expect(tree.exits.at(-1)?.reason).toEqual({ kind: "normal", value: null });
  });

  it("kills at once when it says so", async () => {
    const tree = new Tree();
    const pid = await tree.start({ children: [{ id: "a", process: "test:a", shutdown: "kill", ...deaf }] });
    expect(await tree.tell(tree.client.cancel(pid))).toBe("-a -supervisor");
    expect(tree.exits.find(({ entry }) => entry === "test:a")?.reason).toEqual({ kind: "killed" });
  });

  it("waits for ever when it says so", async () => {
    const tree = new Tree();
    const pid = await tree.start({ children: [{ id: "a", process: "test:a", shutdown: "infinity", ...deaf }] });
    await tree.tell(tree.client.cancel(pid));
    expect(tree.advance(1e9)).toBe("");
    const a = tree.host.pids().at(-2)!;
    expect(await tree.kill(a)).toBeDefined();
  });

  it("stops the children of a simple_one_for_one at once, and kills the deaf together", async () => {
    const tree = new Tree();
    const template = { id: "x", process: "test:x", args: ["live"], shutdown: "1s" };
    const pid = await tree.start({ strategy: "simple_one_for_one", children: [template] });
    for (const more of [["deaf"], [], ["deaf"]]) await tree.now(startChild(tree.client, pid, more));
    expect(await tree.tell(tree.client.cancel(pid))).toBe("-x");
    expect(tree.advance(999)).toBe("");
    expect(tree.advance(1)).toBe("-x -x -supervisor");
  });

  it("asks nobody to stop who has ended meanwhile", async () => {
    const tree = new Tree();
    const pid = await tree.start({ strategy: "one_for_all", intensity: 1, children: workers("a", "b", "c") });
    const [a, c] = [await tree.pidOf(pid, "a"), await tree.pidOf(pid, "c")];
    tree.story.length = 0;
    void tree.client.send(a, "crash");
    void tree.client.send(c, "crash");
    tree.clock.runNow();
    // One failure, as the second came before the first was dealt with.
    expect(tree.story.join(" ")).toBe("-a -c -b +a +b +c");
    expect(tree.restarts.map(({ id }) => id)).toEqual([`${pid.text}/a`]);
  });
});

describe("a supervisor", () => {
  it("ends with its starter, however that ends", async () => {
    const tree = new Tree();
    await tree.start({ children: workers("a", "b") });
    expect(await tree.kill(tree.client.pid)).toBe("-client -b -a -supervisor");
    expect(tree.exits.at(-1)?.reason).toMatchObject({ kind: "failed", error: { message: "linked process failed" } });
  });

  it("takes its children along when it is killed", async () => {
    const tree = new Tree();
    const pid = await tree.start({ children: workers("a", "b") });
    expect((await tree.kill(pid)).split(" ").sort()).toEqual(["-a", "-b", "-supervisor"]);
  });

  it("stops while it starts", async () => {
    const tree = new Tree();
    const inner = { id: "in", shutdown: "1s", children: [{ id: "x", process: "test:x", host: "test:slow" }] };
    const starting = tree.begin({ children: [...workers("a"), inner] });
    tree.clock.runNow();
    tree.story.length = 0;
    const pid = tree.host.pids().find(({ id }) => id !== tree.client.pid.id)!;
    void tree.client.cancel(pid);
    tree.advance(0);
    expect(await tree.now(starting)).toMatchObject({ kind: "UNAVAILABLE", message: "the supervisor is shutting down" });
    tree.slow.release();
    await tree.settle();
    expect(tree.living()).toEqual([]);
  });

  it("refuses what waits for its turn when it stops", async () => {
    const tree = new Tree();
    const pid = await tree.start({
      children: [{ id: "a", process: "test:a", shutdown: "5s", ...deaf }, ...workers("b")],
    });
    const terminated = terminateChild(tree.client, pid, "a");
    const counted = countChildren(tree.client, pid);
    tree.clock.runNow();
    void tree.client.cancel(pid);
    tree.clock.runNow();
    const error = { kind: "UNAVAILABLE", message: "the supervisor is shutting down" };
    expect(await tree.now(terminated)).toMatchObject(error);
    expect(await tree.now(counted)).toMatchObject(error);
    expect(await tree.now(countChildren(tree.client, pid))).toMatchObject(error);
    tree.advance(5000);
    expect(tree.living()).toEqual([]);
  });
});
