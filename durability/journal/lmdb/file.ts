/** The data file on disk before and after LMDB has it: its folder, its first bytes, its errors. LMDB itself is in store.ts. */
import { type FileHandle, mkdir, open, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { JournalError } from "../journal.js";

/** LMDB crashes the process on a file that is not its own, so its first bytes are checked here: where they are, in each meta page. */
const meta = { magic: 0xbeefc0de, version: 2, magicAt: 24, versionAt: 28, pageSizeAt: 48, end: 168 };

/**
 * Create the folder and the file where missing, durably, and check that LMDB may open it. An existing file is not changed.
 * Rejects with a JournalError that names the file.
 */
export async function prepareFile(path: string): Promise<void> {
  try {
    const folder = dirname(path);
    const firstCreated = await mkdir(folder, { recursive: true });
    const file = await open(path, "a+");
    try {
      const { size } = await file.stat();
      if (size > 0) return await checkHeader(path, file, size);
    } finally {
      await file.close();
    }
    await syncFolder(folder);
    if (firstCreated === undefined) return;
    for (let made = folder; made.length >= firstCreated.length; made = dirname(made)) await syncFolder(dirname(made));
  } catch (error) {
    throw fileError(path, error);
  }
}

async function checkHeader(path: string, file: FileHandle, size: number): Promise<void> {
  const first = await readMeta(file, 0);
  const pageSize = first?.pageSize ?? 0;
  const sensible = pageSize >= 512 && pageSize <= 65536 && (pageSize & (pageSize - 1)) === 0;
  if (first === undefined || !sensible) throw notLmdb(path, "it does not begin like one");
  if (first.version !== meta.version) throw notLmdb(path, `it has version ${first.version} of the format`);
  const second = await readMeta(file, pageSize);
  if (second === undefined || size < 2 * pageSize) throw notLmdb(path, `it was cut off after ${size} bytes`);
}

async function readMeta(file: FileHandle, at: number): Promise<{ version: number; pageSize: number } | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(meta.end), 0, meta.end, at);
  if (bytesRead < meta.end || buffer.readUInt32LE(meta.magicAt) !== meta.magic) return undefined;
  return { version: buffer.readUInt32LE(meta.versionAt), pageSize: buffer.readUInt32LE(meta.pageSizeAt) };
}

/** A new name in a folder is durable only once the folder is. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems keep names by themselves.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function notLmdb(path: string, why: string): JournalError {
  return new JournalError("INVALID", `${path} is not an LMDB journal: ${why}; give the journal a path of its own`);
}

/** What went wrong with the file, in words of this file. */
export function fileError(path: string, error: unknown): JournalError {
  if (error instanceof JournalError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new JournalError("UNAVAILABLE", `journal file ${path}: ${reason}`);
}

/** Whether a write failed for want of room: ENOSPC, EDQUOT, EFBIG, or what LMDB makes of a write that was cut short, EIO (5). */
export async function isFull(path: string, error: unknown): Promise<boolean> {
  const { code } = error as { readonly code?: unknown };
  if (code === 28 || code === 122 || code === 27) return true;
  if (code !== 5) return false;
  try {
    const { bavail, bsize } = await statfs(dirname(path));
    return bavail * bsize < 1 << 20;
  } catch {
    // Not even that can be read: then the disk is worse than full.
    return false;
  }
}

/** lmdb rejects with an error that carries a promise of the real one. */
export async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { readonly commitError?: Promise<never> };
  return commitError === undefined ? error : commitError.catch((cause: unknown) => cause);
}
