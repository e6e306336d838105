/** Makes the file of a journal as small as what is in it; LMDB by itself only uses free pages again. */
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { JournalError } from "../journal.js";
import { fileError, prepareFile, syncFolder } from "./file.js";
import { lockFile } from "./lock.js";
import { LmdbStore } from "./store.js";

export interface Compaction {
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/**
 * Needs the file for itself: rejects with CONFLICT, naming the holder, while a journal has it open. Until the last moment the old file
 * stays as it was, so that an interruption at any point loses nothing.
 */
export async function compactLmdbJournal(path: string): Promise<Compaction> {
  try {
    await stat(path);
  } catch (error) {
    throw new JournalError("INVALID", `there is no journal file ${path}: ${(error as Error).message}`);
  }
  await prepareFile(path);
  const lock = await lockFile(path);
  const copy = `${path}.compact`;
  try {
    const beforeBytes = (await stat(path)).size;
    await rm(copy, { force: true });
    const store = await LmdbStore.open(await import("lmdb"), { path, sync: true, mapSize: undefined });
    try {
      await store.copyCompacted(copy);
    } finally {
      await store.close();
    }
    await syncFile(copy);
    await rename(copy, path);
    await syncFolder(dirname(path));
    return { beforeBytes, afterBytes: (await stat(path)).size };
  } catch (error) {
    throw fileError(path, error);
  } finally {
    await lock.release();
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
