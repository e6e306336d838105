/** Playing a script on a node in real time: what journals and worker threads have in common. Where its processes live is theirs to say. */
import { randomBytes } from "node:crypto";
import { answerSpawn, type SpawnResult, type System, spawnSpec, systemPid } from "../../../actors/index.js";
import type { Pid } from "../../../mailbox/index.js";
import type { Difference, Play } from "./ours.js";
import type { PlayedScript } from "./search.js";

/** A step that does not come to what Erlang saw within this time never will. */
const patienceMs = 5000;

export interface Stage {
  /** Which of our ways of playing it this is. */
  readonly how: string;
  /** Start the process of that number, counted from 0. */
  root(number: number): Promise<void>;
  /** Let everybody do something, and see what has become of it. */
  look(): Promise<void>;
  /** A fact as it is compared. */
  same(fact: string): string;
}

/** Where we first differ from what Erlang did. */
export async function differenceInTime(
  play: Play,
  { script, steps }: PlayedScript,
  stage: Stage,
): Promise<Difference | undefined> {
  for (let i = 0; i < script.roots; i++) await stage.root(i);
  try {
    for (const [number, step] of steps.entries()) {
      if (step === undefined) continue;
      await play.begin(step, true);
      if (step.settle.length > 0) {
        await soon(stage, () => play.hasCrossed(step));
        await play.settle(step);
      }
      const facts = (): string[] => play.facts().map((fact) => stage.same(fact));
      const erlang = step.facts.map((fact) => stage.same(fact));
      const isSame = await soon(stage, () => facts().join() === erlang.join());
      if (!isSame) return { how: stage.how, step: number, erlang, ours: facts() };
    }
    return undefined;
  } finally {
    play.killAll();
    await soon(stage, () => play.isOver);
  }
}

/** True once it holds and still does after another look; false when that takes too long. */
export async function soon(stage: Stage, holds: () => boolean): Promise<boolean> {
  const end = Date.now() + patienceMs;
  for (let times = 0; times < 2; times = holds() ? times + 1 : 0) {
    if (Date.now() > end) return false;
    await stage.look();
  }
  return true;
}

/** Start a process of the script that has no parent in it. */
export async function startRoot(system: System, entry: string, host: string): Promise<Pid> {
  const spec = spawnSpec(systemPid("driver"), randomBytes(8).toString("hex"), 1, { entry, host });
  const result = await new Promise<SpawnResult>((resolve) => {
    answerSpawn(() => system.router.host(host)!.spawn(spec), resolve);
  });
  if (!result.ok) throw new Error(result.error.message);
  return result.pid;
}
