/** How LMDB opens the data file, and why so. The file was prepared and checked before (file.ts). */
import type { RootDatabase } from "lmdb";

export type Lmdb = typeof import("lmdb");

export interface StoreOptions {
  readonly path: string;
  readonly sync: boolean;
  readonly mapSize: number | undefined;
}

export function openRoot(lmdb: Lmdb, { path, sync, mapSize }: StoreOptions): RootDatabase<Buffer, Buffer> {
  return lmdb.open<Buffer, Buffer>({
    path,
    noSubdir: true,
    encoding: "binary",
    keyEncoding: "binary",
    maxDbs: 8,
    noSync: !sync,
    // The plain LMDB order: pages, sync, then the meta page, also synced. A transaction is answered after all of it.
    overlappingSync: false,
    // Else every batch has a promise that nobody can catch.
    eventTurnBatching: false,
    ...(mapSize === undefined ? {} : { mapSize }),
  });
}
