/** When supervisors start children again, on a memory host in virtual time. */
import { describe, expect, it } from "vitest";
import { deleteChild, restartChild, startChild, terminateChild } from "../../supervision/index.js";
import { Tree, workers } from "../support/tree.js";

describe("a transient child", () => {
  it("stays stopped after a return and an end on purpose, and is started again after a failure", async () => {
    const tree = new Tree();
    const children = workers("a", "b", "c", "d").map((child) => ({ ...child, restart: "transient" as const }));
    const pid = await tree.start({ intensity: 5, children });
    expect(await tree.end(pid, "a", "return")).toBe("-a");
    expect(await tree.end(pid, "b", "shutdown")).toBe("-b");
    expect(await tree.end(pid, "c", "crash")).toBe("-c +c");
    expect(await tree.end(pid, "d", "fatal")).toBe("-d +d");
    expect(await tree.statuses(pid)).toBe("a:stopped b:stopped c:running d:running");
  });
});

describe("a temporary child", () => {
  it("is forgotten when it ends, and when it is stopped", async () => {
    const tree = new Tree();
    const children = workers("a", "b", "c").map((child) => ({ ...child, restart: "temporary" as const }));
    const pid = await tree.start({ children });
    expect(await tree.end(pid, "a", "crash")).toBe("-a");
    await tree.now(terminateChild(tree.client, pid, "b"));
    expect(await tree.statuses(pid)).toBe("c:running");
  });

  it("is stopped and forgotten with the others under one_for_all", async () => {
    const tree = new Tree();
    const temporary = { id: "b", process: "test:b", restart: "temporary" as const };
    const pid = await tree.start({ strategy: "one_for_all", children: [...workers("a"), temporary, ...workers("c")] });
    expect(await tree.end(pid, "a", "crash")).toBe("-a -c -b +a +c");
    expect(await tree.statuses(pid)).toBe("a:running c:running");
  });
});

describe("a permanent child", () => {
  it("is started again also after a return", async () => {
    const tree = new Tree();
    const pid = await tree.start({ children: workers("a") });
    expect(await tree.end(pid, "a", "return")).toBe("-a +a");
    expect(tree.restarts).toMatchObject([{ id: `${pid.text}/a`, attempt: 1, delayMs: 0, error: { kind: "EXITED" } }]);
  });
});

describe("a group", () => {
  it("is started again with those that were stopped by hand", async () => {
    const tree = new Tree();
    const pid = await tree.start({ strategy: "one_for_all", children: workers("a", "b") });
    await tree.now(terminateChild(tree.client, pid, "a"));
    expect(await tree.end(pid, "b", "crash")).toBe("-b +a +b");
  });
});

