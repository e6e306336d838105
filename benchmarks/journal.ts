/** The questions about journals, on Redis with its two kinds of fsync and on LMDB, each next to its peers in one run. */
import { join } from "node:path";
import type { Result } from "./harness.js";
import { openMessages, senders } from "./journal-messages.js";
import { openPeers } from "./journal-peers.js";
import type { JournalPlace } from "./journal-place.js";
import { recoverySubjects } from "./journal-recovery.js";
import { wakeUpSubjects } from "./journal-wake-up.js";
import { measure, type Subject } from "./rounds.js";
import { type Fsync, withFolder, withRedis } from "./servers.js";

interface Run {
  ask(subjects: readonly Subject[]): Promise<void>;
  wants(part: string): boolean;
}

/** `part`: messages, wake-up or recovery; undefined asks all. */
export async function measureJournals(
  rounds: number,
  note: (result: Result) => void,
  part: string | undefined,
): Promise<Result[]> {
  const results: Result[] = [];
  const run: Run = {
    ask: async (subjects) => void results.push(...(await measure(subjects, rounds, note))),
    wants: (name) => part === undefined || part === name,
  };
  for (const fsync of ["everysec", "always"] as const) await onRedis(fsync, run);
  for (const sync of [true, false]) await onLmdb(sync, run);
  return results;
}

function onRedis(fsync: Fsync, { ask, wants }: Run): Promise<void> {
  const label = `redis ${fsync}`;
  return withRedis(fsync, async (redis) => {
    const place = (name: string): JournalPlace => ({ driver: "redis", url: redis.url, name });
    if (wants("messages")) {
      const messages = await openMessages(label, place);
      const peers = await openPeers(redis, label, senders);
      await ask([...messages.subjects, ...peers.subjects]);
      await peers.close();
      await messages.close();
    }
    if (wants("wake-up")) await ask(wakeUpSubjects(label, place("wake-up")));
    if (wants("recovery") && fsync === "everysec") await ask(recoverySubjects(label, place));
  });
}

function onLmdb(sync: boolean, { ask, wants }: Run): Promise<void> {
  const label = sync ? "lmdb" : "lmdb sync: false";
  return withFolder(async (folder) => {
    const place = (name: string): JournalPlace => ({ driver: "lmdb", path: join(folder, `${name}.lmdb`), sync });
    if (wants("messages")) {
      const messages = await openMessages(label, place);
      await ask(messages.subjects);
      await messages.close();
    }
    if (wants("wake-up")) await ask(wakeUpSubjects(label, place("wake-up")));
    if (wants("recovery") && sync) await ask(recoverySubjects(label, place));
  });
}
