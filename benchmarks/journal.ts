/** The questions about journals, on Redis with its two kinds of fsync and on LMDB, each next to its peers in one run. */
import { join } from "node:path";
import { openLmdbJournal } from "../durability/journal/lmdb/index.js";
import { openRedisJournal } from "../durability/journal/redis/index.js";
import { measure, type Result, type Subject } from "./harness.js";
import { openMessages, senders } from "./journal-messages.js";
import type { OpenJournal } from "./journal-node.js";
import { openPeers } from "./journal-peers.js";
import { recoverySubjects, wakeUpSubjects } from "./journal-return.js";
import { type Fsync, withFolder, withRedis } from "./servers.js";

/** Recovery is long: it is asked that often at most. */
const recoveryRounds = 5;

type Note = (result: Result) => void;

/** `part`: only these questions, for a closer look. */
export async function measureJournals(rounds: number, note: Note, part: string | undefined): Promise<Result[]> {
  const results: Result[] = [];
  const wants = (name: string): boolean => part === undefined || part === name;
  const ask = async (subjects: readonly Subject[], count = rounds): Promise<void> => {
    results.push(...(await measure(subjects, count, note)));
  };
  for (const fsync of ["everysec", "always"] as const) await onRedis(fsync, ask, wants);
  await onLmdb(ask, wants, rounds);
  return results;
}

type Ask = (subjects: readonly Subject[], rounds?: number) => Promise<void>;
type Wants = (name: string) => boolean;

function onRedis(fsync: Fsync, ask: Ask, wants: Wants): Promise<void> {
  const label = `redis ${fsync}`;
  return withRedis(fsync, async (redis) => {
    const open = (name: string): OpenJournal => {
      return (events) => openRedisJournal({ url: redis.url, name, events });
    };
    if (wants("messages")) {
      const messages = await openMessages(label, open("messages"));
      const peers = await openPeers(redis, label, senders);
      await ask([...messages.subjects, ...peers.subjects]);
      await peers.close();
      await messages.close();
    }
    if (wants("wake-up")) await ask(wakeUpSubjects(label, open("wake-up")));
    if (wants("recovery") && fsync === "everysec") await ask(recoverySubjects(label, open("recovery")), recoveryRounds);
  });
}

function onLmdb(ask: Ask, wants: Wants, rounds: number): Promise<void> {
  return withFolder(async (folder) => {
    for (const sync of [true, false]) {
      const label = sync ? "lmdb" : "lmdb sync: false";
      const open = (name: string): OpenJournal => {
        return (events) => openLmdbJournal({ path: join(folder, `${name}-${sync}.lmdb`), sync, events });
      };
      if (wants("messages")) {
        const messages = await openMessages(label, open("messages"));
        await ask(messages.subjects);
        await messages.close();
      }
      if (wants("wake-up")) await ask(wakeUpSubjects(label, open("wake-up")));
      if (wants("recovery") && sync)
        await ask(recoverySubjects(label, open("recovery")), Math.min(rounds, recoveryRounds));
    }
  });
}
