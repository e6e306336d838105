/** Servers that outlive the script which started them: starting, recognising and ending one. Knows no particular server. */
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname } from "node:path";
import { pause, Stop, tail } from "./run.mjs";

/**
 * Start a server detached from this terminal, its output in `logFile`.
 *
 * Returns its record { pid, marks }: `marks` are words of its command line by which it is recognised later, because a pid
 * alone may belong to another program by then.
 */
export function startDaemon(command, args, { logFile, marks, env = process.env }) {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "w");
  const child = spawn(command, args, { detached: true, stdio: ["ignore", log, log], env });
  closeSync(log);
  // Without a pid the server counts as ended, and waitUntilReady shows the log.
  child.on("error", (error) => appendFileSync(logFile, `${error.message}\n`));
  child.unref();
  return { pid: child.pid ?? 0, marks };
}

/** Whether the recorded server still runs, and is that server. A process that ended but was not reaped has no command line. */
export function isRunning(record) {
  const line = commandLineOf(record.pid);
  return line !== undefined && record.marks.every((mark) => line.includes(mark));
}

function commandLineOf(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    if (process.platform === "linux")
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") || undefined;
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return undefined; // no such process: both ways report it as an error
  }
}

/** Poll `isReady` until it holds; a Stop with the server's last words when it ends first or needs longer than `limitMs`. */
export async function waitUntilReady(what, record, logFile, isReady, limitMs = 60_000) {
  const deadline = Date.now() + limitMs;
  while (!(await isReady())) {
    if (!isRunning(record))
      throw new Stop(`${what} ended while starting. Its last output (${logFile}):\n${lastWords(logFile)}`);
    if (Date.now() > deadline) {
      await stopDaemon(record);
      throw new Stop(
        `${what} was not ready after ${limitMs / 1000} s. Its last output (${logFile}):\n${lastWords(logFile)}`,
      );
    }
    await pause(100);
  }
}

function lastWords(logFile) {
  return tail(readFileSync(logFile, "utf8"), 20) || "(none)";
}

/** End a recorded server: SIGTERM, and SIGKILL after `graceMs`. Returns whether it was running; repeating it is harmless. */
export async function stopDaemon(record, graceMs = 5_000) {
  if (!isRunning(record)) return false;
  process.kill(record.pid, "SIGTERM");
  const deadline = Date.now() + graceMs;
  while (isRunning(record) && Date.now() < deadline) await pause(50);
  if (isRunning(record)) process.kill(record.pid, "SIGKILL");
  return true;
}

/** `wanted` when it can be listened on, else a port that the system picks. */
export async function freePort(wanted = 0) {
  return (await tryListen(wanted)) ?? (await tryListen(0));
}

function tryListen(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const taken = server.address().port;
      server.close(() => resolve(taken));
    });
  });
}

/** Whether something accepts TCP connections at `address` (host:port) within `limitMs`. */
export function answersTcp(address, limitMs = 5_000) {
  const colon = address.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({
      host: address.slice(0, colon).replace(/^\[|\]$/g, ""),
      port: Number(address.slice(colon + 1)),
    });
    const settle = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(limitMs, () => settle(false));
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
