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
      await world.play(); if (process.env.STAT) console.log((world as any).luaExits);
      checkJournalLaws(world);
      if (process.env.STAT) console.log(seed, world.luaSaid.size, [...world.luaSaid.values()].map((s) => `${s.steps.length}/${s.all?.length}`).join(" "));
    } catch (error) {
      if (process.env.DUMP) { const { writeFileSync } = await import("node:fs"); writeFileSync("/tmp/jw/dump.txt", [...world.chronicles.all.values()].map((c) => `== ${c.pid.text}\n` + c.chapters.map((x, k) => `${k} ${x.now} ${x.digest} ${JSON.stringify(x.event)}\n      -> ${x.commands.map((y) => JSON.stringify(y)).join("\n      -> ")}`).join("\n")).join("\n")); }
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`seed ${seed}: ${message} (run alone with PERDURE_SEED=${seed})\n${world.events.join("\n")}`, {
        cause: error,
      });
    }
  }
}

const timeoutMs = 600_000;

describe("a world of processes on a journal", () => {
  it("keeps every law while its node is killed", () => playWorlds(400, {}), timeoutMs);

  it("keeps every law with Lua in it", () => playWorlds(150, { lua: true }), timeoutMs);


  it("keeps every law while its disk is away for a while", () => playWorlds(200, { outages: true }), timeoutMs);

  it("never goes on from what the journal lacks, when that is put back", () => playWorlds(200, { rollbacks: true }), timeoutMs);
});
