/** Scripts on memory hosts in virtual time: one piece of work after the other, until there is none. */
import { behaviourProgram, createSystem, type System, spawnSpec, systemPid } from "../../../actors/index.js";
import { MemoryHost, Scheduler } from "../../../durability/memory/index.js";
import { failure } from "../../../mailbox/index.js";
import { VirtualClock } from "../fakes.js";
import { citizen } from "./citizen.js";
import { type Difference, mayRush, Play } from "./ours.js";
import type { Ground } from "./planted.js";
import type { PlayedScript } from "./search.js";

const entry = "t:citizen";
const places = ["test:one", "test:two"];

/** One act after the other, and then all acts of a row at once. */
export function differenceInMemory(played: PlayedScript, plant?: (ground: Ground) => void): Difference | undefined {
  return difference(played, false, plant) ?? difference(played, true, plant);
}

function difference(
  { script, steps }: PlayedScript,
  rush: boolean,
  plant?: (ground: Ground) => void,
): Difference | undefined {
  const clock = new VirtualClock();
  const { play, first } = open(clock, plant);
  for (let i = 0; i < script.roots; i++) {
    first.spawn(spawnSpec(systemPid("driver"), "", i, { entry, host: first.id }));
    rest(clock);
  }
  for (const [number, step] of steps.entries()) {
    if (step === undefined) continue;
    void play.begin(step, !(rush && mayRush(step)));
    rest(clock);
    if (step.settle.length > 0) {
      void play.settle(step);
      rest(clock);
    }
    const ours = play.facts();
    if (!isSame(ours, step.facts, rush))
      return { how: rush ? "in memory, all at once" : "in memory", step: number, erlang: step.facts, ours };
  }
  return undefined;
}

/** All at once, a process that monitors twice has no answer yet when it asks again, so the second is no refusal. */
function isSame(ours: readonly string[], erlang: readonly string[], rush: boolean): boolean {
  const [one, two] = [ours.join(), erlang.join()];
  const once = (text: string): string => text.replaceAll(": already", ": ok");
  return one === two || (rush && once(one) === once(two));
}

function open(clock: VirtualClock, plant?: (ground: Ground) => void): { play: Play; first: MemoryHost } {
  const system: System = createSystem({
    node: "boot",
    clock,
    load: (what) => (what.entry === entry ? behaviourProgram(behaviour) : failure("NOT_FOUND", "factory not found")),
    invoke: () => () => {},
    randomBytes: (count) => new Uint8Array(count),
  });
  const play = new Play(system);
  const behaviour = citizen(play, entry, places);
  const scheduler = new Scheduler(clock);
  const hosts = places.map((id) => new MemoryHost({ id, system, scheduler, record: play.record }));
  for (const host of hosts) system.attach(host);
  plant?.({ system, clock, hosts, processOf: (pid) => play.processOf(pid) });
  return { play, first: hosts[0]! };
}

function rest(clock: VirtualClock): void {
  if (!clock.settle(100_000)) throw new Error("our side does not come to rest");
}
