/**
 * W8. Question: does a message, a name or a timer cost more when there are many?
 *
 * Fan-in as in W2 from 10, 1,000 and 100,000 senders that are all there before the first message: each waits for a message of the one that
 * started them. Backlog: as many messages as the count says are in one mailbox before its process takes the first, and are taken out then;
 * timed from the first send to the last message taken. Names: a process registers 10,000 names, looks up each, and compares. Timers: a
 * process sets 10,000 timers of 0 to 9 ms, timed until the last has fired.
 */
import type { Behaviour, Command } from "../actors/index.js";
import { type Pid, parsePid } from "../mailbox/index.js";
import { BenchNode, host, program } from "./bench-node.js";
import { fanInPrograms, fanInTexts, type Sending, sender } from "./fan-in.js";
import { type Measured, type Run, seconds, verify, type Workload, warmUp } from "./harness.js";
import { shares, sumOf } from "./shapes.js";

const allSizes = [10, 1_000, 100_000] as const;
const names = 10_000;
const timers = 10_000;

/** As `ts:sender`, but it begins with the first message that comes. */
const patient: Behaviour<Sending> = { ...sender, init: (args, self) => ({ state: sender.init(args, self).state }) };

/** The last sender that was started, and those before it. */
interface Started {
  readonly pid: Pid;
  readonly before: Started | undefined;
}

interface Conducting {
  readonly left: number;
  readonly started: Started | undefined;
}

/** Starts `many` senders of `each` messages, one more for the first `rest`; told to go on, it tells them. */
const conductor: Behaviour<Conducting> = {
  init: ([entry, sink, many, each, rest]) => ({
    state: { left: Number(many), started: undefined },
    commands: Array.from({ length: Number(many) }, (_, n) => ({
      kind: "spawn",
      entry: String(entry),
      host,
      args: [sink!, n < Number(rest) ? Number(each) + 1 : Number(each)],
      as: "sender",
    })),
  }),
  handle: (state, event) => {
    if (event.kind === "answer") {
      if (event.pid === undefined) throw new Error("a sender did not start");
      return { state: { left: state.left - 1, started: { pid: event.pid, before: state.started } } };
    }
    if (event.kind !== "message") return { state };
    if (event.topic === "ready") {
      return { state, commands: [{ kind: "reply", message: event, outcome: { ok: true, value: state.left === 0 } }] };
    }
    const commands: Command[] = [];
    for (let at = state.started; at !== undefined; at = at.before) {
      commands.push({ kind: "send", to: at.pid, topic: "more", payloads: [] });
    }
    return { state: { left: 0, started: undefined }, commands };
  },
};

const luaPatient = `
return function(sink, count)
  process.inbox():receive()
  for n = 0, count - 1 do process.send(sink, "n", n) end
end`;

/** All in one turn, so that none is taken out before the last is in. */
const flood: Behaviour<null> = {
  init: ([sink, count]) => {
    const to = parsePid(String(sink))!;
    const sends = Array.from({ length: Number(count) }, (_, n): Command => {
      return { kind: "send", to, topic: "n", payloads: [n] };
    });
    return { state: null, commands: [...sends, { kind: "stop", reason: { kind: "normal", value: null } }] };
  },
  handle: (state) => ({ state }),
};

/** It waits for another topic first, and then takes out what has come meanwhile. */
const luaPatientSink = `
return function(count)
  local go, sum = process.listen("go"), 0
  go:receive()
  local inbox = process.inbox()
  for _ = 1, count do sum = sum + inbox:receive():payload():data() end
  return sum
end`;

const luaFlood = `
return function(sink, count)
  for n = 0, count - 1 do process.send(sink, "n", n) end
  process.send(sink, "go")
end`;

/** Registers its own pid under that many names, then looks up each; its result is how many led to it. */
const namer: Behaviour<{
  readonly self: Pid;
  readonly count: number;
  readonly registered: number;
  readonly found: number;
  readonly answers: number;
}> = {
  init: ([count], self) => ({
    state: { self, count: Number(count), registered: 0, found: 0, answers: 0 },
    commands: requests(Number(count), (n) => ({ kind: "register", name: `name ${n}`, pid: self }), "register"),
  }),
  handle: (state, event) => {
    if (event.kind !== "answer") return { state };
    if (!event.outcome.ok) throw new Error(event.outcome.error.message);
    const { self, count } = state;
    if (event.as === "register") {
      const registered = state.registered + 1;
      const commands =
        registered < count ? [] : requests(count, (n) => ({ kind: "lookup", name: `name ${n}` }), "lookup");
      return { state: { ...state, registered }, commands };
    }
    const found = state.found + (event.outcome.value === self.text ? 1 : 0);
    const answers = state.answers + 1;
    const commands: Command[] = answers < count ? [] : [{ kind: "stop", reason: { kind: "normal", value: found } }];
    return { state: { ...state, found, answers }, commands };
  },
};

