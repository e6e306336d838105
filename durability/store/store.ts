/** KeyValueStore: what every store can do and what it promises. How a request reads is in access.ts, how a store keeps items in the others. */
import type { Payload } from "../../mailbox/index.js";

/** A live item: one whose time to live has not run out. */
export interface Item {
  readonly key: string;
  readonly value: Payload;
  /** Number of the change that wrote it. Changes of a store count up from 1, so no two writes of a key have the same. */
  readonly version: number;
}

/** Which item must be there for a `put` to write. */
export type PutCondition =
  | { readonly kind: "any" }
  | { readonly kind: "absent" }
  | { readonly kind: "version"; readonly version: number };

export interface Put {
  readonly key: string;
  readonly value: Payload;
  /** Undefined: for ever, also when the item that it replaces had an end. */
  readonly ttlMs: number | undefined;
  readonly condition: PutCondition;
  /** Idempotency key of the request. */
  readonly request: string;
}

/** All but `written` left the store as it was. */
export type PutResult =
  | { readonly kind: "written"; readonly version: number }
  /** `absent` was wanted. */
  | { readonly kind: "exists"; readonly version: number }
  /** Another version was wanted; undefined: there is no item. */
  | { readonly kind: "conflict"; readonly version: number | undefined }
  | { readonly kind: "full"; readonly maxSize: number };

export interface ListQuery {
  readonly prefix: string;
  /** Only keys behind this one; empty for all. */
  readonly after: string;
  readonly limit: number;
}

/** Items in the order of their keys as UTF-8 bytes. May hold fewer than `limit` and have more all the same: then they are large. */
export interface ListPage {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
}

export interface StoreInfo {
  /** `memory`, `lmdb`, `redis`. */
  readonly driver: string;
  /** Live items. */
  readonly size: number;
  /** 0 means unlimited. */
  readonly maxSize: number;
}

/**
 * Operations are atomic, and each sees what was answered before. They reject with a StoreError alone.
 *
 * A change that is repeated with the same idempotency key has no second effect and answers as the first time: for as long as the item
 * that it wrote is there, else for `keptReceipts` further changes of the store. One that was refused left nothing, so a repeat is
 * decided anew.
 */
export interface KeyValueStore {
  get(key: string): Promise<Item | undefined>;
  put(put: Put): Promise<PutResult>;
  /** False when there was no such item. */
  delete(key: string, request: string): Promise<boolean>;
  list(query: ListQuery): Promise<ListPage>;
  info(): Promise<StoreInfo>;
  /** Later operations reject. Safe to repeat. */
  close(): Promise<void>;
}

export const keptReceipts = 10_000;

/** A page ends after the item that makes it heavier than this. */
export const pageBytes = 512 * 1024;

/** The store cannot answer; `kind` is that of a Failure. Whether a change was made is not known. */
export class StoreError extends Error {
  readonly kind: "UNAVAILABLE" | "INTERNAL" | "INVALID";

  constructor(kind: StoreError["kind"], message: string) {
    super(message);
    this.name = "StoreError";
    this.kind = kind;
  }
}
