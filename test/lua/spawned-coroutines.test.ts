/** What `coroutine.spawn` gives: a coroutine like any other to look at, which only the scheduler runs. */
import { expect, it } from "vitest";
import { virtualNode } from "../support/virtual.js";

function said(body: string) {
  const node = virtualNode({ "app:main": `local time = require("time") return function() ${body} end` });
  const outcome = node.run("app:main");
  expect(node.internalErrors).toEqual([]);
  return outcome.ok ? outcome.value : outcome.error;
}

it("is a thread with a status", () => {
  const body = `local spawned = coroutine.spawn(function() time.sleep("2s") end)
    local seen = { type(spawned), coroutine.status(spawned) }
    time.sleep("1s") seen[3] = coroutine.status(spawned)
    time.sleep("2s") seen[4] = coroutine.status(spawned)
    return seen`;
  expect(said(body)).toEqual(["thread", "suspended", "suspended", "dead"]);
});

it("is what the coroutine itself is told to be", () => {
  const body = `local inside
    local spawned = coroutine.spawn(function() inside = coroutine.running() end)
    time.sleep("1s")
    return inside == spawned`;
  expect(said(body)).toBe(true);
});

it("cannot be resumed by the program, before its first step, while it waits, nor once it has ended", () => {
  const body = `local ran = 0
    local spawned = coroutine.spawn(function() ran = ran + 1 time.sleep("2s") return function() ran = ran + 100 end end)
    local seen = { select(2, coroutine.resume(spawned)) }
    time.sleep("1s") seen[2] = select(2, coroutine.resume(spawned))
    time.sleep("2s") seen[3] = select(2, coroutine.resume(spawned))
    seen[4] = ran
    return seen`;
  expect(said(body)).toEqual([
    "cannot resume non-suspended coroutine",
    "cannot resume non-suspended coroutine",
    "cannot resume dead coroutine",
    1,
  ]);
});
