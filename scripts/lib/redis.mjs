/** A Redis server: getting its program, starting it and knowing when it is ready. */
import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { answersTcp, freePort, startDaemon, waitUntilReady } from "./daemon.mjs";
import { findDistributed, obtainFromDistribution } from "./distribution.mjs";
import { Stop } from "./run.mjs";

export const name = "redis";

const help = `redis-server was not found. Do one of these:
  - set REDIS_URL=redis://host:port to use a server that runs already
  - install Redis 7 or newer so that \`redis-server\` is on your PATH (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)`;

/** The server the user named in REDIS_URL, or undefined; a Stop when it is named and does not answer. */
export async function namedAddress() {
  const url = process.env.REDIS_URL;
  if (!url) return undefined;
  if (!URL.canParse(url)) throw new Stop(`REDIS_URL is "${url}"; it should look like redis://127.0.0.1:6379`);
  const { hostname, port } = new URL(url);
  if (await answersTcp(`${hostname}:${port || 6379}`)) return url;
  throw new Stop(
    `REDIS_URL is ${url}, but nothing answers there. Start that server, or unset REDIS_URL to use one of our own.`,
  );
}

export function findRedis() {
  return findDistributed("redis-server");
}

export function obtainRedis() {
  return obtainFromDistribution("redis-server", "redis-server", help);
}

/**
 * Start a server that listens on this machine only and resolve, when it answers, to { pid, marks, address, program }.
 * With `persistent` every write is on disk in `folder` before it is answered, else nothing is kept.
 */
export async function start(program, { folder, port, persistent, started = () => {} }) {
  mkdirSync(folder, { recursive: true });
  const chosen = await freePort(port);
  const logFile = join(folder, "redis.log");
  const keep = persistent ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  const args = ["--bind", "127.0.0.1", "--port", String(chosen), "--dir", folder, "--save", "", ...keep];
  const daemon = startDaemon(program, args, { logFile, marks: ["redis-server", `:${chosen}`] });
  // The server rewrites its command line to `redis-server 127.0.0.1:port` only once it is up: until then look for less.
  const record = { ...daemon, address: `redis://127.0.0.1:${chosen}`, program };
  started(record);
  await waitUntilReady("redis-server", { ...record, marks: ["redis-server"] }, logFile, () => pings(chosen));
  return record;
}

/** Whether the server answers PING with PONG; while it still loads its data it answers an error. */
function pings(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const settle = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => settle(false));
    socket.once("error", () => settle(false));
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (data) => settle(data.toString().startsWith("+PONG")));
  });
}
