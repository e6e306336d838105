/** Processes that leave the memory and come back under the same claim: who talks to them must not notice. */
import { expect, it } from "vitest";
import { FakeDisk } from "../support/fake-journal.js";
import { JournalNode } from "../support/journal-node.js";

const echo = `
return function(to)
  local time = require("time")
  local ticker = time.ticker("1m")
  local inbox = process.inbox()
  local count = 0
  while true do
    local got = channel.select({ inbox:case_receive(), ticker:response():case_receive() })
    count = count + 1
    if got.channel == inbox then
      if to then process.send(to, "seen", count) end
      got.value:reply(count)
    end
  end
end`;
const listener = `
return function()
  local seen = {}
  while true do
    local message = process.inbox():receive()
    if message:topic() == "seen" then table.insert(seen, message:payload():data()) else message:reply(seen) end
  end
end`;

const sources = { "app:echo": echo, "app:listener": listener };

it("are heard after each return, by processes in memory and in the journal", async () => {
  const node = await new JournalNode(new FakeDisk(), sources, { idleTimeoutMs: 1_000 }).start();
  const kept = await node.spawn("app:listener");
  const fleeting = await node.spawn("app:listener", [], {}, "test:memory");
  const echoes = [await node.spawn("app:echo", [kept.text]), await node.spawn("app:echo", [fleeting.text])];
  for (let round = 0; round < 5; round++) {
    for (const pid of echoes) for (let i = 1; i <= 4; i++) expect((await node.call(pid, "count")).ok).toBe(true);
    await node.advance(2_500);
    expect(node.journal.counts).toEqual({ active: 0, all: 3 });
  }
  const all = Array.from({ length: 20 }, (_, i) => i + 1);
  for (const pid of [kept, fleeting]) expect(await node.call(pid, "seen so far")).toEqual({ ok: true, value: all });
});

it("are asked to go on anew once, not after each return", async () => {
  const node = await new JournalNode(new FakeDisk(), sources, { idleTimeoutMs: 1_000, continueAt: 20 }).start();
  await node.spawn("app:echo");
  await node.advance(35 * 60_000);
  expect(node.logs.map(({ message }) => message)).toEqual([expect.stringContaining("on_continue is not set")]);
});
