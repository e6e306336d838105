/** A store on a Redis server, shared by all who use its prefix. Imported only when an app has such a store. */
import type { Payload } from "../../mailbox/index.js";
import { compareKeys } from "./order.js";
import { RedisConnection, type RedisHealth } from "./redis/connection.js";
import { deleteScript, getScript, listScript, putScript, sizeScript } from "./redis/scripts.js";
import {
  type Item,
  type KeyValueStore,
  keptReceipts,
  type ListPage,
  type ListQuery,
  type Put,
  type PutResult,
  pageBytes,
  StoreError,
  type StoreInfo,
} from "./store.js";

export type { RedisHealth };

export interface RedisStoreOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  /** Stands in front of every key of the server, in braces: one slot of a cluster holds the store. */
  readonly prefix: string;
  /** After that long a call is UNAVAILABLE. */
  readonly timeoutMs: number;
  readonly onHealth: (health: RedisHealth) => void;
}

/** Rejects with a StoreError that names the address when the server does not answer within `timeoutMs`. */
export async function openRedisStore(options: RedisStoreOptions): Promise<KeyValueStore> {
  const store = new RedisStore(options);
  try {
    await store.info();
    return store;
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

class RedisStore implements KeyValueStore {
  private readonly connection: RedisConnection;
  private readonly items: string;
  private readonly index: string;
  private readonly expiries: string;
  /** What a change touches, beside the item. */
  private readonly tables: readonly string[];

  constructor({ prefix, ...connection }: RedisStoreOptions) {
    this.connection = new RedisConnection(connection);
    const name = (part: string): string => `{${prefix}}:${part}`;
    this.items = name("item:");
    this.index = name("index");
    this.expiries = name("expiries");
    this.tables = [this.index, this.expiries, name("receipts"), name("changes")];
  }

  async get(key: string): Promise<Item | undefined> {
    const [version, value] = texts(await this.connection.run(getScript, [this.items + key], []));
    return version === undefined || value === undefined ? undefined : itemOf(key, version, value);
  }

  async put({ key, value, ttlMs, condition, request }: Put): Promise<PutResult> {
    const wanted = condition.kind === "version" ? condition.version : condition.kind;
    const args = [this.items, key, JSON.stringify(value), request, wanted, ttlMs ?? 0, keptReceipts];
    const [kind, text = ""] = texts(await this.connection.run(putScript, [this.items + key, ...this.tables], args));
    const version = Number(text);
    switch (kind) {
      case "written":
      case "exists":
        return { kind, version };
      case "conflict":
        return { kind, version: text === "" ? undefined : version };
      default:
        throw new StoreError("INTERNAL", `Redis answered a put with ${JSON.stringify(kind)}`);
    }
  }

  async delete(key: string, request: string): Promise<boolean> {
    const args = [this.items, key, request, keptReceipts];
    return (await this.connection.run(deleteScript, [this.items + key, ...this.tables], args)) === 1;
  }

  async list({ prefix, after, limit }: ListQuery): Promise<ListPage> {
    const from = compareKeys(after, prefix) >= 0 && after !== "" ? `(${after}` : prefix === "" ? "-" : `[${prefix}`;
    const args = [this.items, from, prefix, limit, pageBytes];
    const answer = (await this.connection.run(listScript, [this.index, this.expiries], args)) as unknown[];
    const items: Item[] = [];
    for (let at = 1; at + 2 < answer.length; at += 3) {
      items.push(itemOf(String(answer[at]), String(answer[at + 1]), String(answer[at + 2])));
    }
    return { items, hasMore: answer[0] === 1 };
  }

  async info(): Promise<StoreInfo> {
    const size = await this.connection.run(sizeScript, [this.index, this.expiries], [this.items]);
    return { driver: "redis", size: Number(size), maxSize: 0 };
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

function itemOf(key: string, version: string, value: string): Item {
  return { key, value: JSON.parse(value) as Payload, version: Number(version) };
}

function texts(answer: unknown): (string | undefined)[] {
  return Array.isArray(answer) ? answer.map((part) => (typeof part === "string" ? part : undefined)) : [];
}
