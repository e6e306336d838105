/** Supervision trees of a real node over kill -9: durable children are found again, and there is never a second one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openLmdbJournal } from "../../durability/journal/lmdb/index.js";
import type { AppFiles } from "../support/app.js";
import { Running, writeApp } from "./command.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** `counter` keeps a number and is on the journal; `driver` is in memory and has it count. */
const source = `
local supervisor = require("supervisor")
local time = require("time")

local function counter()
  print("counter begins " .. process.pid())
  local n = 0
  local adds, events = process.listen("add", {message = true}), process.events()
  while true do
    local got = channel.select{adds:case_receive(), events:case_receive()}
    if got.channel == events then
      print("counter stops")
      return
    end
    n = n + 1
    got.value:reply({n = n, pid = process.pid()})
  end
end

local function driver(tree)
  print("driver begins")
  local events = process.events()
  while true do
    local answer, err = process.call("the counter", "add")
    if not err then
      local children, refusal = supervisor.which_children(tree)
      local shown = children and "no child" or refusal:kind()
      for _, child in ipairs(children or {}) do
        if child.id == "counter" then shown = child.status .. " " .. (child.pid or "-") end
      end
      print("count " .. answer.n .. " of " .. answer.pid .. " shown as " .. shown)
    end
    local got = channel.select{events:case_receive(), time.after("10ms"):case_receive()}
    if got.channel == events then return end
  end
end

local function finisher(tree)
  print("terminated " .. tostring(supervisor.terminate_child(tree, "counter")))
end

return {counter = counter, driver = driver, finisher = finisher}
`;

function app(host: "memory" | "flows", path: string, more = ""): AppFiles {
  const modules = "modules: [channel, process, supervisor, time]";
  return {
    "tree.lua": source,
    "_index.yaml": `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: flows, kind: process.host, journal: {driver: lmdb, path: "${path}"}}
  - {name: counter, kind: process.lua, source: "file://tree.lua", method: counter, ${modules}}
  - {name: driver, kind: process.lua, source: "file://tree.lua", method: driver, ${modules}}
  - {name: finisher, kind: process.lua, source: "file://tree.lua", method: finisher, ${modules}}
  - name: tree
    kind: process.supervisor
    host: ${host}
    children:
      - {id: counter, process: counter, host: flows, name: the counter, restart: transient}
      - {id: driver, process: driver, host: memory, args: [t:tree], restart: transient}
    lifecycle: {auto_start: true}
${more}`,
  };
}

interface Count {
  readonly n: number;
  readonly pid: string;
  readonly shown: string;
}

function counts(text: string): Count[] {
  return [...text.matchAll(/^count (\d+) of (\S+) shown as (.*)$/gm)].map(([, n, pid, shown]) => ({
    n: Number(n),
    pid: pid!,
    shown: shown!,
  }));
}

/** Run until the counter has got to `n`, then end the node that way; what it printed. */
async function runTo(dir: string, n: number, signal: "SIGKILL" | "SIGTERM"): Promise<string> {
  const running = new Running(["run", dir]);
  ends.push(() => running.end("SIGKILL"));
  await running.until(`count ${n}`, () => counts(running.stdout).some((count) => count.n >= n) || undefined);
  return (await running.end(signal)).stdout;
}

async function processesOf(path: string): Promise<number> {
  const journal = await openLmdbJournal({ path, sync: true, events: { health: () => {}, lost: () => {} } });
  const { states } = await journal.claim();
  await journal.close(1000);
  return states.size;
}

describe.each(["memory", "flows"] as const)("a tree on %s", (host) => {
  it("has the same durable child after kill -9 and SIGTERM, with its state, and no second one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "perdure-tree-"));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "flows.mdb");
    const dir = writeApp(app(host, path));
    let printed = "";
    printed += await runTo(dir, 5, "SIGKILL");
    printed += await runTo(dir, 15, "SIGKILL");
    printed += await runTo(dir, 25, "SIGTERM");
    const all = counts(printed);
    const pids = new Set(all.map(({ pid }) => pid));
    expect(pids.size).toBe(1);
    // UNAVAILABLE: at the end of a node the supervisor ends before the driver does.
    const shown = new Set(all.map((count) => count.shown).filter((text) => text !== "UNAVAILABLE"));
    expect(shown).toEqual(new Set([`running ${[...pids][0]}`]));
    expect(all.map(({ n }) => n)).toEqual([...all.map(({ n }) => n)].sort((a, b) => a - b));
    expect(printed.match(/^counter begins/gm)).toHaveLength(1);
    expect(printed).not.toContain("counter stops");
    expect(printed.match(/^driver begins/gm)).toHaveLength(3);
    expect(await processesOf(path)).toBe(host === "memory" ? 1 : 2);

    const finish =
      "  - {name: finish, kind: process.service, process: finisher, host: memory, input: [t:tree], lifecycle: {auto_start: true, requires: [tree]}}\n";
    const last = new Running(["run", writeApp(app(host, path, finish))]);
    ends.push(() => last.end("SIGKILL"));
    await last.until("the end of the counter", () => last.stdout.includes("terminated true") || undefined);
    const { stdout } = await last.end("SIGTERM");
    expect(stdout).toContain("counter stops");
    expect(stdout).not.toContain("counter begins");
    expect(await processesOf(path)).toBe(host === "memory" ? 0 : 1);
  }, 120_000);
});
