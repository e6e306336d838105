/** What `perdure journal` reads: of running nodes and stopped ones, of whole journals and damaged ones. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Behaviour, behaviourProgram, spawnSpec } from "../../actors/index.js";
import { type AppConfig, bootApp, loadApp, type RunningApp } from "../../app/index.js";
import {
  compactJournal,
  type JournalHostEntry,
  journalHosts,
  openStoredJournal,
  type StoredJournal,
} from "../../app/journal-tools.js";
import type { Journal, JournalReader, ProcessWrite, Programs, StoredTexts } from "../../durability/journal/index.js";
import { verifyJournal } from "../../durability/journal/index.js";
import { openLmdbJournal } from "../../durability/journal/lmdb/index.js";
import { baseText, type StoredState, stateText } from "../../durability/journal/records.js";
import { openRedisJournal } from "../../durability/journal/redis/index.js";
import { failure, type Payload, parsePid, unknownPid } from "../../mailbox/index.js";
import { until, writeApp } from "../support/app.js";
import { redisIsSkipped, redisUrl } from "../support/redis.js";

const counter = `local process = require("process")
local time = require("time")
local function main(step)
  process.registry.register("counter" .. step)
  local n, timer, inbox = 0, time.after("10m"), process.inbox()
  while true do
    local message = inbox:receive()
    if message:topic() == "stop" then return n end
    n = n + step
    if message:topic() == "get" then message:reply(n) end
    if message:topic() == "say" then print("n is " .. n) end
  end
end
return { main = main }
`;

const ends: (() => unknown)[] = [];
const events = { health: () => {}, lost: () => {} };
let names = 0;

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Tier {
  readonly driver: "lmdb" | "redis";
  /** The journal block of a host, which nobody has used. */
  readonly place: () => Promise<{ readonly yaml: string; readonly own: () => Promise<Journal> }>;
}

const tiers: readonly Tier[] = [
  {
    driver: "lmdb",
    place: async () => {
      const folder = await mkdtemp(join(tmpdir(), "perdure-tools-"));
      ends.push(() => rm(folder, { recursive: true }));
      const path = join(folder, "t.mdb");
      return { yaml: `{driver: lmdb, path: "${path}"}`, own: () => openLmdbJournal({ path, events }) };
    },
  },
  {
    driver: "redis",
    place: async () => {
      const [url, name] = [redisUrl(), `tools-${process.pid}-${++names}`];
      return {
        yaml: `{driver: redis, url: "${url}", name: ${name}}`,
        own: () => openRedisJournal({ url, name, events }),
      };
    },
  },
];

interface Opened {
  readonly config: AppConfig;
  readonly host: JournalHostEntry;
  readonly own: () => Promise<Journal>;
  boot(): Promise<RunningApp>;
  look<T>(use: (journal: StoredJournal) => Promise<T>): Promise<T>;
}

async function open(tier: Tier): Promise<Opened> {
  const { yaml, own } = await tier.place();
  const dir = await writeApp({
    "counter.lua": counter,
    "_index.yaml": `namespace: t
entries:
  - {name: durable, kind: process.host, journal: ${yaml}}
  - {name: memory, kind: process.host}
  - {name: counter, kind: process.lua, source: "file://counter.lua", modules: [process, time], method: main}
`,
  });
  ends.push(() => rm(dir, { recursive: true }));
  const config = await loadApp(dir);
  const host = journalHosts(config)[0] as JournalHostEntry;
  return {
    config,
    host,
    own,
    boot: async () => {
      const app = await bootApp(config);
      ends.push(() => app.stop());
      return app;
    },
    look: async (use) => {
      const journal = await openStoredJournal(config, host);
      try {
        return await use(journal);
      } finally {
        await journal.close();
      }
    },
  };
}

async function startCounter(app: RunningApp, step: number): Promise<string> {
  const pid = await app.client.spawn("t:counter", "t:durable", [step], {});
  if ("kind" in pid) throw new Error(pid.message);
  for (let i = 0; i < 3; i++) await app.client.send(pid, "say", i);
  expect(await app.client.call(pid, "get", null, 5_000)).toEqual({ ok: true, value: 4 * step });
  return pid.text;
}

async function verified(journal: StoredJournal): Promise<{ count: number; problems: string[] }> {
  const problems: string[] = [];
  let count = 0;
  for await (const one of journal.verify()) {
    count += 1;
    problems.push(...one.problems);
  }
  return { count, problems };
}

