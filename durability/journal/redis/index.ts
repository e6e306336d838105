/** The journal driver for Redis 7. Importing it loads ioredis. */
import type { Journal, JournalEvents } from "../journal.js";
import { RedisJournal } from "./journal.js";
import { keysOf } from "./keys.js";
import { parseTarget, type RedisJournalOptions } from "./target.js";

export { type OpenRedisReader, openRedisReader } from "./reader.js";
export type { RedisJournalOptions } from "./target.js";

export interface OpenRedisJournal {
  /** redis://user:password@host:port/database, or rediss:// for TLS. */
  readonly url: string;
  /** Of the journal: several may share a database. */
  readonly name: string;
  readonly events: JournalEvents;
  readonly options?: RedisJournalOptions;
}

/**
 * Connects with the first claim or read; until then only the url and the options are checked (JournalError of kind INVALID).
 *
 * Health: `degraded` names what the server may lose (`persistence ...`, `eviction ...`), after each time it comes back; `down` begins
 * with the state: disconnected, unresponsive, loading, readonly, busy, out_of_memory, not_persisting, too_few_replicas, auth_failed,
 * cluster_moved, cluster_down, misconfigured or refused.
 */
export async function openRedisJournal({ url, name, events, options = {} }: OpenRedisJournal): Promise<Journal> {
  const target = parseTarget(url, options);
  return new RedisJournal(name, target, keysOf(name, target.keyPrefix), events);
}
