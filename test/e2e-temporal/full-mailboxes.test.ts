/** A workflow that writes to processes whose mailboxes are full: it is told so, or waits, in memory and on a journal. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestApp } from "../support/app.js";
import { describeTemporal, temporalAddress, uniqueQueue } from "../support/temporal.js";

const sleeper = `
local process = require("process")
return { main = function(count)
  local events, inbox = process.events(), process.inbox()
  repeat local event = events:receive() until event.kind == process.event.CANCEL
  local taken = {}
  while #taken < count do table.insert(taken, inbox:receive():payload():data()) end
  return taken
end }`;

/** Sends so many numbers, and ends with what it was answered. */
const writer = `
local process = require("process")
return { main = function(to, count)
  local answers = {}
  for i = 1, count do
    local ok, err = process.send(to, "n", i)
    answers[i] = ok and "ok" or err:kind()
  end
  return answers
end }`;

describeTemporal("a workflow that writes to a full mailbox", () => {
  let app: TestApp;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "perdure-full-"));
    const process = (name: string, mailbox: string) =>
      `  - {name: ${name}, kind: process.lua, source: "file://sleeper.lua", modules: [process], mailbox: ${mailbox}}`;
    const yaml = `namespace: t
entries:
  - {name: client, kind: temporal.client, address: "${temporalAddress()}"}
  - {name: worker, kind: temporal.worker, client: client, task_queue: "${uniqueQueue("full")}"}
  - {name: memory, kind: process.host}
  - {name: durable, kind: process.host, journal: {driver: lmdb, path: "${dir}/journal.mdb"}}
${process("block", "{size: 2, on_full: block, send_timeout: 20s}")}
${process("fail", "{size: 2, on_full: fail}")}
  - {name: writer, kind: workflow.lua, source: "file://writer.lua", modules: [process], meta: {temporal: {workflow: {worker: worker}}}}
`;
    app = await TestApp.boot({ "_index.yaml": yaml, "sleeper.lua": sleeper, "writer.lua": writer });
  });
  afterAll(async () => {
    await app?.stop();
    await rm(dir, { recursive: true });
  });

  const answers = (to: string, count: number) => app.client.exec("t:writer", "t:worker", [to, count]);

  it.each(["t:memory", "t:durable"])("is told that there is no room on %s (fail)", async (host) => {
    const reader = await app.spawn("t:fail", host, [2], { monitor: true });
    expect(await answers(reader.text, 3)).toEqual({ ok: true, value: ["ok", "ok", "LIMIT_EXCEEDED"] });
    await app.client.cancel(reader);
    expect(await app.hears(reader)).toMatchObject([{ reason: { value: [1, 2] } }]);
  });

  it.each(["t:memory", "t:durable"])("waits until there is room on %s (block)", async (host) => {
    const reader = await app.spawn("t:block", host, [4], { monitor: true });
    const full = new Promise((resolve) => app.running.system.events.once("mailbox_full", resolve));
    const answered = answers(reader.text, 4);
    await full;
    await app.client.cancel(reader);
    expect(await answered).toEqual({ ok: true, value: ["ok", "ok", "ok", "ok"] });
    expect(await app.hears(reader)).toMatchObject([{ reason: { value: [1, 2, 3, 4] } }]);
  });
});
