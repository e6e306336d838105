/** Redis servers of tests: the one of the run, which scripts/test.mjs starts, and private ones that a test may stop or damage. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describe } from "vitest";

/** Whether PERDURE_SKIP leaves out the tests that need Redis; without it a missing server fails them. */
export const redisIsSkipped = (process.env.PERDURE_SKIP ?? "").split(",").some((name) => name.trim() === "redis");

/** `describe` for tests that need Redis. */
export const describeRedis: typeof describe | typeof describe.skip = redisIsSkipped ? describe.skip : describe;

/** redis://host:port of the server of this run. Throws, with what to do, when there is none. */
export function redisUrl(): string {
  return fromEnvironment("REDIS_URL");
}

function fromEnvironment(variable: "REDIS_URL" | "PERDURE_REDIS_BIN"): string {
  const value = process.env[variable];
  if (value) return value;
  throw new Error(
    process.env.PERDURE_REDIS_MISSING ??
      `${variable} is not set: this test needs Redis. Run it with \`npm test -- <file>\`, and have \`redis-server\` installed.`,
  );
}

export interface RedisSettings {
  /** Default: always, the setting that loses nothing acknowledged. `no` keeps nothing. */
  readonly persistence?: "always" | "everysec" | "no";
  readonly password?: string;
  /** More arguments of redis-server. */
  readonly args?: readonly string[];
}

/** A server nobody else uses. Its port and its data folder stay the same over restarts. */
export interface OwnRedis {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** For the test's own commands; connected anew after each restart. */
  readonly client: Redis;
  /** Start it again after `kill` or `shutdown`; resolves when it answers, or with `ready: false` when it runs. */
  start(options?: { readonly ready?: boolean }): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM: the server ends in its own time. */
  shutdown(): Promise<void>;
  /** A copy of the data folder as it is now, which `restore` puts back; the server must be down for that. */
  copy(): string;
  restore(copy: string): void;
  /** End it and remove its data. */
  remove(): Promise<void>;
}

/** Needs a run by scripts/test.mjs, which says where the program is. */
export async function startRedis(settings: RedisSettings = {}): Promise<OwnRedis> {
  const program = fromEnvironment("PERDURE_REDIS_BIN");
  const port = await freePort();
  const base = mkdtempSync(join(tmpdir(), "perdure-redis-"));
  const folder = join(base, "data");
  const url = `redis://${settings.password === undefined ? "" : `:${settings.password}@`}127.0.0.1:${port}`;
  const args = argumentsFor(port, folder, settings);
  cpSync(mkdtempSync(join(base, "empty-")), folder, { recursive: true });
  let server: ChildProcess | undefined;
  let client = clientOf(url);
  let copies = 0;
  // A test run that is interrupted must not leave the server behind.
  const killNow = (): void => void server?.kill("SIGKILL");
  process.once("exit", killNow);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    client.disconnect();
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  };
  const own: OwnRedis = {
    url,
    port,
    folder,
    get client() {
      return client;
    },
    async start({ ready = true } = {}) {
      server = spawn(program, args, { stdio: "ignore", cwd: folder });
      client = clientOf(url);
      if (ready) await answers(client, server);
    },
    kill: () => end("SIGKILL"),
    shutdown: () => end("SIGTERM"),
    copy() {
      copies += 1;
      const copy = join(base, `copy-${copies}`);
      cpSync(folder, copy, { recursive: true });
      return copy;
    },
    restore(copy) {
      rmSync(folder, { recursive: true });
      cpSync(copy, folder, { recursive: true });
    },
    async remove() {
      await end("SIGKILL");
      process.off("exit", killNow);
      rmSync(base, { recursive: true, force: true });
    },
  };
  await own.start();
  return own;
}

/** DEBUG for the tests that need it, and replicas that are served at once. */
const quick = ["--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0"];

function argumentsFor(
  port: number,
  folder: string,
  { persistence = "always", password, args = [] }: RedisSettings,
): string[] {
  const keep = persistence === "no" ? ["--appendonly", "no"] : ["--appendonly", "yes", "--appendfsync", persistence];
  const access = password === undefined ? [] : ["--requirepass", password];
  const place = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", ""];
  return [...place, ...quick, ...keep, ...access, ...args];
}

function clientOf(url: string): Redis {
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 20 });
  // The server of such a test is away on purpose; what that means is for the test to say.
  client.on("error", () => undefined);
  return client;
}

/** A refused connection is tried again by the client itself, and one that loads its data is waited for. */
async function answers(client: Redis, server: ChildProcess): Promise<void> {
  const ended = once(server, "exit").then(([code]) => {
    throw new Error(`redis-server ended with code ${code} while starting`);
  });
  await Promise.race([client.ping(), ended]);
  ended.catch(() => undefined);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
