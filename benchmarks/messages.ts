/** Question: how many messages pass between processes in memory, in TypeScript and in Lua, next to a raw loop? */
import {
  behaviourProgram,
  type Client,
  createSystem,
  type Outcome,
  type Program,
  type SpawnSpec,
  type System,
} from "../actors/index.js";
import { MemoryHost, realClock, Scheduler } from "../durability/memory/index.js";
import { LuaRuntime, type LuaSource } from "../lua/index.js";
import { type Failure, type Pid, parsePid } from "../mailbox/index.js";
import type { Subject } from "./harness.js";

const host = "bench:host";

const luaEcho = `
local inbox = process.inbox()
return function()
  while true do
    local msg = inbox:receive()
    process.send(msg:from(), "pong", msg:payload():data())
  end
end`;

const luaPing = `
return function(peer, count)
  local inbox = process.inbox()
  for i = 1, count do
    process.send(peer, "ping", i)
    local msg = inbox:receive()
    if msg:payload():data() ~= i then error("lost a message") end
  end
  return count
end`;

const luaCount = `
return function(count)
  local inbox = process.inbox()
  for _ = 1, count do inbox:receive() end
  return count
end`;

const luaSend = `
return function(peer, count)
  for i = 1, count do process.send(peer, "n", i) end
end`;

/** Answers each message with its payload. */
const echo = behaviourProgram.bind(undefined, {
  init: () => ({ state: null }),
  handle: (_state, event) =>
    event.kind === "message"
      ? { state: null, commands: [{ kind: "send", to: event.from, topic: "pong", payloads: event.payloads }] }
      : { state: null },
});

interface PingState {
  readonly peer: Pid;
  readonly left: number;
}

const ping = (): Program =>
  behaviourProgram<PingState>({
    init: ([peer, count]) => {
      const to = parsePid(String(peer))!;
      return {
        state: { peer: to, left: Number(count) },
        commands: [{ kind: "send", to, topic: "ping", payloads: [count!] }],
      };
    },
    handle: (state, event) => {
      if (event.kind !== "message") return { state };
      if (event.payloads[0] !== state.left) throw new Error("lost a message");
      const left = state.left - 1;
      if (left === 0) return { state, commands: [{ kind: "stop", reason: { kind: "normal", value: null } }] };
      return {
        state: { ...state, left },
        commands: [{ kind: "send", to: state.peer, topic: "ping", payloads: [left] }],
      };
    },
  });

function source(id: string, text: string): LuaSource {
  return { id, kind: "process.lua", text, chunkName: id, method: "main", modules: [], imports: {}, hash: id };
}

interface Bench {
  readonly client: Client;
  readonly system: System;
}

function open(): Bench {
  const runtime = new LuaRuntime();
  const sources = new Map([
    ["lua:echo", luaEcho],
    ["lua:ping", luaPing],
    ["lua:count", luaCount],
    ["lua:send", luaSend],
  ]);
  const load = (spec: Pick<SpawnSpec, "entry">): Program | Failure => {
    if (spec.entry === "ts:echo") return echo() as Program;
    if (spec.entry === "ts:ping") return ping();
    return runtime.program(source(spec.entry, sources.get(spec.entry)!), { sliceInstructions: 20_000 });
  };
  const clock = realClock();
  const system = createSystem({
    node: "bench",
    clock,
    load,
    invoke: () => () => {},
    randomBytes: (n) => new Uint8Array(n),
  });
  const memory = new MemoryHost({ id: host, system, scheduler: new Scheduler(clock), maxSlices: 1_000_000 });
  system.attach(memory);
  return { client: memory.openClient("bench"), system };
}

function check(outcome: Outcome): void {
  if (!outcome.ok) throw new Error(outcome.error.message);
}

async function spawn(client: Client, entry: string, ...args: readonly (string | number)[]): Promise<Pid> {
  const pid = await client.spawn(entry, host, args);
  if ("kind" in pid) throw new Error(pid.message);
  return pid;
}

async function pingPong({ client }: Bench, language: "ts" | "lua", count: number): Promise<void> {
  const peer = await spawn(client, `${language}:echo`);
  check(await client.exec(`${language}:ping`, host, [peer.text, count]));
  check(await client.terminate(peer));
}

async function fanIn({ client }: Bench, senders: number, count: number): Promise<void> {
  const name = `sink${count}`;
  const sink = await client.spawn("lua:count", host, [count], { name });
  if ("kind" in sink) throw new Error(sink.message);
  // The name leads to the living sink, so this only waits for its result.
  const result = client.exec("lua:count", host, [], { name });
  const share = Math.floor(count / senders);
  const rest = count - share * senders;
  await Promise.all(
    Array.from({ length: senders }, (_, i) => spawn(client, "lua:send", sink.text, i === 0 ? share + rest : share)),
  );
  check(await result);
}

/** What the machine can do at most: two objects, one queue of message objects, and a loop. */
async function rawLoop(count: number): Promise<void> {
  const queue: { to: "ping" | "pong"; value: number }[] = [{ to: "pong", value: count }];
  let got = 0;
  for (let at = 0; at < queue.length; at++) {
    const message = queue[at]!;
    if (message.to === "pong") queue.push({ to: "ping", value: message.value });
    else if (++got < count) queue.push({ to: "pong", value: message.value - 1 });
    if (at >= 1024) {
      queue.splice(0, at + 1);
      at = -1;
    }
  }
  if (got !== count) throw new Error("lost a message");
}

export function messageSubjects(): Subject[] {
  const bench = open();
  return [
    { workload: "ping-pong", subject: "raw-loop", unit: "round trips/s", count: 2_000_000, run: rawLoop },
    {
      workload: "ping-pong",
      subject: "perdure-ts",
      unit: "round trips/s",
      count: 100_000,
      run: (n) => pingPong(bench, "ts", n),
    },
    {
      workload: "ping-pong",
      subject: "perdure-lua",
      unit: "round trips/s",
      count: 20_000,
      run: (n) => pingPong(bench, "lua", n),
    },
    {
      workload: "fan-in 10",
      subject: "perdure-lua",
      unit: "messages/s",
      count: 50_000,
      run: (n) => fanIn(bench, 10, n),
    },
  ];
}
