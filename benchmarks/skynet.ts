/**
 * W5. Question: how fast does a tree of processes grow, sum and end?
 *
 * The root starts ten children, each of which starts ten, until there are as many leaves as the count says, numbered from 0. A leaf sends
 * its number to its parent and ends; a parent sends the sum of what its children sent and ends. Nothing limits how many live at a time.
 * Timed from the start of the root until it has the sum, which is checked.
 */
import type { Behaviour, Command } from "../actors/index.js";
import { type Pid, parsePid } from "../mailbox/index.js";
import { asyncPrograms } from "./async-subjects.js";
import { BenchNode, host, program } from "./bench-node.js";
import { type Run, rate, seconds, verify, type Workload } from "./harness.js";
import { RawLoop, type RawProcess } from "./raw-loop.js";
import { branches, ranges, sumOf } from "./shapes.js";

interface Summing {
  readonly parent: Pid | null;
  readonly left: number;
  readonly sum: number;
}

/** To the parent, or as the result of the root; then the end. */
function finish(parent: Pid | null, sum: number): Command[] {
  if (parent === null) return [{ kind: "stop", reason: { kind: "normal", value: sum } }];
  return [
    { kind: "send", to: parent, topic: "sum", payloads: [sum] },
    { kind: "stop", reason: { kind: "normal", value: null } },
  ];
}

/** Arguments: the first leaf, the number of leaves, and the parent but for the root. */
const skynetNode: Behaviour<Summing> = {
  init: ([from, size, parentText], self) => {
    const parent = parentText === undefined ? null : parsePid(String(parentText))!;
    if (size === 1) return { state: { parent, left: 0, sum: 0 }, commands: finish(parent, Number(from)) };
    const children = ranges(Number(from), Number(size));
    return {
      state: { parent, left: children.length, sum: 0 },
      commands: children.map(({ from, size }) => ({
        kind: "spawn",
        entry: "ts:skynet",
        host,
        args: [from, size, self.text],
      })),
    };
  },
  handle: ({ parent, left, sum }, event) => {
    if (event.kind !== "message") return { state: { parent, left, sum } };
    const state = { parent, left: left - 1, sum: sum + Number(event.payloads[0]) };
    return state.left > 0 ? { state } : { state, commands: finish(parent, state.sum) };
  },
};

const luaNode = `
local function sum_of(from, size)
  if size == 1 then return from end
  local children, me = 0, process.pid()
  local start = from
  for i = 1, ${branches} do
    local share = size // ${branches}
    if i <= size % ${branches} then share = share + 1 end
    if share > 0 then
      local _, err = process.spawn("lua:skynet", "${host}", start, share, me)
      if err then error(err) end
      children, start = children + 1, start + share
    end
  end
  local inbox, sum = process.inbox(), 0
  for _ = 1, children do sum = sum + inbox:receive():payload():data() end
  return sum
end

return function(from, size, parent)
  local sum = sum_of(from, size)
  if parent then process.send(parent, "sum", sum) else return sum end
end`;

const perdure =
  (language: "ts" | "async" | "lua"): Run =>
  async (count) => {
    const node = await BenchNode.open(
      { ...asyncPrograms, "ts:skynet": program(skynetNode) },
      { "lua:skynet": luaNode },
    );
    return rate(count, "leaves/s", (count) =>
      seconds(async () => verify("sum", await node.result(`${language}:skynet`, [0, count]), sumOf([count]))),
    );
  };

class RawNode implements RawProcess {
  private left = 0;
  private sum = 0;
  private readonly parent: number;

  constructor(parent: number) {
    this.parent = parent;
  }

  start(self: number, from: number, size: number, loop: RawLoop): void {
    if (size === 1) {
      this.finish(self, from, loop);
      return;
    }
    for (const range of ranges(from, size)) {
      const child = new RawNode(self);
      this.left++;
      child.start(loop.spawn(child), range.from, range.size, loop);
    }
  }

  handle({ value }: { readonly value: number }, self: number, loop: RawLoop): void {
    this.sum += value;
    if (--this.left === 0) this.finish(self, this.sum, loop);
  }

  private finish(self: number, sum: number, loop: RawLoop): void {
    loop.send(this.parent, self, "sum", sum);
    loop.end(self);
  }
}

const rawLoop: Run = (count) =>
  rate(count, "leaves/s", (count) =>
    seconds(() => {
      const loop = new RawLoop();
      let sum = -1;
      const asker = loop.spawn({
        handle: ({ value }) => {
          sum = value;
        },
      });
      const root = new RawNode(asker);
      root.start(loop.spawn(root), 0, count, loop);
      loop.run();
      verify("sum", sum, sumOf([count]));
    }),
  );

export const skynet: Workload = {
  id: "W5",
  name: "skynet",
  count: 100_000,
  runs: {
    "perdure-ts": perdure("ts"),
    "perdure-async": perdure("async"),
    "perdure-lua": perdure("lua"),
    "raw-loop": rawLoop,
  },
};
