/** One connection to a Redis server, used until it fails once and then replaced. Trying again is the task of its user. */
import { Command, Redis } from "ioredis";
import { Refusal, refusalOf } from "./refusal.js";
import { scripts } from "./scripts.js";
import { readInfo, type ServerFacts } from "./server.js";
import type { Target } from "./target.js";

export type RedisCommand = readonly [name: string, args: readonly string[]];

export interface Link {
  /** As of when the connection was made. */
  readonly server: ServerFacts;
  /** Rejects with a Refusal, at the latest after the command time-out. */
  send(command: RedisCommand): Promise<unknown>;
  /** In this order, in one write; each answer rejects with a Refusal. */
  sendAll(commands: readonly RedisCommand[]): readonly Promise<unknown>[];
  /** Resolves when the connection is over, whoever ended it. */
  readonly ended: Promise<Refusal>;
  end(): void;
}

/**
 * Connect, log in, choose the database, load the scripts and ask the server who it is. Rejects with a Refusal, also when the server
 * is loading or a replica, or when `signal` comes first.
 */
export async function openLink(target: Target, signal: AbortSignal): Promise<Link> {
  const redis = connectionTo(target);
  let reason: unknown = new Error("the connection was closed");
  redis.on("error", (error: unknown) => {
    reason = error;
  });
  const ended = new Promise<Refusal>((resolve) => {
    redis.once("end", () => resolve(refusalOf(reason)));
  });
  const end = (): void => {
    redis.disconnect();
    // Without this the client waits two seconds for a server that does not answer.
    redis.stream?.destroy();
  };
  // The client only says that the connection is closed; the error before it says why.
  const explain = (error: unknown): never => {
    throw refusalOf(redis.status === "close" || redis.status === "end" ? reason : error);
  };
  const write = ([name, args]: RedisCommand): Promise<unknown> => {
    const command = new Command(name, [...args], { replyEncoding: "utf8" });
    redis.sendCommand(command);
    return command.promise.catch(explain);
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    await redis.connect().catch(explain);
    const server = await greet(target, write);
    return { server, send: write, sendAll: (commands) => inOneWrite(redis, () => commands.map(write)), ended, end };
  } catch (error) {
    end();
    throw refusalOf(error);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** Nothing is kept for later or sent again by the client itself: order and repeats belong to the journal. */
function connectionTo(target: Target): Redis {
  return new Redis({
    host: target.host,
    port: target.port,
    ...(target.tls === undefined ? {} : { tls: target.tls }),
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    connectTimeout: target.commandTimeoutMs,
    commandTimeout: target.commandTimeoutMs,
    keepAlive: 10_000,
  });
}

/** Log in and choose the database by commands of our own: the client would go on with database 0 when it cannot choose. */
async function greet(target: Target, send: Link["send"]): Promise<ServerFacts> {
  const { username, password, database } = target;
  if (password !== undefined)
    await send(["auth", username === undefined ? [password] : [username, password]]).catch(noLogin);
  if (database !== 0) await send(["select", [String(database)]]).catch(noDatabase);
  const server = readInfo(String(await send(["info", []])));
  for (const { text } of Object.values(scripts)) await send(["script", ["LOAD", text]]);
  return server;
}

function noLogin(error: unknown): void {
  const { state, message } = refusalOf(error);
  // A server without a password lets everyone in.
  if (state === "refused" && message.includes("without any password configured")) return;
  throw state === "refused" ? new Refusal("auth_failed", message) : error;
}

function noDatabase(error: unknown): never {
  const refusal = refusalOf(error);
  throw refusal.state === "refused" ? new Refusal("misconfigured", refusal.message) : refusal;
}

function inOneWrite<T>(redis: Redis, write: () => T): T {
  const { stream } = redis;
  stream.cork();
  try {
    return write();
  } finally {
    stream.uncork();
  }
}
