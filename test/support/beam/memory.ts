/** Scripts on memory hosts in virtual time: one piece of work after the other, until there is none. */
import { readFileSync } from "node:fs";
import {
  behaviourProgram,
  createSystem,
  type Program,
  type System,
  spawnSpec,
  systemPid,
} from "../../../actors/index.js";
import { MemoryHost, Scheduler } from "../../../durability/memory/index.js";
import { LuaRuntime } from "../../../lua/index.js";
import { type Failure, failure, type Pid, parsePid } from "../../../mailbox/index.js";
import { VirtualClock } from "../fakes.js";
import { luaSource } from "../virtual.js";
import { citizen, errorText } from "./citizen.js";
import { type Difference, mayRush, Play } from "./ours.js";
import type { Ground } from "./planted.js";
import type { PlayedScript } from "./search.js";

const entry = "t:citizen";
const places = ["test:one", "test:two"];

type Plant = (ground: Ground) => void;

interface Opened {
  readonly play: Play;
  readonly system: System;
  readonly first: MemoryHost;
}

/** One of our ways to play a script. */
interface Way {
  readonly how: string;
  readonly rushes: boolean;
  readonly open: (clock: VirtualClock, plant?: Plant) => Opened;
  /** A fact as it is compared. */
  readonly same: (fact: string) => string;
}

const inOrder: Way = { how: "in memory", rushes: false, open: openBehaviours, same: (fact) => fact };

/** A process that monitors twice at once has no answer yet when it asks again, so the second is no refusal. */
const atOnce: Way = {
  how: "in memory, all at once",
  rushes: true,
  open: openBehaviours,
  same: (fact) => fact.replace(/: already$/, ": ok"),
};

/** Events and messages come by channels of their own, so a program decides in which order it looks at them. */
const inLua: Way = { how: "in memory, in Lua", rushes: false, open: openLua, same: messagesFirst };

/** One act after the other, and then all acts of a row at once. */
export function differenceInMemory(played: PlayedScript, plant?: Plant): Difference | undefined {
  return difference(played, inOrder, plant) ?? difference(played, atOnce, plant);
}

/** With processes in Lua. */
export function differenceInLua(played: PlayedScript): Difference | undefined {
  return difference(played, inLua);
}

function difference(
  { script, steps }: PlayedScript,
  { how, rushes, open, same }: Way,
  plant?: Plant,
): Difference | undefined {
  const clock = new VirtualClock();
  const { play, first } = open(clock, plant);
  for (let i = 0; i < script.roots; i++) {
    const root = first.spawn(spawnSpec(systemPid("driver"), "", i, { entry, host: first.id }));
    if (!root.ok) throw new Error(root.error.message);
    rest(clock);
  }
  for (const [number, step] of steps.entries()) {
    if (step === undefined) continue;
    void play.begin(step, !(rushes && mayRush(step)));
    rest(clock);
    if (step.settle.length > 0) {
      void play.settle(step);
      rest(clock);
    }
    const [erlang, ours] = [step.facts.map(same), play.facts().map(same)];
    if (ours.join() !== erlang.join()) return { how, step: number, erlang, ours };
  }
  return undefined;
}

function openBehaviours(clock: VirtualClock, plant?: Plant): Opened {
  const opened = openHosts(clock, () => behaviourProgram(behaviour), plant);
  const behaviour = citizen(opened.play, entry, places);
  return opened;
}

const runtime = new LuaRuntime();
const luaCitizen = luaSource(entry, readFileSync(new URL("citizen.lua", import.meta.url), "utf8"));

function openLua(clock: VirtualClock, plant?: Plant): Opened {
  const opened = openHosts(clock, () => runtime.program(luaCitizen, {}), plant);
  const { play, system } = opened;
  system.events.on("log", ({ pid, record }) => noteLua(play, pid, record.message.split("\t")));
  system.events.on("spawn", ({ pid }) => play.born(pid));
  return opened;
}

/** A line that a Lua citizen has printed; anything else that it logs differs from all that Erlang does. */
export function noteLua(play: Play, pid: Pid, [what, first, ...rest]: readonly string[]): void {
  play.born(pid);
  if (what === "result") return play.result(pid, Number(first), rest[0]!);
  const from = parsePid(String(first));
  if (what !== "got" || from === undefined) return play.result(pid, -1, `logs ${what}`);
  const [item, kind, message] = rest as [string, string, string];
  const text = item === "message" || kind === "normal" ? kind : errorText({ kind, message });
  play.got(pid, from, `${item} ${text}`, item !== "message");
}

/** As programs that look at events and messages by turns may see them in any order. */
export function messagesFirst(fact: string): string {
  const [pair, items] = fact.split(/(?<= got of -?\d+): /);
  if (items === undefined) return fact;
  const isMessage = (item: string): boolean => item.startsWith("message ");
  const all = items.split(", ");
  return `${pair}: ${[...all.filter(isMessage), ...all.filter((item) => !isMessage(item))].join(", ")}`;
}

function openHosts(clock: VirtualClock, program: () => Program | Failure, plant?: Plant): Opened {
  const system: System = createSystem({
    node: "boot",
    clock,
    load: (what) => (what.entry === entry ? program() : failure("NOT_FOUND", "factory not found")),
    invoke: () => () => {},
    randomBytes: (count) => new Uint8Array(count),
  });
  const play = new Play(system);
  const scheduler = new Scheduler(clock);
  const hosts = places.map((id) => new MemoryHost({ id, system, scheduler, record: play.record }));
  for (const host of hosts) system.attach(host);
  plant?.({ system, clock, hosts, processOf: (pid) => play.processOf(pid) });
  return { play, system, first: hosts[0]! };
}

function rest(clock: VirtualClock): void {
  if (!clock.settle(100_000)) throw new Error("our side does not come to rest");
}