describe("a child that cannot be started again", () => {
  it("is tried until the limit is reached, and each attempt counts", async () => {
    const tree = new Tree();
    const pid = await tree.start({ intensity: 3, children: workers("a", "b") });
    tree.broken.add("test:b");
    expect(await tree.end(pid, "b", "crash")).toBe("-b -a -supervisor");
    expect(tree.restarts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(tree.exits.at(-1)?.reason).toMatchObject({
      error: {
        kind: "SHUTDOWN",
        message: 'restart limit reached: more than 3 in 5000 ms; the last was of child "b": test:b is broken',
        details: { reason: "reached_max_restart_intensity", child: "b", intensity: 3, period_ms: 5000 },
      },
    });
  });

  it("leaves those of its group that were started before it running, until the next attempt", async () => {
    const tree = new Tree();
    const backoff = { initial_delay: "1s", jitter: 0 };
    const children = workers("a", "b", "c").map((child) => ({ ...child, backoff }));
    const pid = await tree.start({ strategy: "one_for_all", intensity: 9, children });
    tree.broken.add("test:b");
    expect(await tree.end(pid, "c", "crash")).toBe("-c -b -a");
    expect(tree.advance(1000)).toBe("+a");
    expect(await tree.statuses(pid)).toBe("a:running b:restarting c:stopped");
    tree.broken.clear();
    expect(tree.advance(1000)).toBe("-a +a +b +c");
  });
});

describe("the back-off", () => {
  const backoff = { initial_delay: "1s", max_delay: "3s", jitter: 0 };

  it("grows from failure to failure, and begins anew after a run as long as the period", async () => {
    const tree = new Tree();
    const pid = await tree.start({ intensity: 9, period: "10s", children: [{ ...workers("a")[0]!, backoff }] });
    for (const delay of [1000, 2000, 3000, 3000]) {
      expect(await tree.end(pid, "a", "crash")).toBe("-a");
      expect(await tree.statuses(pid)).toBe("a:restarting");
      expect(tree.advance(delay - 1)).toBe("");
      expect(tree.advance(1)).toBe("+a");
    }
    tree.advance(10_000);
    expect(await tree.end(pid, "a", "crash")).toBe("-a");
    expect(tree.advance(1000)).toBe("+a");
    expect(tree.restarts.map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
      [1, 1000],
      [2, 2000],
      [3, 3000],
      [4, 3000],
      [1, 1000],
    ]);
  });

  it("does not hold up the others", async () => {
    const tree = new Tree();
    const pid = await tree.start({ intensity: 9, children: [{ ...workers("a")[0]!, backoff }, ...workers("b")] });
    await tree.end(pid, "a", "crash");
    expect(await tree.end(pid, "b", "crash")).toBe("-b +b");
  });

  it("ends when the child is stopped by hand", async () => {
    const tree = new Tree();
    const pid = await tree.start({ children: [{ ...workers("a")[0]!, backoff }] });
    await tree.end(pid, "a", "crash");
    expect(await tree.now(restartChild(tree.client, pid, "a"))).toMatchObject({
      kind: "CONFLICT",
      message: 'child "a" is restarting',
    });
    expect(await tree.now(deleteChild(tree.client, pid, "a"))).toMatchObject({ kind: "CONFLICT" });
    expect(await tree.now(terminateChild(tree.client, pid, "a"))).toBe(true);
    expect(tree.advance(60_000)).toBe("");
    expect(await tree.statuses(pid)).toBe("a:stopped");
  });

  it("ends when another child's failure starts the group", async () => {
    const tree = new Tree();
    const children = [...workers("a"), { ...workers("b")[0]!, backoff }];
    const pid = await tree.start({ strategy: "rest_for_one", intensity: 9, children });
    await tree.end(pid, "b", "crash");
    expect(await tree.end(pid, "a", "crash")).toBe("-a +a +b");
    expect(tree.advance(60_000)).toBe("");
  });
});

describe("a nested supervisor", () => {
  const inner = (restart: "permanent" | "transient") => ({
    id: "in",
    restart,
    intensity: 0,
    children: workers("x", "y"),
  });

  it("that gives up is started again by the one above", async () => {
    const tree = new Tree();
    const pid = await tree.start({ children: [...workers("a"), inner("permanent")] });
    const nested = await tree.pidOf(pid, "in");
    expect(await tree.end(nested, "x", "crash")).toBe("-x -y -supervisor +supervisor +x +y");
    expect(await tree.statuses(pid)).toBe("a:running in:running");
  });

  it("that gives up stays stopped when it is transient, as it has ended on purpose", async () => {
    const tree = new Tree();
    const pid = await tree.start({ children: [...workers("a"), inner("transient")] });
    const nested = await tree.pidOf(pid, "in");
    expect(await tree.end(nested, "x", "crash")).toBe("-x -y -supervisor");
    expect(await tree.statuses(pid)).toBe("a:running in:stopped");
  });

  it("that cannot start is a child that cannot start, by all names on the way", async () => {
    const tree = new Tree();
    tree.broken.add("test:y");
    const error = await tree.now(tree.begin({ children: [...workers("a"), inner("permanent")] }));
    expect(error).toMatchObject({
      kind: "INTERNAL",
      message: 'child "in" did not start: child "y" did not start: test:y is broken',
    });
    expect(tree.living()).toEqual([]);
  });
});

describe("a child added later", () => {
  it("comes last in the order, and is forgotten when it cannot be started", async () => {
    const tree = new Tree();
    const pid = await tree.start({ strategy: "rest_for_one", children: workers("a") });
    await tree.now(startChild(tree.client, pid, workers("b")[0]!));
    tree.broken.add("test:c");
    expect(await tree.now(startChild(tree.client, pid, workers("c")[0]!))).toMatchObject({
      kind: "INTERNAL",
      message: 'child "c" did not start: test:c is broken',
    });
    expect(await tree.end(pid, "a", "crash")).toBe("-a -b +a +b");
    expect(await tree.statuses(pid)).toBe("a:running b:running");
  });
});
