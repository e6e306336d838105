/** Worlds of processes on a journal host that loses its node again and again. */
import { describe, expect, it } from "vitest";
import { checkJournalLaws } from "../support/journal-laws.js";
import { JournalWorld } from "../support/journal-world.js";

describe("a journal world", () => {
  it("keeps every law over crashes of its node", async () => {
    const n = Number(process.env.PERDURE_SEEDS ?? 200);
    const only = process.env.PERDURE_SEED; for (let seed = Number(only ?? 1); seed <= (only === undefined ? n : Number(only)); seed++) {
      const world = new JournalWorld(seed);
      try {
        await world.play();
        checkJournalLaws(world);
      } catch (error) { if (process.env.DUMP) { const { writeFileSync } = await import("node:fs"); writeFileSync("/tmp/jw/dump.txt", [...world.chronicles.all.values()].map((c) => `== ${c.pid.text}\n` + c.chapters.map((x, k) => `${k} ${x.now} ${x.digest} ${JSON.stringify(x.event)}\n      -> ${x.commands.map((y) => JSON.stringify(y)).join("\n      -> ")}`).join("\n")).join("\n")); } throw new Error(`seed ${seed}: ${(error as Error).message}\n${world.events.join("\n")}`, { cause: error }); }
      const steps = [...world.chronicles.all.values()].reduce((s, c) => s + c.chapters.length, 0);
      if (seed < 10) console.log(seed, world.chronicles.all.size, steps, world.boots, world.stored().size);
      expect(world.boots).toBeGreaterThan(0);
    }
  });
});