/** A journal with one process at rest, of which `damage` is written in its place; gives what is found wrong with it then. */
async function foundAfter(
  tier: Tier,
  damage: (texts: StoredTexts, state: StoredState) => Partial<ProcessWrite> | "source",
): Promise<string[]> {
  const opened = await open(tier);
  const app = await opened.boot();
  await startCounter(app, 2);
  await app.stop();
  const journal = await opened.own();
  const { head, states, sources } = await journal.claim();
  const [[id, state]] = [...states] as [[string, string]];
  const [records] = (await journal.read([id])) as [readonly string[]];
  const damaged = damage({ state, records }, JSON.parse(state) as StoredState);
  const write = { id, reset: true, records, state, ...(damaged === "source" ? {} : damaged) };
  const dropSources = damaged === "source" ? sources : [];
  const result = await journal.commit({ number: head + 1, writes: [write], sources: [], dropSources });
  expect(result).toEqual({ kind: "committed" });
  await journal.close(1_000);
  return (await opened.look(verified)).problems;
}

for (const tier of tiers) {
  describe.skipIf(tier.driver === "redis" && redisIsSkipped)(`a journal on ${tier.driver}`, () => {
    it("is read while its node runs, and its node does not notice", async () => {
      const opened = await open(tier);
      const app = await opened.boot();
      const fenced: unknown[] = [];
      app.system.events.on("fenced", (event) => fenced.push(event));
      const pid = await startCounter(app, 3);
      await opened.look(async (journal) => {
        const before = await journal.owner();
        await until(async () => (await journal.rows())[0]?.inputs === 7);
        const rows = await journal.rows();
        expect(rows).toMatchObject([
          { pid, entry: "t:counter", status: "waiting", inputs: 7, names: ["counter3"], undelivered: 0 },
        ]);
        expect(rows[0]!.dueAt! - rows[0]!.lastInputAt!).toBeGreaterThan(9 * 60_000);
        expect(await verified(journal)).toEqual({ count: 1, problems: [] });
        expect((await journal.owner()).epoch).toBe(before.epoch);
      });
      expect(await app.client.call(parsePid(pid)!, "get", null, 5_000)).toEqual({ ok: true, value: 15 });
      expect(fenced).toEqual([]);
    });

    it("sees what a node writes while it is open", async () => {
      const opened = await open(tier);
      const app = await opened.boot();
      await startCounter(app, 1);
      await opened.look(async (journal) => {
        expect(await journal.rows()).toHaveLength(1);
        const second = await startCounter(app, 2);
        await until(async () => (await journal.rows()).length === 2);
        expect((await journal.inspect(second))?.view.names).toEqual(["counter2"]);
        await app.client.send(parsePid(second)!, "stop");
        await until(async () => (await journal.rows()).length === 1);
        expect(await journal.inspect(second)).toBeUndefined();
      });
    });

    it("shows all of one process, found by its PID, its id or its name", async () => {
      const opened = await open(tier);
      const app = await opened.boot();
      const pid = await startCounter(app, 5);
      await app.stop();
      await opened.look(async (journal) => {
        const found = (await journal.inspect(pid))!;
        expect(found.view).toMatchObject({ pid, status: "waiting", problems: [], isWorkflow: false });
        expect(found.view.base?.start?.spec.args).toEqual([5]);
        const signals = found.view.journal.flatMap((input) => (input.kind === "envelope" ? [input.signal] : []));
        expect(found.view.journal).toHaveLength(7);
        expect(found.view.journal[0]).toMatchObject({ kind: "settled", outcome: { ok: true, value: true } });
        expect(signals.map(({ kind }) => kind)).toEqual([
          "message",
          "message",
          "message",
          "monitor",
          "message",
          "demonitor",
        ]);
        expect(signals[1]).toEqual({ kind: "message", topic: "say", payloads: [1] });
        expect(found.work).toMatchObject({ open: [[expect.any(Number), expect.any(Number), { kind: "timer" }]] });
        expect(await journal.inspect(found.view.id)).toEqual(found);
        expect(await journal.inspect("counter5")).toEqual(found);
        expect(await journal.inspect("counter6")).toBeUndefined();
        for await (const view of journal.views()) expect(view).toEqual(found.view);
      });
    });

    it("is in order when its node was stopped in the middle of its work", async () => {
      const opened = await open(tier);
      const app = await opened.boot();
      for (let step = 1; step <= 20; step++) await startCounter(app, step);
      for (const { pid } of await opened.look((journal) => journal.rows())) {
        for (let i = 0; i < 10; i++) void app.client.send(parsePid(pid)!, "say", i);
      }
      await app.stop();
      expect(await opened.look(verified)).toEqual({ count: 20, problems: [] });
    });

    it("that nobody has used yet is said to be missing", async () => {
      const opened = await open(tier);
      await expect(opened.look(verified)).rejects.toThrow(/^there is no journal .*no node has used it yet/);
    });

    it("has a problem when a record cannot be read", async () => {
      const problems = await foundAfter(tier, ({ records }) => ({ records: [records[0]!, '{"i":[["q",1]]}'] }));
      expect(problems).toEqual([expect.stringMatching(/^record 2 of 2: the record of .* of the unknown kind "q"$/)]);
    });

    it("has a problem when its state cannot be read", async () => {
      const problems = await foundAfter(tier, (_texts, state) => ({ state: JSON.stringify({ ...state, v: 99 }) }));
      expect(problems).toEqual([expect.stringMatching(/^the state of .* cannot be read: .*version 99 is not 1$/)]);
    });

    it("has a problem when records are missing", async () => {
      const problems = await foundAfter(tier, ({ records }) => ({ records: records.slice(0, 1) }));
      expect(problems).toEqual(["its records have 0 inputs where 7 are counted"]);
    });

    it("has a problem when a replay makes fewer or more effects than were committed", async () => {
      const more = await foundAfter(tier, (_texts, state) => ({ state: stateText({ ...state, x: state.x + 1 }) }));
      expect(more).toEqual([expect.stringMatching(/^its replay made (\d+) effects where \d+ are recorded$/)]);
      const fewer = await foundAfter(tier, (_texts, state) => ({ state: stateText({ ...state, x: state.x - 1 }) }));
      expect(fewer).toEqual([expect.stringMatching(/^its replay made (\d+) effects where \d+ are recorded$/)]);
    });

    it("has a problem when it lacks a source, though the app has it", async () => {
      const problems = await foundAfter(tier, () => "source");
      expect(problems).toEqual([expect.stringMatching(/^the journal does not have the source [0-9a-f]+ of t:counter/)]);
    });
  });
}

