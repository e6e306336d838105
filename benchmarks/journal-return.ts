/** Questions: how long does a passivated process need to handle a message, and a whole journal to come back after a start? */
import type { Client } from "../actors/index.js";
import type { Pid } from "../mailbox/index.js";
import { type Measured, percentiles, type Subject } from "./harness.js";
import { JournalNode, type OpenJournal, spawnCounter } from "./journal-node.js";

const entriesEach = 20;
const idleTimeoutMs = 20;

type Language = "ts" | "lua";

/** Each process gets a message while it is out of memory: from send to handled and acknowledged. */
export function wakeUpSubjects(label: string, open: OpenJournal): Subject[] {
  return (["ts", "lua"] as const).map((language) => ({
    workload: `${label} wake-up`,
    subject: `perdure-${language}`,
    unit: "wake-ups/s",
    count: 200,
    run: (count) => wakeUps(open, language, count),
  }));
}

async function wakeUps(open: OpenJournal, language: Language, count: number): Promise<readonly Measured[]> {
  const node = await JournalNode.start({ open, idleTimeoutMs });
  node.host.ready();
  const client = node.client("waker");
  const pids = await spawnAll(client, language, "free", count);
  await until(() => node.host.counts.active === 0, "processes to be put to rest");
  const times: number[] = [];
  for (const pid of pids) {
    const start = performance.now();
    await send(client, pid);
    times.push(performance.now() - start);
  }
  await endAll(client, pids);
  await node.close();
  return percentiles(times);
}

/**
 * A node is closed with `count` processes in its journal, and another one starts on it. `requests`: each holds a request open and has
 * to come back by itself; done when all have asked again. `messages`: each gets one message at once; done when all have handled it.
 */
export function recoverySubjects(label: string, open: OpenJournal, count = 10_000): Subject[] {
  const subject = (language: Language, by: "requests" | "messages"): Subject => ({
    workload: `${label} recovery`,
    subject: `perdure-${language} ${by}`,
    unit: "processes/s",
    count,
    run: (n) => recovery(open, language, by, n),
  });
  return [subject("ts", "requests"), subject("ts", "messages"), subject("lua", "requests"), subject("lua", "messages")];
}

async function recovery(
  open: OpenJournal,
  language: Language,
  by: "requests" | "messages",
  count: number,
): Promise<readonly Measured[]> {
  const before = await JournalNode.start({ open });
  before.host.ready();
  const pids = await spawnAll(before.client("filler"), language, by === "requests" ? "busy" : "free", count);
  await before.close();

  let asked = 0;
  const start = performance.now();
  const node = await JournalNode.start({ open, invoked: () => asked++ });
  const claimedMs = performance.now() - start;
  node.host.ready();
  const client = node.client("caller");
  if (by === "requests") await until(() => asked === count, "processes to come back");
  else await Promise.all(pids.map((pid) => send(client, pid)));
  const backMs = performance.now() - start;
  if (node.host.counts.active !== count) throw new Error(`${node.host.counts.active} of ${count} came back`);
  await endAll(client, pids);
  await node.close();
  return [
    { metric: "time", value: backMs, unit: "ms all back" },
    { metric: "claim", value: claimedMs, unit: "ms" },
  ];
}

async function spawnAll(client: Client, language: Language, mode: string, count: number): Promise<Pid[]> {
  const pids = await Promise.all(Array.from({ length: count }, () => spawnCounter(client, `${language}:count`, mode)));
  for (let i = 0; i < entriesEach; i++) await Promise.all(pids.map((pid) => send(client, pid)));
  return pids;
}

async function endAll(client: Client, pids: readonly Pid[]): Promise<void> {
  await Promise.all(pids.map((pid) => client.terminate(pid)));
}

async function send(client: Client, pid: Pid): Promise<void> {
  const outcome = await client.send(pid, "n", 1);
  if (!outcome.ok) throw new Error(outcome.error.message);
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited a minute for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
