/** `process.host` entries with a journal as parts of a node. Imported only when an app has one; loads the driver it needs and no other. */
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isBootId } from "../actors/index.js";
import { type Journal, JournalError, type JournalEvents, JournalHost } from "../durability/journal/index.js";
import type { Failure } from "../mailbox/index.js";
import { systemReason } from "./config/errors.js";
import { journalNameOf } from "./config/journal.js";
import type { AppConfig, EntryOf } from "./entries.js";
import { journalPrograms } from "./journal-programs.js";
import { mailboxLimits } from "./mailboxes.js";
import { maxSlices, type Node } from "./node.js";

export interface JournalHostPart {
  readonly part: "journal";
  readonly host: JournalHost;
  /** Every part has started: what was running goes on. */
  ready(): void;
  stop(): Promise<void>;
}

type HostEntry = EntryOf<"process.host">;
type JournalConfig = NonNullable<HostEntry["journal"]>;

export async function startJournalHost(
  config: AppConfig,
  node: Node,
  entry: HostEntry & { readonly journal: JournalConfig },
): Promise<JournalHostPart | Failure> {
  const { journal } = entry;
  const host = new JournalHost({
    id: entry.id,
    system: node.system,
    scheduler: node.scheduler,
    journalName: journalNameOf(entry),
    open: (events) => openDriver(config, journalNameOf(entry), journal, events),
    programs: { ...journalPrograms(config, node, entry.id), mailbox: mailboxLimits(config, entry) },
    isEphemeral: isBootId,
    maxProcesses: entry.maxProcesses ?? 0,
    maxSlices,
    idleTimeoutMs: journal.idleTimeoutMs,
    continueAt: journal.continueAt,
    catchUp: journal.catchUp,
    retentionMs: journal.retentionMs,
    snapshotEvery: journal.snapshotEvery,
  });
  const error = await host.start();
  if (error !== undefined) return error;
  node.system.attach(host);
  const graceMs = Math.min(entry.lifecycle.stopTimeoutMs, config.runtime.shutdownTimeoutMs);
  return { part: "journal", host, ready: () => host.ready(), stop: () => host.close(graceMs) };
}

async function openDriver(
  config: AppConfig,
  name: string,
  { store }: JournalConfig,
  events: JournalEvents,
): Promise<Journal> {
  if (store.driver === "redis") {
    const { openRedisJournal } = await import("../durability/journal/redis/index.js");
    return openRedisJournal({ url: store.url, name, events, options: { wait: store.wait } });
  }
  const path = resolve(config.dir, store.path);
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw new JournalError(
      "INVALID",
      `the folder of journal.path ${store.path} cannot be made: ${systemReason(error)}`,
    );
  }
  const { openLmdbJournal } = await import("../durability/journal/lmdb/index.js");
  return openLmdbJournal({ path, sync: store.sync, events });
}
