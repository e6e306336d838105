/**
 * W2. Question: how many messages per second does one process take from ten that send as fast as they can?
 *
 * Each sender sends its share to the sink, 100 per turn, and then itself one message, "more", upon which it goes on; the numbers that it
 * sends count up from 0. Timed from the start of the first sender until the sink has got as many messages as were to be sent; it checks
 * their sum too. Peers whose processes are interrupted by themselves send in a plain loop.
 */
import type { Behaviour } from "../actors/index.js";
import { type Payload, type Pid, parsePid } from "../mailbox/index.js";
import { asyncPrograms } from "./async-subjects.js";
import { BenchNode, program } from "./bench-node.js";
import { type Run, rate, seconds, verify, type Workload } from "./harness.js";
import { RawLoop } from "./raw-loop.js";
import { perTurn, shares, sumOf } from "./shapes.js";

const senders = 10;

interface Sum {
  readonly left: number;
  readonly sum: number;
}

export interface Sending {
  readonly sink: Pid;
  readonly self: Pid;
  readonly count: number;
  readonly sent: number;
}

/** Its result is the sum of all numbers that it got. */
export const sink: Behaviour<Sum> = {
  init: ([count]) => ({ state: { left: Number(count), sum: 0 } }),
  handle: ({ left, sum }, event) => {
    if (event.kind !== "message") return { state: { left, sum } };
    const state = { left: left - 1, sum: sum + Number(event.payloads[0]) };
    if (left > 1) return { state };
    return { state, commands: [{ kind: "stop", reason: { kind: "normal", value: state.sum } }] };
  },
};

export const sender: Behaviour<Sending> = {
  init: ([sink, count], self) => ({
    state: { sink: parsePid(String(sink))!, self, count: Number(count), sent: 0 },
    commands: [{ kind: "send", to: self, topic: "more", payloads: [] }],
  }),
  handle: (state, event) => {
    if (event.kind !== "message") return { state };
    const { sink, self, count, sent } = state;
    const upTo = Math.min(count, sent + perTurn);
    const commands = [];
    for (let n = sent; n < upTo; n++) commands.push({ kind: "send", to: sink, topic: "n", payloads: [n] } as const);
    if (upTo < count) commands.push({ kind: "send", to: self, topic: "more", payloads: [] } as const);
    else commands.push({ kind: "stop", reason: { kind: "normal", value: null } } as const);
    return { state: { sink, self, count, sent: upTo }, commands };
  },
};

export const luaSink = `
return function(count)
  local inbox, sum = process.inbox(), 0
  for _ = 1, count do sum = sum + inbox:receive():payload():data() end
  return sum
end`;

export const luaSender = `
return function(sink, count)
  for n = 0, count - 1 do process.send(sink, "n", n) end
end`;

export const fanInPrograms = { ...asyncPrograms, "ts:sink": program(sink), "ts:sender": program(sender) };
export const fanInTexts = { "lua:sink": luaSink, "lua:sender": luaSender };

/** Seconds from the first sender until the sink has all. The senders are of the given kinds in turn. */
export async function sendAll(
  node: BenchNode,
  sink: string,
  senders: readonly string[],
  each: readonly number[],
): Promise<number> {
  const count = each.reduce((sum, share) => sum + share, 0);
  const { pid, result } = await node.begin(sink, [count]);
  return seconds(async () => {
    const args = each.map((share): Payload[] => [pid.text, share]);
    await Promise.all(args.map((args, n) => node.spawn(senders[n % senders.length]!, args)));
    verify("sum of the messages", await result, sumOf(each));
  });
}

const perdure =
  (sink: string, kinds: readonly string[]): Run =>
  async (count) => {
    const node = await BenchNode.open(fanInPrograms, fanInTexts);
    return rate(count, "messages/s", (count) => sendAll(node, sink, kinds, shares(count, senders)));
  };

const rawLoop: Run = (count) =>
  rate(count, "messages/s", (count) => {
    const loop = new RawLoop();
    const each = shares(count, senders);
    let got = 0;
    let sum = 0;
    const sink = loop.spawn({
      handle: ({ value }) => {
        got++;
        sum += value;
      },
    });
    return seconds(() => {
      for (const share of each) {
        let sent = 0;
        const id = loop.spawn({
          handle: (_, self) => {
            const upTo = Math.min(share, sent + perTurn);
            for (; sent < upTo; sent++) loop.send(sink, self, "n", sent);
            if (sent < share) loop.send(self, self, "more", 0);
            else loop.end(self);
          },
        });
        loop.send(id, id, "more", 0);
      }
      loop.run();
      verify("messages", got, count);
      verify("sum of the messages", sum, sumOf(each));
    });
  });

export const fanIn: Workload = {
  id: "W2",
  name: "fan-in",
  count: 1_000_000,
  counts: { "perdure-lua": 200_000, "perdure-mixed": 200_000 },
  runs: {
    "perdure-ts": perdure("ts:sink", ["ts:sender"]),
    "perdure-async": perdure("async:sink", ["async:sender"]),
    "perdure-lua": perdure("lua:sink", ["lua:sender"]),
    "perdure-mixed": perdure("ts:sink", ["ts:sender", "lua:sender"]),
    "raw-loop": rawLoop,
  },
};
