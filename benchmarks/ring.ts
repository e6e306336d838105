/**
 * W4. Question: how many messages per second pass when each wakes another process?
 *
 * 1,000 processes in a ring. The first sends the number 1 to the next, each adds 1 and passes it on, and the first sees after each round
 * that it is what it was and 1,000; with as many hops as were to be made it ends. One message is on its way at any time. The ring is built
 * before; timed from the message that starts the first until its end.
 */
import type { Behaviour } from "../actors/index.js";
import { type Pid, parsePid } from "../mailbox/index.js";
import { asyncPrograms } from "./async-subjects.js";
import { BenchNode, program } from "./bench-node.js";
import { type Run, rate, seconds, verify, type Workload } from "./harness.js";
import { RawLoop } from "./raw-loop.js";

const processes = 1_000;

interface First {
  readonly size: number;
  readonly next: Pid | null;
  readonly hops: number;
  readonly done: number;
}

const member: Behaviour<Pid> = {
  init: ([next]) => ({ state: parsePid(String(next))! }),
  handle: (next, event) =>
    event.kind === "message"
      ? { state: next, commands: [{ kind: "send", to: next, topic: "hop", payloads: [Number(event.payloads[0]) + 1] }] }
      : { state: next },
};

const first: Behaviour<First> = {
  init: ([size]) => ({ state: { size: Number(size), next: null, hops: 0, done: 0 } }),
  handle: (state, event) => {
    if (event.kind !== "message") return { state };
    const { size, next, hops, done } = state;
    if (next === null) {
      const to = parsePid(String(event.payloads[0]))!;
      return {
        state: { size, next: to, hops: Number(event.payloads[1]), done },
        commands: [{ kind: "send", to, topic: "hop", payloads: [1] }],
      };
    }
    if (event.payloads[0] !== done + size) throw new Error(`a round of ${size} ends with ${event.payloads[0]}`);
    if (done + size === hops) return { state, commands: [{ kind: "stop", reason: { kind: "normal", value: hops } }] };
    return {
      state: { size, next, hops, done: done + size },
      commands: [{ kind: "send", to: next, topic: "hop", payloads: [done + size + 1] }],
    };
  },
};

const luaMember = `
return function(next)
  local inbox = process.inbox()
  while true do process.send(next, "hop", inbox:receive():payload():data() + 1) end
end`;

const luaFirst = `
return function(size)
  local inbox = process.inbox()
  local start = inbox:receive():payload():data()
  for done = 0, start.hops - size, size do
    process.send(start.next, "hop", done + 1)
    local got = inbox:receive():payload():data()
    if got ~= done + size then error("a round of " .. size .. " ends with " .. got) end
  end
  return start.hops
end`;

const programs = { ...asyncPrograms, "ts:member": program(member), "ts:first": program(first) };
const texts = { "lua:member": luaMember, "lua:first": luaFirst };

const perdure =
  (language: "ts" | "async" | "lua"): Run =>
  (count) =>
    rate(count, "hops/s", async (count) => {
      const { size, hops } = shape(count);
      const node = await BenchNode.open(programs, texts);
      const { pid: first, result } = await node.begin(`${language}:first`, [size]);
      let next = first;
      for (let i = 1; i < size; i++) next = await node.spawn(`${language}:member`, [next.text]);
      const taken = await seconds(async () => {
        await (language === "lua"
          ? node.send(first, "start", { next: next.text, hops })
          : node.send(first, "start", next.text, hops));
        verify("hops", await result, hops);
      });
      await node.close();
      return (taken * count) / hops;
    });

/** Whole rounds. */
function shape(count: number): { readonly size: number; readonly hops: number } {
  const size = Math.min(processes, count);
  return { size, hops: Math.ceil(count / size) * size };
}

const rawLoop: Run = (count) =>
  rate(count, "hops/s", async (count) => {
    const { size, hops } = shape(count);
    const loop = new RawLoop();
    let seen = 0;
    const first = loop.spawn({
      handle: ({ value }, self) => {
        verify("round", value, value === 0 ? 0 : seen + size);
        seen = value;
        if (value < hops) loop.send(next, self, "hop", value + 1);
      },
    });
    let next = first;
    for (let i = 1; i < size; i++) {
      const to = next;
      next = loop.spawn({ handle: ({ value }, self) => loop.send(to, self, "hop", value + 1) });
    }
    const taken = await seconds(() => {
      loop.send(first, first, "start", 0);
      loop.run();
      verify("hops", seen, hops);
    });
    return (taken * count) / hops;
  });

export const ring: Workload = {
  id: "W4",
  name: "ring",
  count: 1_000_000,
  counts: { "perdure-lua": 200_000 },
  runs: {
    "perdure-ts": perdure("ts"),
    "perdure-async": perdure("async"),
    "perdure-lua": perdure("lua"),
    "raw-loop": rawLoop,
  },
};