const timerKeeper: Behaviour<{ readonly count: number; readonly fired: number }> = {
  init: ([count]) => ({
    state: { count: Number(count), fired: 0 },
    commands: requests(Number(count), (n) => ({ kind: "timer", delayMs: n % 10 }), "fired"),
  }),
  handle: ({ count, fired }, event) => {
    if (event.kind !== "answer") return { state: { count, fired } };
    const state = { count, fired: fired + 1 };
    if (state.fired < count) return { state };
    return { state, commands: [{ kind: "stop", reason: { kind: "normal", value: state.fired } }] };
  },
};

type RequestOf = Extract<Command, { kind: "request" }>["request"];

function requests(count: number, make: (n: number) => RequestOf, as: string): Command[] {
  return Array.from({ length: count }, (_, n) => ({ kind: "request", request: make(n), as }));
}

const programs = {
  ...fanInPrograms,
  "ts:patient": program(patient),
  "ts:conductor": program(conductor),
  "ts:flood": program(flood),
  "ts:patient-sink": fanInPrograms["ts:sink"],
  "ts:namer": program(namer),
  "ts:timers": program(timerKeeper),
};
const texts = {
  ...fanInTexts,
  "lua:patient": luaPatient,
  "lua:flood": luaFlood,
  "lua:patient-sink": luaPatientSink,
};

const perdure =
  (language: "ts" | "lua"): Run =>
  async (count) => {
    await warmUp(count, (count) => fanInOf(language, count, allSizes[0]));
    const sizes = allSizes.filter((size) => size <= Math.max(count, allSizes[0]));
    const rates: number[] = [];
    for (const size of sizes) rates.push(await fanInOf(language, count, size));
    const measured: Measured[] = sizes.map((size, n) => {
      return { metric: `${size.toLocaleString("en-US")} senders`, value: rates[n]!, unit: "messages/s" };
    });
    measured.push({ metric: "cost, most to fewest senders", value: rates[0]! / rates.at(-1)!, unit: "times" });
    measured.push({ metric: "backlog", value: await backlog(language, count), unit: "messages/s" });
    if (language === "ts") measured.push(...(await manyRequests(Math.min(count, names), Math.min(count, timers))));
    return measured;
  };

async function fanInOf(language: "ts" | "lua", count: number, size: number): Promise<number> {
  const node = await BenchNode.open(programs, texts);
  const each = shares(count, size);
  const { pid: sink, result } = await node.begin(`${language}:sink`, [count]);
  const conductor = await node.spawn("ts:conductor", [
    `${language}:patient`,
    sink.text,
    size,
    each.at(-1)!,
    count % size,
  ]);
  while ((await node.call(conductor, "ready")) !== true) await new Promise((resolve) => setTimeout(resolve, 10));
  const taken = await seconds(async () => {
    await node.send(conductor, "go");
    verify("sum of the messages", await result, sumOf(each));
  });
  await node.close();
  return count / taken;
}

async function backlog(language: "ts" | "lua", count: number): Promise<number> {
  const node = await BenchNode.open(programs, texts);
  const { pid: sink, result } = await node.begin(`${language}:patient-sink`, [count]);
  const taken = await seconds(async () => {
    await node.spawn(`${language}:flood`, [sink.text, count]);
    verify("sum of the messages", await result, sumOf([count]));
  });
  await node.close();
  return count / taken;
}

async function manyRequests(names: number, timers: number): Promise<readonly Measured[]> {
  const node = await BenchNode.open(programs, texts);
  const namesTaken = await seconds(async () => verify("names", await node.result("ts:namer", [names]), names));
  const timersTaken = await seconds(async () => verify("timers", await node.result("ts:timers", [timers]), timers));
  await node.close();
  return [
    { metric: "names", value: names / namesTaken, unit: "registered and looked up/s" },
    { metric: "timers", value: timers / timersTaken, unit: "set and fired/s" },
  ];
}

export const growth: Workload = {
  id: "W8",
  name: "growth",
  count: 1_000_000,
  counts: { "perdure-lua": 200_000 },
  runs: { "perdure-ts": perdure("ts"), "perdure-lua": perdure("lua") },
};
