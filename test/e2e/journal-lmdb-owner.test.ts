/** One node owns a journal file: a second one says who has it, and the next may have it as soon as the first was killed. */
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { Running, writeApp } from "./command.js";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A service that counts its starts in a durable process. */
function app(): string {
  const folder = mkdtempSync(join(tmpdir(), "perdure-owner-"));
  ends.push(() => rmSync(folder, { recursive: true }));
  return writeApp({
    "_index.yaml": `namespace: app
entries:
  - name: durable
    kind: process.host
    journal: {driver: lmdb, path: "${folder}/journal.mdb"}
  - {name: counter, kind: process.lua, source: file://counter.lua}
  - {name: memory, kind: process.host}
  - {name: visitor, kind: process.lua, source: file://visitor.lua}
  - {name: visits, kind: process.service, process: visitor, host: memory, lifecycle: {auto_start: true}}
`,
    "counter.lua": `
return function()
  local count = 0
  while true do
    local message = process.inbox():receive()
    count = count + 1
    message:reply(count)
  end
end`,
    "visitor.lua": `
return function()
  local counter = process.registry.lookup("counter")
    or process.with_context({}):with_name("counter"):spawn("app:counter", "app:durable")
  print("visit " .. process.call(counter, "visit"))
  process.events():receive()
end`,
  });
}

function start(dir: string): Running {
  const running = new Running(["run", dir]);
  ends.push(() => running.end("SIGKILL"));
  return running;
}

const visit = (running: Running): Promise<string> =>
  running.until("its visit", () => /^visit (\d+)$/m.exec(running.stdout)?.[1]);

it("names the holder and the place of the host in the configuration", async () => {
  const dir = app();
  const holder = start(dir);
  expect(await visit(holder)).toBe("1");
  const ended = await start(dir).ended;
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/_index\.yaml:3:5: process\.host app:durable did not start: /);
  expect(ended.stderr).toContain(`journal.mdb is held by process ${holder.child.pid} on ${hostname()} since `);
  // The holder has not noticed.
  expect((await holder.end("SIGTERM")).code).toBe(0);
});

it("goes on at once when the holder was killed", async () => {
  const dir = app();
  for (const count of ["1", "2", "3", "4"]) {
    const holder = start(dir);
    expect(await visit(holder)).toBe(count);
    await holder.end("SIGKILL");
  }
});
