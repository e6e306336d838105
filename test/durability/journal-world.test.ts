/** Worlds of processes on a journal host that loses its node again and again. */
import { describe, it } from "vitest";
import { checkJournalLaws } from "../support/journal-laws.js";
import { JournalWorld, type JournalWorldOptions } from "../support/journal-world.js";

/** Once per seed, as `forSeeds`; a failure names the seed and what was done to the node. */
async function playWorlds(count: number, options: JournalWorldOptions): Promise<void> {
  const only = process.env.PERDURE_SEED;
  const last = only ?? process.env.PERDURE_SEEDS ?? count;
  for (let seed = Number(only ?? 1); seed <= Number(last); seed++) {
    const world = new JournalWorld(seed, options);
    try {
      await world.play();
      checkJournalLaws(world);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(
        `seed ${seed}: ${message} (run alone with PERDURE_SEED=${seed})\n${world.disk.events.join("\n")}`,
        {
          cause: error,
        },
      );
    }
  }
}

const timeoutMs = 600_000;

describe("a world of processes on a journal", () => {
  it("keeps every law while its node is killed", () => playWorlds(400, {}), timeoutMs);

  it("keeps every law with Lua in it", () => playWorlds(200, { lua: true }), timeoutMs);

  it(
    "keeps every law while its disk is away for a while",
    () => playWorlds(200, { outages: true, lua: true }),
    timeoutMs,
  );

  it(
    "never goes on from what the journal lacks, when that is put back",
    () => playWorlds(200, { rollbacks: true, outages: true }),
    timeoutMs,
  );
});