describe("a file", () => {
  it("is compacted when no node has it", async () => {
    const opened = await open(tiers[0]!);
    const app = await opened.boot();
    await startCounter(app, 1);
    await expect(compactJournal(opened.config, opened.host)).rejects.toThrow(/is held by process \d+/);
    await app.stop();
    const { path, beforeBytes, afterBytes } = (await compactJournal(opened.config, opened.host))!;
    expect(path).toMatch(/t\.mdb$/);
    expect(afterBytes).toBeLessThanOrEqual(beforeBytes);
    expect(await opened.look(verified)).toEqual({ count: 1, problems: [] });
  });

  it("is not what a journal on Redis has", async () => {
    const host = { id: "t:d", journal: { store: { driver: "redis", url: "redis://h", wait: 0 } } };
    expect(await compactJournal({} as AppConfig, host as unknown as JournalHostEntry)).toBeUndefined();
  });
});

describe("a program that depends on more than its inputs", () => {
  /** It waits for another time in each world. */
  const programs = (world: number): Programs => {
    const nothing = failure("NOT_FOUND", "none");
    const behaviour: Behaviour<Payload> = {
      init: () => ({ state: null, commands: [{ kind: "request", request: { kind: "timer", delayMs: world } }] }),
      handle: (state) => ({ state, commands: [] }),
    };
    return {
      current: () => nothing,
      pinned: () => ({ program: behaviourProgram(behaviour), hash: "", isWorkflow: false }),
      learn: () => undefined,
      text: () => undefined,
      options: () => ({}),
      activity: () => nothing,
    };
  };
  const spec = { ...spawnSpec(unknownPid, "", 1, { entry: "t:b", host: "t:h" }), parent: "" };
  const texts: StoredTexts = {
    records: [baseText({ v: 1, incarnation: "i", hash: "", start: { at: 1, spec }, open: [] })],
    state: stateText({ v: 1, inc: "i", entry: "t:b", hash: "", at: 1, n: 0, x: 1 }),
  };
  const reader: JournalReader = {
    driver: "none",
    address: "",
    owner: () => Promise.resolve({ epoch: 1, head: 1 }),
    states: () => Promise.resolve(new Map([["1", texts.state]])),
    read: () => Promise.resolve([texts]),
    readSource: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  const problems = async (second: number): Promise<string[]> => {
    const all = { reader, node: "n", hostId: "t:h", maxSlices: 10, programs: [programs(1), programs(second)] as const };
    const found: string[] = [];
    for await (const one of verifyJournal(all)) found.push(...one.problems);
    return found;
  };

  it("is noticed by a second replay", async () => {
    expect(await problems(1)).toEqual([]);
    expect(await problems(2)).toEqual([
      "two replays of it gave different effects: they depend on more than its inputs",
    ]);
  });
});
