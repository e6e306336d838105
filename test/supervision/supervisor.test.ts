/** A supervisor and its children on a memory host, in virtual time. */
import { describe, expect, it } from "vitest";
import type { Failure, Pid } from "../../mailbox/index.js";
import { startSupervisor } from "../../supervision/index.js";
import { Tree, workers } from "../support/tree.js";

async function refused(promise: Promise<Pid | Failure>, tree: Tree): Promise<Failure> {
  const result = await tree.now(promise);
  if (!("kind" in result)) throw new Error(`it started: ${result.text}`);
  return result;
}

describe("start", () => {
  it("starts the children in order, and answers when all have started", async () => {
    const tree = new Tree();
    const pid = await tree.start({ children: workers("a", "b", "c") });
    expect(tree.story).toEqual(["+supervisor", "+a", "+b", "+c"]);
    expect(await tree.statuses(pid)).toBe("a:running b:running c:running");
  });

  it("stops those that have started, in reverse order, when one cannot be", async () => {
    const tree = new Tree();
    tree.broken.add("test:c");
    const error = await refused(startSupervisor(tree.client, "test:host", { children: workers("a", "b", "c") }), tree);
    expect(error).toMatchObject({ kind: "INTERNAL", message: 'child "c" did not start: test:c is broken' });
    expect(tree.story).toEqual(["+supervisor", "+a", "+b", "-b", "-a", "-supervisor"]);
  });

  it("is refused with the name of the field that is wrong", async () => {
    const tree = new Tree();
    const children = [...workers("a"), { id: "b", process: "test:b", shutdown: "soon" }];
    const error = await refused(startSupervisor(tree.client, "test:host", { children }), tree);
    expect(error).toMatchObject({
      kind: "INVALID",
      message: 'children[2].shutdown must be a duration such as "5s" or "kill" or "infinity"',
    });
  });
});

describe("the end of a child", () => {
  it("leads to a new one in its place", async () => {
    const tree = new Tree();
    const pid = await tree.start({ children: workers("a", "b", "c") });
    expect(await tree.end(pid, "b", "crash")).toBe("-b +b");
    expect(await tree.statuses(pid)).toBe("a:running b:running c:running");
  });

  it("leads to new ones in place of all under one_for_all", async () => {
    const tree = new Tree();
    const pid = await tree.start({ strategy: "one_for_all", children: workers("a", "b", "c") });
    expect(await tree.end(pid, "b", "crash")).toBe("-b -c -a +a +b +c");
  });

  it("leads to new ones in its place and in that of later ones under rest_for_one", async () => {
    const tree = new Tree();
    const pid = await tree.start({ strategy: "rest_for_one", children: workers("a", "b", "c", "d") });
    expect(await tree.end(pid, "b", "crash")).toBe("-b -d -c +b +c +d");
  });
});

describe("too many restarts", () => {
  it("end the supervisor, its children before it in reverse order", async () => {
    const tree = new Tree();
    const pid = await tree.start({ intensity: 1, period: "5s", children: workers("a", "b", "c") });
    await tree.end(pid, "b", "crash");
    expect(await tree.end(pid, "b", "crash")).toBe("-b -c -a -supervisor");
    expect(tree.exits.at(-1)?.reason).toMatchObject({ kind: "failed", error: { kind: "SHUTDOWN" } });
  });
});
