/** Where a journal of a benchmark is, as plain data, so that another process can open it too. */
import { openLmdbJournal } from "../durability/journal/lmdb/index.js";
import { openRedisJournal } from "../durability/journal/redis/index.js";
import type { OpenJournal } from "./journal-node.js";

export type JournalPlace =
  | { readonly driver: "redis"; readonly url: string; readonly name: string }
  | { readonly driver: "lmdb"; readonly path: string; readonly sync: boolean };

export function opener(place: JournalPlace): OpenJournal {
  if (place.driver === "lmdb") return (events) => openLmdbJournal({ ...place, events });
  return (events) => openRedisJournal({ ...place, events });
}
