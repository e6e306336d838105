/**
 * One node with hosts of several tiers for the same Lua sources, in real time: `test:memory`, `test:lmdb` (a temporary file) and, with
 * an address, `test:redis`. Every process is recorded, for the law of replay.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootId, type Client, createSystem, isBootId, type Outcome, Process, type System } from "../../actors/index.js";
import { firstNumberOf } from "../../durability/journal/births.js";
import { type Journal, type JournalEvents, JournalHost, type Programs } from "../../durability/journal/index.js";
import { openLmdbJournal } from "../../durability/journal/lmdb/index.js";
import { openRedisJournal } from "../../durability/journal/redis/index.js";
import { MemoryHost, realClock, Scheduler } from "../../durability/memory/index.js";
import { LuaRuntime, type LuaSource } from "../../lua/index.js";
import { type Failure, failure, type Payload } from "../../mailbox/index.js";
import { assertReplays } from "./replay.js";
import { Tapes } from "./tape.js";
import { luaSource, type SourceSpec } from "./virtual.js";

export interface Tiers {
  readonly system: System;
  readonly client: Client;
  /** Run an entry on a host and wait for its result. */
  run(entry: string, host: string, ...args: Payload[]): Promise<Outcome>;
  /** Every recorded process, replayed with a cut after each input; how many there were. */
  replayAll(): number;
  close(): Promise<void>;
}

export async function openTiers(specs: Readonly<Record<string, SourceSpec>>, redisUrl?: string): Promise<Tiers> {
  const folder = mkdtempSync(join(tmpdir(), "perdure-tiers-"));
  const sources = new Map(Object.entries(specs).map(([id, spec]) => [id, luaSource(id, spec)]));
  const runtime = new LuaRuntime();
  const clock = realClock();
  const load = ({ entry }: { entry: string }, on = runtime) => {
    const source = sources.get(entry);
    if (source === undefined) return failure("NOT_FOUND", "factory not found", { retryable: false });
    return on.program(source, { sliceInstructions: 20_000 });
  };
  const system = createSystem({
    node: bootId(randomBytes(6).toString("hex")),
    clock,
    load,
    invoke: (_caller, { target, args, context, options }, done) =>
      client.start((self) => self.exec(target, "test:memory", args, { context, options }), done),
    randomBytes: (count) => randomBytes(count),
  });
  const scheduler = new Scheduler(clock);
  const [inMemory, inJournals] = [new Tapes(), new Tapes()];
  const memory = new MemoryHost({ id: "test:memory", system, scheduler, record: inMemory.record });
  system.attach(memory);
  const client: Client = memory.openClient("test:client");
  const programs = programsOf(sources, runtime);
  const openJournalHost = async (id: string, open: (events: JournalEvents) => Promise<Journal>): Promise<void> => {
    const common = { maxProcesses: 0, maxSlices: 2000, idleTimeoutMs: 0, continueAt: 0, snapshotEvery: 100 };
    const rest = { catchUp: "one", retentionMs: 60_000, isEphemeral: isBootId, record: inJournals.record } as const;
    const host = new JournalHost({ id, system, scheduler, journalName: id, open, programs, ...common, ...rest });
    const problem = await host.start();
    if (problem !== undefined) throw new Error(problem.message);
    system.attach(host);
    host.ready();
  };
  await openJournalHost("test:lmdb", (events) => openLmdbJournal({ path: join(folder, "journal.mdb"), events }));
  if (redisUrl !== undefined) {
    const name = `tiers-${randomBytes(6).toString("hex")}`;
    await openJournalHost("test:redis", (events) => openRedisJournal({ url: redisUrl, name, events }));
  }
  return {
    system,
    client,
    run: (entry, host, ...args) => client.exec(entry, host, args),
    replayAll: () => {
      const node = { sources, load };
      // Each journal is new, so this is its first claim.
      const recordings = [
        ...inMemory.recordings(node),
        ...inJournals.recordings(node, new LuaRuntime(), ({ startedAt, ...made }) => {
          const process = new Process({ ...made, counted: true });
          process.raiseSequence(firstNumberOf(1, startedAt));
          return process;
        }),
      ];
      for (const recording of recordings) assertReplays(recording);
      return recordings.length;
    },
    close: async () => {
      await system.close(1000);
      rmSync(folder, { recursive: true });
    },
  };
}

function programsOf(sources: ReadonlyMap<string, LuaSource>, runtime: LuaRuntime): Programs {
  const byHash = new Map([...sources.values()].map((source) => [source.hash, source]));
  const loaded = (source: LuaSource) => {
    const program = runtime.program(source, { sliceInstructions: 20_000 });
    return "kind" in program ? (program as Failure) : { program, hash: source.hash, isWorkflow: false };
  };
  return {
    current: (entry) => {
      const source = sources.get(entry);
      return source === undefined ? failure("NOT_FOUND", "factory not found", { retryable: false }) : loaded(source);
    },
    pinned: (_entry, hash) => {
      const source = byHash.get(hash);
      return source === undefined ? undefined : loaded(source);
    },
    learn: () => undefined,
    text: (hash) => JSON.stringify(byHash.get(hash)),
    options: () => ({}),
    activity: (target) => failure("NOT_FOUND", "no handler registered for target", { details: { target } }),
  };
}
