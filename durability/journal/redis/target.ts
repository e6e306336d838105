/** Where a journal is: the url and options of a user, checked. Connects to nothing. */
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { JournalError } from "../journal.js";

export interface RedisJournalOptions {
  /** Put before every key; no braces. */
  readonly keyPrefix?: string;
  /**
   * How many replicas must have a commit before it is answered (WAIT). An asynchronous failover may lose the commits that no replica
   * has: this shrinks that tail, it does not end it. With fewer replicas than this, commits wait.
   */
  readonly wait?: number;
  /** No answer for this long counts as a dead connection; 5000. */
  readonly commandTimeoutMs?: number;
  /** How long `claim` waits for a server that does not answer or refuses; one that is loading its data is waited for without limit. 30000. */
  readonly claimTimeoutMs?: number;
  /** For rediss: certificates and the like, as node:tls takes them. */
  readonly tls?: ConnectionOptions;
}

export interface Target {
  /** For messages: without the password. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: ConnectionOptions | undefined;
  readonly keyPrefix: string;
  readonly wait: number;
  readonly commandTimeoutMs: number;
  readonly claimTimeoutMs: number;
}

/** Throws a JournalError of kind INVALID that says which part is wrong and what would be right. */
export function parseTarget(text: string, options: RedisJournalOptions): Target {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === "") {
    throw invalid(
      `a redis url looks like redis://user:password@host:6379/0 or rediss://...; got ${withoutPassword(text)}`,
    );
  }
  const address = withoutPassword(text);
  if (url.search !== "" || url.hash !== "") throw invalid(`${address}: a redis url has no ? and no # part`);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    address,
    host,
    port: url.port === "" ? 6379 : Number(url.port),
    username: url.username === "" ? undefined : decodeURIComponent(url.username),
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
    database: databaseOf(url.pathname, address),
    tls: url.protocol === "rediss:" ? { ...(isIP(host) === 0 ? { servername: host } : {}), ...options.tls } : undefined,
    keyPrefix: prefixOf(options.keyPrefix ?? ""),
    wait: whole("wait", options.wait ?? 0, 0),
    commandTimeoutMs: whole("commandTimeoutMs", options.commandTimeoutMs ?? 5_000, 1),
    claimTimeoutMs: whole("claimTimeoutMs", options.claimTimeoutMs ?? 30_000, 0),
  };
}

function databaseOf(path: string, address: string): number {
  if (path === "" || path === "/") return 0;
  if (/^\/\d{1,5}$/.test(path)) return Number(path.slice(1));
  throw invalid(`${address}: after the host comes the number of a database, such as /0; got ${path}`);
}

function prefixOf(prefix: string): string {
  if (/[{}]/.test(prefix))
    throw invalid(`keyPrefix is ${JSON.stringify(prefix)}; braces would change the hash tag of the keys`);
  return prefix;
}

function whole(option: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw invalid(`${option} is ${value}; a whole number from ${least} is expected`);
}

function withoutPassword(text: string): string {
  return text.replace(/^([^/]*\/\/).*@/s, "$1");
}

function invalid(message: string): JournalError {
  return new JournalError("INVALID", message);
}
