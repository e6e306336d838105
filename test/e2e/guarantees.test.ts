/** What a kill -9 of a whole node leaves of processes in memory and of a journal in an LMDB file without sync: docs/guarantees.md. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Pid } from "../../mailbox/index.js";
import { pidOf, until, writeApp } from "../support/app.js";
import { Running } from "./command.js";
import { guaranteeApp, numbersOf, WatchedApp } from "./guarantees.js";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Two relays of the journal, and a process in memory that sends the first one numbers and prints those that are accepted. */
const service = `  - {name: sender, kind: process.lua, source: "file://sender.lua", modules: [process]}
  - {name: service, kind: process.service, process: sender, host: memory, lifecycle: {auto_start: true, requires: [durable]}}
`;
const sender = `return { main = function()
  local watcher = process.spawn("t:agent", "t:durable", { trap = true })
  process.call(watcher, "link", process.pid())
  process.call(watcher, "monitor", process.pid())
  local second = process.spawn("t:relay", "t:durable")
  local first = process.spawn("t:relay", "t:durable", second)
  print("pids " .. table.concat({ process.pid(), watcher, first, second }, " "))
  for number = 1, 1000000 do
    local ok, err = process.send(first, "n", number)
    if err then error(err) end
    print("accepted " .. number)
  end
end }
`;

it("a process in memory ends with its node, and what it left in a journal goes on and hears so; also without sync", async () => {
  const folder = mkdtempSync(join(tmpdir(), "perdure-guarantees-"));
  ends.push(() => rmSync(folder, { recursive: true }));
  const journal = `{driver: lmdb, path: "${join(folder, "kept.mdb")}", sync: false, name: kept}`;
  const app = await writeApp({ ...(await guaranteeApp(journal, service)), "sender.lua": sender });
  ends.push(() => rmSync(app, { recursive: true }));
  const node = new Running(["run", app]);
  const printed = (word: string): string[] =>
    node.stdout.split("\n").flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  await node.until("it has accepted some", () => (printed("accepted").length > 300 ? true : undefined));
  await node.end("SIGKILL");
  const accepted = printed("accepted");
  const pids = printed("pids")[0]!.split(" ").map(pidOf);

  const next = await WatchedApp.boot(journal);
  ends.push(() => next.app.stop());
  const [memory, watcher, first, second] = pids as [Pid, Pid, Pid, Pid];
  const rows = await next.seen(first);
  const numbers = numbersOf(rows);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(numbers.length).toBeGreaterThanOrEqual(accepted.length);
  await until(async () => (await next.seen(second)).length >= rows.length);
  expect(await next.seen(second)).toEqual(rows);
  await until(async () => (await next.heardBy(watcher)).length === 2);
  expect(await next.heardBy(watcher)).toEqual(["pid.exit UNAVAILABLE", "pid.link.down UNAVAILABLE"]);
  expect(await next.app.tell(memory, "n", 1)).toMatchObject({ ok: false, error: { kind: "UNAVAILABLE" } });
  expect(next.health).toEqual([]);
}, 30_000);
