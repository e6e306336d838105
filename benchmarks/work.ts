/**
 * W7. Questions: how much do processes get done that compute without end, and how long do messages of others take meanwhile?
 *
 * 100 Lua processes repeat a unit of work (strings joined, a table sorted, recursion) and send the result of each unit to a counter, which
 * compares it; none of them ever waits. Meanwhile a probe and an echo ping-pong, as in W1 but with a clock: first alone, then next to
 * the busy ones. All pings follow one another at once (p50, p99), or each after a pause of 2 ms, when the node may be in the middle of
 * something (paced). Rate: units that the counter got while the pings followed one another, per second. perdure-ts has its echo in
 * TypeScript, perdure-lua in Lua; the probe is in TypeScript in both.
 */
import type { Behaviour, Command } from "../actors/index.js";
import { type Payload, type Pid, parsePid } from "../mailbox/index.js";
import { BenchNode, program } from "./bench-node.js";
import { type Measured, quantile, type Run, seconds, verify, type Workload } from "./harness.js";
import { echo, luaEcho } from "./ping-pong.js";

const workers = 100;
const pauseMs = 2;
/** At least: pings go on and on. */
const measuredMs = 500;

export const luaWorker = `
local function text(n)
  local parts = {}
  for i = 1, n do parts[i] = "item " .. i .. ";" end
  return #table.concat(parts)
end

local function sorted(n)
  local numbers = {}
  for i = 1, n do numbers[i] = (i * 7919) % 1009 end
  table.sort(numbers)
  return numbers[n // 2]
end

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

return function(counter)
  while true do process.send(counter, "unit", text(50) + sorted(60) + fib(12)) end
end`;

/** What one unit gives, computed here in another way. */
const unitResult = textLength(50) + middle(60) + 144;

function textLength(n: number): number {
  return Array.from({ length: n }, (_, i) => `item ${i + 1};`).join("").length;
}

function middle(n: number): number {
  return Array.from({ length: n }, (_, i) => ((i + 1) * 7919) % 1009).sort((a, b) => a - b)[n / 2 - 1]!;
}

/** Counts units, and says how many there were when asked. */
export const counter: Behaviour<number> = {
  init: () => ({ state: 0 }),
  handle: (units, event) => {
    if (event.kind !== "message") return { state: units };
    if (event.topic === "ask") {
      return { state: units, commands: [{ kind: "reply", message: event, outcome: { ok: true, value: units } }] };
    }
    verify("result of a unit", event.payloads[0], unitResult);
    return { state: units + 1 };
  },
};

interface Probing {
  readonly peer: Pid;
  readonly count: number;
  readonly pauseMs: number;
  readonly sentAt: number;
  /** Ms of each round trip, added to in place: there are many. */
  readonly times: number[];
}

/** Its result: p50 and p99 of its round trips, in µs. */
export const probe: Behaviour<Probing> = {
  init: ([peer, count, pauseMs]) => {
    const to = parsePid(String(peer))!;
    const state = { peer: to, count: Number(count), pauseMs: Number(pauseMs), sentAt: performance.now(), times: [] };
    return { state, commands: [pingOf(to, 0)] };
  },
  handle: (state, event) => {
    const { peer, count, pauseMs, sentAt, times } = state;
    if (event.kind === "message") {
      verify("reply", event.payloads[0], times.length);
      times.push(performance.now() - sentAt);
      if (times.length === count)
        return { state, commands: [{ kind: "stop", reason: { kind: "normal", value: summary(times) } }] };
      if (pauseMs > 0)
        return { state, commands: [{ kind: "request", request: { kind: "timer", delayMs: pauseMs }, as: "pause" }] };
    } else if (event.kind !== "answer") return { state };
    return {
      state: { peer, count, pauseMs, sentAt: performance.now(), times },
      commands: [pingOf(peer, times.length)],
    };
  },
};

const pingOf = (to: Pid, n: number): Command => ({ kind: "send", to, topic: "ping", payloads: [n] });

function summary(times: readonly number[]): Payload {
  return { p50: quantile(times, 0.5) * 1_000, p99: quantile(times, 0.99) * 1_000 };
}

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export const workPrograms = {
  "ts:echo": program(echo),
  "ts:counter": program(counter),
  "ts:probe": program(probe),
};
export const workTexts = { "lua:echo": luaEcho, "lua:worker": luaWorker };

/** The counter of as many processes that work from now on. */
export async function startWorkers(node: BenchNode, count: number): Promise<Pid> {
  const counter = await node.spawn("ts:counter");
  await Promise.all(Array.from({ length: count }, () => node.spawn("lua:worker", [counter.text])));
  return counter;
}

/** Units per second that arrive while `meanwhile` goes on. */
export async function unitsPerSecond(
  node: BenchNode,
  counter: Pid,
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  const before = Number(await node.call(counter, "ask"));
  const taken = await seconds(meanwhile);
  return (Number(await node.call(counter, "ask")) - before) / taken;
}

const perdure =
  (echo: string): Run =>
  async (count) => {
    const node = await BenchNode.open(workPrograms, workTexts);
    const peer = await node.spawn(echo);
    const ping = async (count: number, pauseMs: number): Promise<Latency> =>
      (await node.result("ts:probe", [peer.text, count, pauseMs])) as unknown as Latency;
    const paced = Math.ceil(count / 100);
    await ping(count, 0);
    const idle = await ping(count, 0);
    const idlePaced = await ping(paced, pauseMs);
    const counter = await startWorkers(node, workers);
    await ping(Math.ceil(count / 5), 0);
    let busy = idle;
    const rate = await unitsPerSecond(node, counter, async () => {
      const until = performance.now() + measuredMs;
      do busy = await ping(count, 0);
      while (performance.now() < until);
    });
    if (!(rate > 0)) throw new Error("no unit of work was done");
    const busyPaced = await ping(paced, pauseMs);
    return [
      { metric: "rate", value: rate, unit: "units/s" },
      ...figures("", idle, busy),
      ...figures("paced ", idlePaced, busyPaced),
    ];
  };

function figures(kind: string, idle: Latency, busy: Latency): Measured[] {
  return [
    { metric: `${kind}idle p50`, value: idle.p50, unit: "µs" },
    { metric: `${kind}p50`, value: busy.p50, unit: "µs" },
    { metric: `${kind}p99`, value: busy.p99, unit: "µs" },
    { metric: `${kind}p99 to idle p50`, value: busy.p99 / idle.p50, unit: "times" },
  ];
}

export const work: Workload = {
  id: "W7",
  name: "work",
  count: 50_000,
  counts: { "perdure-lua": 20_000 },
  runs: { "perdure-ts": perdure("ts:echo"), "perdure-lua": perdure("lua:echo") },
};
