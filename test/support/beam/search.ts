/** The search for a script that differs: scripts in chunks, each chunk of one seed; what is found is made as small as it can be. */
import fc from "fast-check";
import type { ErlangNode } from "./node.js";
import type { Difference } from "./ours.js";
import { type PlayedStep, playOnErlang } from "./played.js";
import { type Script, type ScriptLimits, scripts } from "./script.js";

export const chunkSize = 250;

export interface PlayedScript {
  readonly script: Script;
  readonly steps: readonly (PlayedStep | undefined)[];
}

/** Play a script that Erlang has played, on our side. */
export type OurSide = (played: PlayedScript) => Promise<Difference | undefined> | Difference | undefined;

/** Every fourth chunk is of long scripts with more processes. */
export function limitsOf(seed: number): ScriptLimits {
  return seed % 4 === 0 ? { maxRoots: 9, maxSteps: 60, places: 2 } : { maxRoots: 5, maxSteps: 20, places: 2 };
}

export async function chunkOf(erlang: ErlangNode, seed: number, count = chunkSize): Promise<PlayedScript[]> {
  const made = fc.sample(scripts(limitsOf(seed)), { seed, numRuns: count, unbiased: true });
  return Promise.all(made.map(async (script) => ({ script, steps: await playOnErlang(erlang, script) })));
}

export interface Searched {
  readonly scripts: number;
  readonly steps: number;
}

/** So many scripts, of the chunks from `firstSeed` on. Throws with the smallest script that differs, and its seed. */
export async function search(erlang: ErlangNode, firstSeed: number, count: number, ours: OurSide): Promise<Searched> {
  let steps = 0;
  const sizes = Array.from({ length: Math.ceil(count / chunkSize) }, (_, i) =>
    Math.min(chunkSize, count - i * chunkSize),
  );
  let ahead = chunkOf(erlang, firstSeed, sizes[0]);
  for (const [i, size] of sizes.entries()) {
    const chunk = await ahead;
    // Erlang plays the next ones meanwhile.
    if (i + 1 < sizes.length) ahead = chunkOf(erlang, firstSeed + i + 1, sizes[i + 1]);
    for (const [index, played] of chunk.entries()) {
      steps += played.steps.filter((step) => step !== undefined).length;
      const difference = await ours(played);
      if (difference === undefined) continue;
      const seed = firstSeed + i;
      const smallest = await shrink(erlang, seed, index, ours);
      throw new Error(
        `script ${index} of seed ${seed} of ${size} differs (run its chunk alone with PERDURE_SEED=${seed})\n${smallest}`,
      );
    }
  }
  return { scripts: count, steps };
}

/** The smallest script that differs, as a text. */
async function shrink(erlang: ErlangNode, seed: number, index: number, ours: OurSide): Promise<string> {
  let smallest = "it differs no more when it is played again";
  const same = fc.asyncProperty(scripts(limitsOf(seed)), async (script) => {
    const played = { script, steps: await playOnErlang(erlang, script) };
    const difference = await ours(played);
    if (difference === undefined) return true;
    smallest = describeDifference(played, difference);
    return false;
  });
  await fc.check(same, { seed, path: String(index), numRuns: 1, unbiased: true });
  return smallest;
}

function describeDifference({ script, steps }: PlayedScript, { how, step, erlang, ours }: Difference): string {
  const played = steps.slice(0, step + 1).flatMap((one) => (one === undefined ? [] : [stepText(one)]));
  const only = (these: readonly string[], those: readonly string[]) => these.filter((line) => !those.includes(line));
  return [
    `${script.roots} processes (${how}):`,
    ...played.map((text) => `  ${text}`),
    "only on Erlang:",
    ...only(erlang, ours).map((line) => `  ${line}`),
    "only here:",
    ...only(ours, erlang).map((line) => `  ${line}`),
  ].join("\n");
}

function stepText({ lanes, settle }: PlayedStep): string {
  const lanesText = lanes.map(([actor, acts]) => `${actor}: ${acts.map((act) => JSON.stringify(act)).join(" ")}`);
  return [...lanesText, ...(settle.length === 0 ? [] : [`then ${JSON.stringify(settle)}`])].join(" | ");
}
