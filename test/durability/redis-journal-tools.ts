/** What the tests of the Redis journal share: a journal whose events can be waited for, and a proxy that loses answers. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Redis } from "ioredis";
import type { Commit, CommitResult, Journal, JournalHealth, Superseded } from "../../durability/journal/journal.js";
import { openRedisJournal, type RedisJournalOptions } from "../../durability/journal/redis/index.js";
import { keysOf } from "../../durability/journal/redis/keys.js";
import { commitOf } from "./journal-contract.js";

export const committed: CommitResult = { kind: "committed" };

export interface WatchedJournal {
  readonly journal: Journal;
  readonly health: JournalHealth[];
  readonly lost: (readonly [why: Superseded, detail: string])[];
  /** First words of what `health` said so far. */
  states(): string[];
  /** Resolves when the condition holds; looked at with every event and every answer of `commit`. */
  until(condition: () => boolean): Promise<void>;
  /** Resolves when the last health is of this state, `up` or the first word of its detail. */
  untilHealth(state: string): Promise<void>;
  /** Commit number n appends the text n to each process of `ids`. */
  commit(number: number, ids?: readonly string[]): Promise<CommitResult>;
  /** Several, handed over together; how many were committed so far is in `acknowledged`. */
  commits(first: number, count: number): Promise<CommitResult[]>;
  readonly acknowledged: number;
}

export async function openWatched(
  url: string,
  name: string,
  options: RedisJournalOptions = {},
): Promise<WatchedJournal> {
  const health: JournalHealth[] = [];
  const lost: (readonly [Superseded, string])[] = [];
  const waiters = new Set<() => void>();
  const look = (): void => {
    for (const waiter of waiters) waiter();
  };
  const events = {
    health: (state: JournalHealth) => {
      health.push(state);
      look();
    },
    lost: (why: Superseded, detail: string) => {
      lost.push([why, detail]);
      look();
    },
  };
  const journal = await openRedisJournal({ url, name, events, options });
  const states = (): string[] => health.map(({ detail }) => /^\w+/.exec(detail)?.[0] ?? "");
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const waiter = (): void => {
        if (!condition()) return;
        waiters.delete(waiter);
        resolve();
      };
      waiters.add(waiter);
      waiter();
    });
  let acknowledged = 0;
  const commit = async (number: number, ids: readonly string[] = ["p"]): Promise<CommitResult> => {
    const result = await journal.commit(appending(number, ids));
    if (result.kind === "committed") acknowledged = number;
    look();
    return result;
  };
  return {
    journal,
    health,
    lost,
    states,
    until,
    untilHealth: (state) => until(() => states().at(-1) === state),
    commit,
    commits: (first, count) => Promise.all(Array.from({ length: count }, (_, i) => commit(first + i))),
    get acknowledged() {
      return acknowledged;
    },
  };
}

function appending(number: number, ids: readonly string[]): Commit {
  return commitOf(
    number,
    ids.map((id) => ({ id, records: [String(number)], state: `after ${number}` })),
  );
}

export function numbersTo(last: number): string[] {
  return Array.from({ length: last }, (_, i) => String(i + 1));
}

export interface LossyProxy {
  readonly url: string;
  /** How many answers were lost. */
  readonly swallowed: number;
  /** The server executes what comes next on a connection that is open now, and the connection breaks instead of answering. */
  loseNextAnswer(): void;
  close(): Promise<void>;
}

/** A TCP proxy before the Redis server on `port`. */
export async function openLossyProxy(port: number): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  let losing = new Set<Socket>();
  let swallowed = 0;
  const server = createServer((near) => {
    const far = connect({ host: "127.0.0.1", port });
    const end = (): void => {
      sockets.delete(near);
      near.destroy();
      far.destroy();
    };
    sockets.add(near);
    near.on("data", (data) => far.write(data));
    far.on("data", (data) => {
      if (!losing.has(near)) return void near.write(data);
      losing = new Set();
      swallowed += 1;
      end();
    });
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get swallowed() {
      return swallowed;
    },
    loseNextAnswer() {
      losing = new Set(sockets);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Leave nothing on a server that outlives the run. */
export async function removeJournal(url: string, name: string, prefix = ""): Promise<void> {
  const client = new Redis(url);
  const first = keysOf(name, prefix).meta.replace(/meta$/, "");
  const keys = await client.keys(`${first.replace(/[*?[\]\\]/g, "\\$&")}*`);
  if (keys.length > 0) await client.unlink(keys);
  client.disconnect();
}
