/**
 * W1. Question: how many requests and replies per second pass between two processes?
 *
 * `ping` sends the number of round trips that are left, `echo` sends it back, and `ping` compares and sends the next one. A round trip is
 * two messages; one is on its way at any time. Timed from the start of `ping` to its end. A reply with another number than was sent fails
 * the run, and a lost one never ends it.
 */
import type { Behaviour } from "../actors/index.js";
import { type Pid, parsePid } from "../mailbox/index.js";
import { asyncPrograms } from "./async-subjects.js";
import { BenchNode, program } from "./bench-node.js";
import { type Run, rate, seconds, verify, type Workload } from "./harness.js";
import { RawLoop } from "./raw-loop.js";

interface Pinging {
  readonly peer: Pid;
  readonly count: number;
  readonly left: number;
}

export const echo: Behaviour<null> = {
  init: () => ({ state: null }),
  handle: (state, event) =>
    event.kind === "message"
      ? { state, commands: [{ kind: "send", to: event.from, topic: "pong", payloads: event.payloads }] }
      : { state },
};

export const ping: Behaviour<Pinging> = {
  init: ([peer, count]) => {
    const to = parsePid(String(peer))!;
    return {
      state: { peer: to, count: Number(count), left: Number(count) },
      commands: [{ kind: "send", to, topic: "ping", payloads: [count!] }],
    };
  },
  handle: (state, event) => {
    if (event.kind !== "message") return { state };
    const { peer, count, left } = state;
    if (event.payloads[0] !== left) throw new Error(`sent ${left} and got ${event.payloads[0]}`);
    if (left === 1) return { state, commands: [{ kind: "stop", reason: { kind: "normal", value: count } }] };
    return {
      state: { peer, count, left: left - 1 },
      commands: [{ kind: "send", to: peer, topic: "ping", payloads: [left - 1] }],
    };
  },
};

export const luaEcho = `
return function()
  local inbox = process.inbox()
  while true do
    local msg = inbox:receive()
    process.send(msg:from(), "pong", msg:payload():data())
  end
end`;

export const luaPing = `
return function(peer, count)
  local inbox = process.inbox()
  for left = count, 1, -1 do
    process.send(peer, "ping", left)
    local got = inbox:receive():payload():data()
    if got ~= left then error("sent " .. left .. " and got " .. tostring(got)) end
  end
  return count
end`;

const perdure =
  (ping: string, echo: string): Run =>
  async (count) => {
    const node = await BenchNode.open(programs, { "lua:echo": luaEcho, "lua:ping": luaPing });
    return rate(count, "round trips/s", async (count) => {
      const peer = await node.spawn(echo);
      const taken = await seconds(async () => {
        verify("round trips", await node.result(ping, [peer.text, count]), count);
      });
      await node.terminate(peer);
      return taken;
    });
  };

const programs = { ...asyncPrograms, "ts:echo": program(echo), "ts:ping": program(ping) };

const rawLoop: Run = (count) =>
  rate(count, "round trips/s", (count) => {
    const loop = new RawLoop();
    let left = count;
    const peer = loop.spawn({ handle: ({ from, value }, self) => loop.send(from, self, "pong", value) });
    const ping = loop.spawn({
      handle: ({ value }, self) => {
        verify("reply", value, left);
        if (--left > 0) loop.send(peer, self, "ping", left);
      },
    });
    return seconds(() => {
      loop.send(peer, ping, "ping", left);
      loop.run();
      verify("round trips", count - left, count);
    });
  });

export const pingPong: Workload = {
  id: "W1",
  name: "ping-pong",
  count: 500_000,
  counts: { "perdure-lua": 100_000, "perdure-mixed": 100_000 },
  runs: {
    "perdure-ts": perdure("ts:ping", "ts:echo"),
    "perdure-async": perdure("async:ping", "async:echo"),
    "perdure-lua": perdure("lua:ping", "lua:echo"),
    "perdure-mixed": perdure("ts:ping", "lua:echo"),
    "raw-loop": rawLoop,
  },
};
