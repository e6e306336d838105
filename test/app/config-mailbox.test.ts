/** The `mailbox` block of hosts and processes, and where there can be none. */
import { describe, expect, test } from "vitest";
import { loadEntries, problemsIn } from "./fixtures/config/app.js";

describe("a mailbox block", () => {
  test("bounds a host, and one process in place of its host", async () => {
    const config = await loadEntries(`
  - {name: pool, kind: process.host, mailbox: {size: 100}}
  - {name: desk, kind: process.lua, source: return 1, mailbox: {size: 5, on_full: drop_old}}
  - {name: slow, kind: process.lua, source: return 1, mailbox: {size: 5, on_full: block, send_timeout: 1m}}
`);
    expect(config.entries.get("app:pool")).toMatchObject({
      mailbox: { size: 100, onFull: "block", sendTimeoutMs: 5_000 },
    });
    expect(config.entries.get("app:desk")).toMatchObject({ mailbox: { size: 5, onFull: "drop_old" } });
    expect(config.entries.get("app:slow")).toMatchObject({ mailbox: { sendTimeoutMs: 60_000 } });
  });

  test("is refused with a reason where nothing could enforce it", async () => {
    const lines = await problemsIn(`
  - {name: client, kind: temporal.client, address: "a:1"}
  - {name: worker, kind: temporal.worker, client: client, task_queue: q, mailbox: {size: 5}}
  - {name: flow, kind: workflow.lua, source: return 1, mailbox: {size: 5}}
  - {name: job, kind: function.lua, method: main, source: return 1, mailbox: {size: 5}}
`);
    expect(lines).toHaveLength(3);
    expect(lines.join("\n")).toMatch(/"mailbox" cannot be set for a worker: the Temporal server keeps every signal/);
    expect(lines.join("\n")).toMatch(/"mailbox" cannot be set for a workflow: the Temporal server keeps every signal/);
    expect(lines.join("\n")).toMatch(/"mailbox" cannot be set for a function, which gets no messages/);
  });

  test("says what is wrong in it", async () => {
    const lines = await problemsIn(`
  - {name: a, kind: process.host, mailbox: {on_full: fail}}
  - {name: b, kind: process.host, mailbox: {size: 0}}
  - {name: c, kind: process.host, mailbox: {size: 1, on_full: drop}}
  - {name: d, kind: process.host, mailbox: {size: 1, on_full: fail, send_timeout: 1s}}
`);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/missing "mailbox.size"/);
    expect(lines[1]).toMatch(/"mailbox.size" must be at least 1/);
    expect(lines[2]).toMatch(/"mailbox.on_full" must be one of block, fail, drop_new, drop_old, dead_letter/);
    expect(lines[3]).toMatch(/"mailbox.send_timeout" must be left out: with "on_full" fail no sender waits/);
  });
});
