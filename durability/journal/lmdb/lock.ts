/**
 * One owner per data file. The lock is a listening local socket named after the file's device and inode: the operating system frees it
 * with the process, however that ends, and whoever asks is told who holds it.
 *
 * Linux has sockets without a file (of one network namespace), Windows named pipes; elsewhere it is a socket file in the temporary
 * folder, which a killed process leaves behind and the next owner removes. Should two owners get past it all the same (two containers
 * on one volume), the epoch that every transaction compares stops the earlier one.
 */
import { stat, unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { JournalError } from "../journal.js";

export interface FileLock {
  /** Safe to repeat. */
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

const maxAttempts = 50;
const answerTimeoutMs = 2_000;

/** The file must exist. Rejects with CONFLICT, naming the holder, when another journal has it, in this process or another. */
export async function lockFile(path: string): Promise<FileLock> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const identity = await identify(path);
    const address = lockAddress(identity);
    const server = await listen(address);
    if (server === undefined) {
      const holder = await ask(address);
      if (holder !== "gone") throw held(path, holder);
      if (address.startsWith("/")) await removeStale(address);
      continue;
    }
    const lock = { release: () => release(server) };
    // A compaction may have put another file in its place meanwhile.
    if ((await identify(path)) === identity) return lock;
    await lock.release();
  }
  throw held(path, "silent");
}

async function identify(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}-${ino}`;
}

function lockAddress(identity: string): string {
  const name = `perdure-journal-${identity}`;
  if (process.platform === "linux") return `\0${name}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Undefined: taken. */
function listen(address: string): Promise<Server | undefined> {
  const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      // The asker may leave before it has the answer; it is not for us to mind.
      socket.on("error", () => socket.destroy());
      socket.end(JSON.stringify(holder));
    });
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function release(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** `gone`: nobody listens any more. `silent`: someone listens and says nothing, as a process that is stopped. */
function ask(address: string): Promise<Holder | "gone" | "silent"> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(address);
    socket.setTimeout(answerTimeoutMs, () => {
      socket.destroy();
      resolve("silent");
    });
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => {
      text += part;
    });
    socket.on("end", () => resolve(parseHolder(text)));
    // A holder that dies while we ask breaks the connection: the next attempt finds out.
    socket.on("error", () => resolve("gone"));
  });
}

function parseHolder(text: string): Holder | "silent" {
  try {
    const { pid, host, since } = JSON.parse(text) as Holder;
    return { pid, host, since };
  } catch {
    // Whoever it is has the name and speaks another language.
    return "silent";
  }
}

async function removeStale(address: string): Promise<void> {
  try {
    await unlink(address);
  } catch (error) {
    // Another starter was faster.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function held(path: string, holder: Holder | "silent"): JournalError {
  const who =
    holder === "silent"
      ? "another process that does not answer"
      : `process ${holder.pid} on ${holder.host} since ${holder.since}${holder.pid === process.pid ? " (this one)" : ""}`;
  return new JournalError(
    "CONFLICT",
    `journal file ${path} is held by ${who}; one node owns a journal file: stop that one, or give this one a path of its own`,
  );
}
