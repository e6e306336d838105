/** Questions: how many messages does a journal take in a second, and how long does one take from send to handled and acknowledged? */
import type { Client, Outcome } from "../actors/index.js";
import type { Pid } from "../mailbox/index.js";
import { type Measured, percentiles } from "./harness.js";
import { checkCount, endAll, JournalNode, spawnCounter } from "./journal-node.js";
import { latency, rate } from "./journal-peers.js";
import { type JournalPlace, opener } from "./journal-place.js";
import type { Subject } from "./rounds.js";

export const senders = 10;
/** Sends of one client that are not acknowledged yet: as many as a batch of the peers. */
const inFlight = 100;

export interface Messages {
  readonly subjects: readonly Subject[];
  close(): Promise<void>;
}

export async function openMessages(
  label: string,
  place: (name: string) => JournalPlace,
  count = 50_000,
): Promise<Messages> {
  const node = await JournalNode.start({ open: opener(place("kept")) });
  // As configured by default: a TypeScript process is stored as its state every 100 messages, a Lua process never.
  const snapshots = await JournalNode.start({ open: opener(place("snapshots")), snapshotEvery: 100 });
  const clients = sendersOf(node);
  const snapshotted = sendersOf(snapshots);
  const many = (language: "ts" | "lua", receivers: number, of: number): Subject => ({
    ...rate(label),
    subject: `perdure-${language} 10:${receivers}`,
    count: of,
    run: (n) => fanIn(clients, `${language}:count`, receivers, n),
  });
  const each = (language: "ts" | "lua"): Subject => ({
    ...latency(label),
    subject: `perdure-${language}`,
    count: 2_000,
    run: (n) => oneByOne(clients[0]!, `${language}:count`, n),
  });
  return {
    subjects: [
      many("ts", 1, count),
      many("ts", 10, count),
      { ...many("ts", 1, count), subject: "perdure-ts 1:1", run: (n) => fanIn(clients.slice(0, 1), "ts:count", 1, n) },
      {
        ...many("ts", 10, count),
        subject: "perdure-ts 10:10, snapshots",
        run: (n) => fanIn(snapshotted, "ts:count", 10, n),
      },
      many("lua", 1, count / 2),
      many("lua", 10, count / 2),
      each("ts"),
      each("lua"),
    ],
    close: async () => {
      await node.close();
      await snapshots.close();
    },
  };
}

function sendersOf(node: JournalNode): Client[] {
  node.host.ready();
  return Array.from({ length: senders }, (_, i) => node.client(`sender${i}`));
}

/** Every client keeps so many sends in flight; receiver i mod n is that of client i. Done when each is acknowledged, and counted. */
async function fanIn(clients: readonly Client[], entry: string, receivers: number, count: number): Promise<void> {
  const first = clients[0]!;
  const sinks = await Promise.all(Array.from({ length: receivers }, () => spawnCounter(first, entry)));
  const share = Math.ceil(count / clients.length);
  await Promise.all(clients.map((client, i) => stream(client, sinks[i % receivers]!, share)));
  const each = (share * clients.length) / receivers;
  await Promise.all(sinks.map((sink) => checkCount(first, sink, each)));
  await endAll(first, sinks);
}

function stream(client: Client, to: Pid, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let acknowledged = 0;
    const send = (): void => {
      sent++;
      client.start((self) => self.send(to, "n", [sent]), answered);
    };
    const answered = (outcome: Outcome): void => {
      if (!outcome.ok) return reject(new Error(outcome.error.message));
      acknowledged++;
      if (sent < count) send();
      else if (acknowledged === count) resolve();
    };
    for (let i = 0; i < Math.min(inFlight, count); i++) send();
  });
}

async function oneByOne(client: Client, entry: string, count: number): Promise<readonly Measured[]> {
  const sink = await spawnCounter(client, entry);
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await stream(client, sink, 1);
    times.push(performance.now() - start);
  }
  await checkCount(client, sink, count);
  await endAll(client, [sink]);
  return percentiles(times);
}
