/** Question: how long does a process that was put out of memory need to handle a message? */
import { type Measured, percentiles } from "./harness.js";
import { checkCount, endAll, JournalNode, type Language, sendAll, spawnAll, until } from "./journal-node.js";
import { type JournalPlace, opener } from "./journal-place.js";
import type { Subject } from "./rounds.js";

const entriesEach = 20;
const idleTimeoutMs = 20;

/** From send to handled and acknowledged, one process after the other. */
export function wakeUpSubjects(label: string, place: JournalPlace): Subject[] {
  return (["ts", "lua"] as const).map((language) => ({
    workload: `${label} wake-up`,
    subject: `perdure-${language}`,
    unit: "wake-ups/s",
    count: 1_000,
    run: (count) => wakeUps(place, language, count),
  }));
}

async function wakeUps(place: JournalPlace, language: Language, count: number): Promise<readonly Measured[]> {
  const node = await JournalNode.start({ open: opener(place), idleTimeoutMs });
  node.host.ready();
  const client = node.client("waker");
  const pids = await spawnAll(client, language, count);
  for (let i = 0; i < entriesEach; i++) await sendAll(client, pids);
  await until(() => node.host.counts.active === 0, "the processes to be put to rest");
  const times: number[] = [];
  for (const pid of pids) {
    const start = performance.now();
    await sendAll(client, [pid]);
    times.push(performance.now() - start);
  }
  for (const pid of pids) await checkCount(client, pid, entriesEach + 1);
  await endAll(client, pids);
  await node.close();
  return percentiles(times);
}
