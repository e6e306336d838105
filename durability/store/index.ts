/** Key-value stores. The drivers that load a package (`lmdb.ts`, `redis.ts`) are imported by path, when an app has such a store. */
export { accessStore } from "./access.js";
export { openMemoryStore } from "./memory.js";
export { type KeyValueStore, StoreError } from "./store.js";
