/**
 * W3. Questions: how many processes per second can be started and ended, and how much memory does one take that has nothing to do?
 *
 * Rate: the spawner starts a child and sends it "go"; the child answers "done" and ends. At most 1,000 children are outstanding: for each
 * "done" the spawner starts the next. Timed from the start of the spawner until it has got as many answers as it was to start children.
 * Memory: as many children as the count says are started and wait for "go"; what heap and resident set grew by after a forced garbage
 * collection, divided by their number. The baseline is the same program after it has started and ended a few children.
 */
import type { Behaviour, Command } from "../actors/index.js";
import { account } from "./account.js";
import { asyncPrograms } from "./async-subjects.js";
import { BenchNode, host, program } from "./bench-node.js";
import { type Measured, type Run, rate, seconds, verify, type Workload } from "./harness.js";
import { RawLoop } from "./raw-loop.js";
import { outstanding } from "./shapes.js";

interface Spawning {
  /** Children to start, and answers to get. */
  readonly toStart: number;
  readonly toGet: number;
  readonly count: number;
}

const start: Command = { kind: "spawn", entry: "ts:child", host, args: [], as: "child" };

const spawner: Behaviour<Spawning> = {
  init: ([count]) => {
    const first = Math.min(Number(count), outstanding);
    return {
      state: { toStart: Number(count) - first, toGet: Number(count), count: Number(count) },
      commands: Array.from({ length: first }, () => start),
    };
  },
  handle: (state, event) => {
    const { toStart, toGet, count } = state;
    if (event.kind === "answer") {
      if (event.pid === undefined) throw new Error("a child did not start");
      return { state, commands: [{ kind: "send", to: event.pid, topic: "go", payloads: [] }] };
    }
    if (event.kind !== "message") return { state };
    if (toGet === 1) return { state, commands: [{ kind: "stop", reason: { kind: "normal", value: count } }] };
    if (toStart === 0) return { state: { toStart, toGet: toGet - 1, count } };
    return { state: { toStart: toStart - 1, toGet: toGet - 1, count }, commands: [start] };
  },
};

/** A small state of its own, as most have. */
const child: Behaviour<{ readonly handled: number }> = {
  init: () => ({ state: { handled: 0 } }),
  handle: ({ handled }, event) => {
    if (event.kind !== "message") return { state: { handled } };
    return {
      state: { handled: handled + 1 },
      commands: [
        { kind: "send", to: event.from, topic: "done", payloads: [] },
        { kind: "stop", reason: { kind: "normal", value: null } },
      ],
    };
  },
};

const luaSpawner = `
return function(count)
  local inbox = process.inbox()
  local started, got = 0, 0
  while got < count do
    while started < count and started - got < ${outstanding} do
      local child, err = process.spawn("lua:child", "${host}")
      if err then error(err) end
      process.send(child, "go")
      started = started + 1
    end
    if inbox:receive():topic() ~= "done" then error("not an answer of a child") end
    got = got + 1
  end
  return got
end`;

const programs = { ...asyncPrograms, "ts:spawner": program(spawner), "ts:child": program(child) };
const texts = { "lua:spawner": luaSpawner, "lua:child": account };

function perdure(language: "ts" | "async" | "lua"): Run {
  return async (count) => {
    const memory = await idleNode(language, count);
    const node = await BenchNode.open(programs, texts);
    const rates = await rate(count, "spawns/s", (count) =>
      seconds(async () => verify("answers", await node.result(`${language}:spawner`, [count]), count)),
    );
    return [...rates, ...memory];
  };
}

async function idleNode(language: "ts" | "async" | "lua", count: number): Promise<readonly Measured[]> {
  const node = await BenchNode.open(programs, texts);
  verify("answers", await node.result(`${language}:spawner`, [outstanding]), outstanding);
  const before = node.host.size;
  const measured = await bytesOf(count, async () => {
    for (let left = count; left > 0; left -= outstanding) {
      const batch = Array.from({ length: Math.min(left, outstanding) }, () => node.spawn(`${language}:child`));
      await Promise.all(batch);
    }
  });
  verify("processes alive", node.host.size - before, count);
  await node.close();
  return measured;
}

/** What `fill` leaves on the heap and in the resident set, for each of `count`. */
async function bytesOf(count: number, fill: () => Promise<void>): Promise<readonly Measured[]> {
  const before = await collected();
  await fill();
  const after = await collected();
  const each = (bytes: number): number => bytes / count;
  return [
    { metric: "heap", value: each(after.heapUsed - before.heapUsed), unit: "bytes/process" },
    { metric: "rss", value: each(after.rss - before.rss), unit: "bytes/process" },
  ];
}

/** Twice, with a pause: finalisers and the release of pages come after a collection. */
async function collected(): Promise<NodeJS.MemoryUsage> {
  for (let i = 0; i < 2; i++) {
    if (globalThis.gc === undefined) throw new Error("memory is measured in a Node.js started with --expose-gc");
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage();
}

class RawChild {
  handled = 0;

  handle({ from }: { readonly from: number }, self: number, loop: RawLoop): void {
    this.handled++;
    loop.send(from, self, "done", 0);
    loop.end(self);
  }
}

const rawLoop: Run = async (count) => {
  const loop = new RawLoop();
  const memory = await bytesOf(count, async () => {
    for (let i = 0; i < count; i++) loop.spawn(new RawChild());
  });
  verify("processes alive", loop.size, count);
  return [...(await rate(count, "spawns/s", rawSpawns)), ...memory];
};

function rawSpawns(count: number): Promise<number> {
  const loop = new RawLoop();
  let started = 0;
  let got = 0;
  const start = (self: number): void => {
    started++;
    loop.send(loop.spawn(new RawChild()), self, "go", 0);
  };
  return seconds(() => {
    const spawner = loop.spawn({
      handle: (_, self) => {
        got++;
        if (started < count) start(self);
      },
    });
    while (started < Math.min(count, outstanding)) start(spawner);
    loop.run();
    verify("answers", got, count);
  });
}

export const spawn: Workload = {
  id: "W3",
  name: "spawn",
  count: 100_000,
  runs: {
    "perdure-ts": perdure("ts"),
    "perdure-async": perdure("async"),
    "perdure-lua": perdure("lua"),
    "raw-loop": rawLoop,
  },
};
