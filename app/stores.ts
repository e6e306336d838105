/** The `store.*` entries of a node, each opened when it is started or first used, whichever is sooner; loads the packages it needs and no others. */
import { resolve } from "node:path";
import { type Clock, type Outcome, type StoreRequest, thrownFailure } from "../actors/index.js";
import { accessStore, type KeyValueStore, openMemoryStore, StoreError } from "../durability/store/index.js";
import { type Failure, failure } from "../mailbox/index.js";
import type { AppConfig, Entry, EntryOf } from "./entries.js";

export type StoreEntry = EntryOf<"store.memory" | "store.lmdb" | "store.redis">;

export interface StoresOptions {
  readonly config: Pick<AppConfig, "dir" | "entries">;
  readonly clock: Clock;
  readonly onHealth: (id: string, state: "up" | "down" | "degraded", detail: string) => void;
}

export class Stores {
  private readonly options: StoresOptions;
  /** By entry id; one that could not be opened is left out again, so that the next use tries anew. */
  private readonly stores = new Map<string, Promise<KeyValueStore | Failure>>();
  private closing: Promise<void> | undefined;

  constructor(options: StoresOptions) {
    this.options = options;
  }

  /** Safe to repeat. */
  async start(entry: StoreEntry): Promise<Failure | undefined> {
    const store = await this.storeOf(entry);
    return "kind" in store ? store : undefined;
  }

  /** Do one operation; never rejects. Programs may ask before their store has been started. */
  async access(request: StoreRequest): Promise<Outcome> {
    const entry = this.options.config.entries.get(request.store);
    if (entry === undefined || !isStore(entry)) return { ok: false, error: notFound(request.store, entry) };
    const store = await this.storeOf(entry);
    return "kind" in store ? { ok: false, error: store } : accessStore(store, request);
  }

  /** For when no program runs any more. What cannot be closed is reported. Safe to repeat. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    const closeOne = async ([id, opening]: readonly [string, Promise<KeyValueStore | Failure>]): Promise<void> => {
      const store = await opening;
      if ("kind" in store) return;
      try {
        await store.close();
      } catch (thrown) {
        this.options.onHealth(id, "degraded", `did not close: ${thrownFailure(thrown).message}`);
      }
    };
    await Promise.all([...this.stores].map(closeOne));
  }

  private storeOf(entry: StoreEntry): Promise<KeyValueStore | Failure> {
    const { id } = entry;
    if (this.closing !== undefined) {
      return Promise.resolve(failure("UNAVAILABLE", `store ${id}: the node is stopping`, { retryable: true }));
    }
    const known = this.stores.get(id);
    if (known !== undefined) return known;
    const opening = this.open(entry).catch((thrown: unknown) => {
      this.stores.delete(id);
      return openingFailure(id, thrown);
    });
    this.stores.set(id, opening);
    return opening;
  }

  private async open(entry: StoreEntry): Promise<KeyValueStore> {
    const { config, clock, onHealth } = this.options;
    if (entry.kind === "store.redis") {
      const { openRedisStore } = await import("../durability/store/redis.js");
      return openRedisStore({
        url: entry.url,
        prefix: entry.prefix ?? entry.id,
        timeoutMs: entry.timeoutMs,
        onHealth: ({ state, detail }) => onHealth(entry.id, state, detail),
      });
    }
    const { maxSize, cleanupIntervalMs } = entry;
    const onTrouble = (detail: string): void => onHealth(entry.id, "degraded", detail);
    const common = { clock, maxSize, cleanupIntervalMs, onTrouble };
    if (entry.kind === "store.memory") return openMemoryStore(common);
    const { openLmdbStore } = await import("../durability/store/lmdb.js");
    return openLmdbStore({ ...common, path: resolve(config.dir, entry.path), sync: entry.sync });
  }
}

function isStore(entry: Entry): entry is StoreEntry {
  return entry.kind === "store.memory" || entry.kind === "store.lmdb" || entry.kind === "store.redis";
}

function notFound(id: string, entry: Entry | undefined): Failure {
  const message = entry === undefined ? "store not found" : `store not found: ${id} is a ${entry.kind}`;
  return failure("NOT_FOUND", message, { retryable: false, details: { store: id } });
}

function openingFailure(id: string, thrown: unknown): Failure {
  if (!(thrown instanceof StoreError)) return thrownFailure(thrown);
  return failure(thrown.kind, `store ${id}: ${thrown.message}`, {
    retryable: thrown.kind === "UNAVAILABLE",
    details: { store: id },
  });
}
