/**
 * W6. Question: how many notices of deaths per second reach the process that is bound to the dead?
 *
 * A watcher that traps starts 10,000 processes, each linked to it and monitored by it. When all are alive it sends each "go", upon which
 * each fails: two notices, one over the link and one over the monitor. Timed from the moment that all are alive, before the first "go",
 * until the watcher has the last notice; it counts the two kinds apart.
 */
import type { Behaviour, Command } from "../actors/index.js";
import type { Message, Payload, Pid } from "../mailbox/index.js";
import { asyncPrograms } from "./async-subjects.js";
import { BenchNode, host, program } from "./bench-node.js";
import { type Run, rate, seconds, verify, type Workload } from "./harness.js";
import { RawLoop } from "./raw-loop.js";

/** Those that are alive, as a list: the last one and all before it. */
interface Alive {
  readonly pid: Pid;
  readonly before: Alive | undefined;
}

interface Watching {
  readonly count: number;
  readonly alive: number;
  readonly pids: Alive | undefined;
  readonly links: number;
  readonly monitors: number;
  /** Waits until all are alive, or until all notices have come. */
  readonly asked: Message | undefined;
}

const watcher: Behaviour<Watching> = {
  init: ([count]) => {
    const start: Command = {
      kind: "spawn",
      entry: "ts:mortal",
      host,
      args: [],
      options: { link: true, monitor: true },
      as: "mortal",
    };
    return {
      state: { count: Number(count), alive: 0, pids: undefined, links: 0, monitors: 0, asked: undefined },
      commands: [{ kind: "trap_links", on: true }, ...Array.from({ length: Number(count) }, () => start)],
    };
  },
  handle: (state, event) => {
    switch (event.kind) {
      case "answer": {
        if (event.pid === undefined) throw new Error("a process did not start");
        return settle({ ...state, alive: state.alive + 1, pids: { pid: event.pid, before: state.pids } });
      }
      case "message":
        if (event.topic === "ready") return settle({ ...state, asked: event });
        return { state: { ...state, pids: undefined, asked: event }, commands: goodbyes(state.pids) };
      case "link_down":
        return settle({ ...state, links: state.links + 1 });
      case "exit":
        return settle({ ...state, monitors: state.monitors + 1 });
      default:
        return { state };
    }
  },
};

function goodbyes(pids: Alive | undefined): Command[] {
  const commands: Command[] = [];
  for (let at = pids; at !== undefined; at = at.before) {
    commands.push({ kind: "send", to: at.pid, topic: "go", payloads: [] });
  }
  return commands;
}

function settle(state: Watching): { readonly state: Watching; readonly commands?: readonly Command[] } {
  const { count, alive, links, monitors, asked } = state;
  if (asked === undefined) return { state };
  if (asked.topic === "ready" ? alive < count : links + monitors < 2 * count) return { state };
  const value: Payload = asked.topic === "ready" ? { alive } : { links, monitors };
  return {
    state: { ...state, asked: undefined },
    commands: [{ kind: "reply", message: asked, outcome: { ok: true, value } }],
  };
}

const mortal: Behaviour<null> = {
  init: () => ({ state: null }),
  handle: (state, event) => {
    if (event.kind !== "message") return { state };
    const error = { kind: "INTERNAL", message: "told to" } as const;
    return { state, commands: [{ kind: "stop", reason: { kind: "failed", error } }] };
  },
};

const luaWatcher = `
return function(count)
  process.set_options({ trap_links = true })
  local inbox, events, pids = process.inbox(), process.events(), {}
  for i = 1, count do
    local pid, err = process.spawn_linked_monitored("lua:mortal", "${host}")
    if err then error(err) end
    pids[i] = pid
  end
  inbox:receive():reply({ alive = #pids })
  local asked = inbox:receive()
  for _, pid in ipairs(pids) do process.send(pid, "go") end
  local links, monitors = 0, 0
  while links + monitors < 2 * count do
    local kind = events:receive().kind
    if kind == process.event.LINK_DOWN then links = links + 1 end
    if kind == process.event.EXIT then monitors = monitors + 1 end
  end
  asked:reply({ links = links, monitors = monitors })
end`;

const luaMortal = `
return function()
  process.inbox():receive()
  error("told to")
end`;

const programs = { ...asyncPrograms, "ts:watcher": program(watcher), "ts:mortal": program(mortal) };
const texts = { "lua:watcher": luaWatcher, "lua:mortal": luaMortal };

const perdure =
  (language: "ts" | "async" | "lua"): Run =>
  async (count) => {
    const node = await BenchNode.open(programs, texts);
    return notices(count, async (count) => {
      const watcher = await node.spawn(`${language}:watcher`, [count]);
      const ready = (await node.call(watcher, "ready")) as { alive: number };
      verify("processes alive", ready.alive, count);
      const taken = await seconds(async () => {
        const seen = (await node.call(watcher, "end")) as { links: number; monitors: number };
        verify("notices over links", seen.links, count);
        verify("notices over monitors", seen.monitors, count);
      });
      if (language === "ts") await node.terminate(watcher);
      return taken;
    });
  };

/** Two for each process. */
const notices = (processes: number, work: (processes: number) => Promise<number>): ReturnType<Run> =>
  rate(2 * processes, "notices/s", (count) => work(Math.ceil(count / 2)));

const rawLoop: Run = (count) =>
  notices(count, (count) => {
    const loop = new RawLoop();
    const seen: Record<string, number> = { link: 0, monitor: 0 };
    const watcher = loop.spawn({
      handle: ({ topic }) => {
        seen[topic]!++;
      },
    });
    const pids = Array.from({ length: count }, () =>
      loop.spawn({
        handle: (_, self) => {
          loop.end(self);
          loop.send(watcher, self, "link", 0);
          loop.send(watcher, self, "monitor", 0);
        },
      }),
    );
    return seconds(() => {
      for (const pid of pids) loop.send(pid, watcher, "go", 0);
      loop.run();
      verify("notices over links", seen.link, count);
      verify("notices over monitors", seen.monitor, count);
    });
  });

export const deaths: Workload = {
  id: "W6",
  name: "deaths",
  count: 10_000,
  runs: {
    "perdure-ts": perdure("ts"),
    "perdure-async": perdure("async"),
    "perdure-lua": perdure("lua"),
    "raw-loop": rawLoop,
  },
};
