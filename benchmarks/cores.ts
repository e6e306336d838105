/**
 * W9. Question: what do worker threads bring on a machine with several cores?
 *
 * The fan-in of W2 and the 100 computing processes of W7 on a host with one worker, which is the main thread, and on one with two. Across:
 * two sinks and ten senders on two workers, where each sender sends to the sink on the other one, so that every message crosses.
 */
import { availableParallelism } from "node:os";
import type { Payload, Pid } from "../mailbox/index.js";
import { BenchNode } from "./bench-node.js";
import { sendAll } from "./fan-in.js";
import { type Measured, type Run, seconds, verify, type Workload, warmUp } from "./harness.js";
import { shares, sumOf } from "./shapes.js";
import { threadPrograms, threadTexts } from "./thread.js";
import { startWorkers, unitsPerSecond } from "./work.js";

const senders = 10;
const busy = 100;
const module = new URL("thread.js", import.meta.url);

const open = (count: number): Promise<BenchNode> => BenchNode.open(threadPrograms, threadTexts, { count, module });

const perdure =
  (language: "ts" | "lua"): Run =>
  async (count) => {
    if (availableParallelism() < 2) throw new Error("two workers need two cores");
    const measured: Measured[] = [];
    const one = await fanIn(language, 1, count);
    const two = await fanIn(language, 2, count);
    measured.push(...figures("fan-in", "messages/s", one, two));
    measured.push({ metric: "across", value: await across(language, count), unit: "messages/s" });
    if (language === "ts") return measured;
    // Long enough that each process has done some.
    const workMs = Math.max(500, Math.min(2_000, count / 100));
    return [...measured, ...figures("work", "units/s", await units(1, workMs), await units(2, workMs))];
  };

function figures(what: string, unit: string, one: number, two: number): Measured[] {
  return [
    { metric: `${what}, 1 worker`, value: one, unit },
    { metric: `${what}, 2 workers`, value: two, unit },
    { metric: `${what}, 2 workers to 1`, value: two / one, unit: "times" },
  ];
}

async function fanIn(language: "ts" | "lua", workers: number, count: number): Promise<number> {
  const node = await open(workers);
  const send = (count: number): Promise<number> =>
    sendAll(node, `${language}:sink`, [`${language}:sender`], shares(count, senders));
  await warmUp(count, send);
  const rate = count / (await send(count));
  await node.close();
  return rate;
}

async function across(language: "ts" | "lua", count: number): Promise<number> {
  const node = await open(2);
  await warmUp(count, (count) => crossing(node, language, count));
  const rate = count / (await crossing(node, language, count));
  await node.close();
  return rate;
}

async function crossing(node: BenchNode, language: "ts" | "lua", count: number): Promise<number> {
  const each = shares(count, senders);
  const sides = [0, 1].map((side) => each.filter((_, n) => n % 2 === side));
  const sinks: { readonly pid: Pid; readonly result: Promise<Payload> }[] = [];
  for (const shares of [...sides].reverse()) {
    const total = shares.reduce((sum, share) => sum + share, 0);
    sinks.push(await node.begin(`${language}:sink`, [total]));
  }
  return seconds(async () => {
    // A new process starts where the fewest are, so these take turns: the first is beside the first sink.
    const others = each.map((_, n) => sinks[1 - (n % 2)]!.pid);
    const pids = await Promise.all(others.map((to, n) => node.spawn(`${language}:sender`, [to.text, each[n]!])));
    for (const [n, pid] of pids.entries()) {
      if (threadOf(pid) === threadOf(others[n]!)) throw new Error("a sender is on the thread of its sink");
    }
    // The senders of one side send to the sink of the other.
    for (const [side, { result }] of sinks.entries())
      verify("sum of the messages", await result, sumOf(sides[1 - side]!));
  });
}

/** Processes with the same end of their ids were started on the same thread by the main one. */
const threadOf = ({ id }: Pid): string => id.slice(id.indexOf("."));

async function units(workers: number, ms: number): Promise<number> {
  const node = await open(workers);
  const counter = await startWorkers(node, busy);
  const wait = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));
  await wait();
  const rate = await unitsPerSecond(node, counter, wait);
  await node.close();
  return rate;
}

export const cores: Workload = {
  id: "W9",
  name: "cores",
  count: 1_000_000,
  counts: { "perdure-lua": 200_000 },
  runs: { "perdure-ts": perdure("ts"), "perdure-lua": perdure("lua") },
};
