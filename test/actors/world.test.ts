/** The host laws in seeded worlds, and the proof that the worlds would notice a missing rule. */
import { describe, expect, it } from "vitest";
import { forSeeds } from "../support/random.js";
import { assertReplays } from "../support/replay.js";
import { type Planted, World } from "../support/world.js";

describe("a world of processes", () => {
  it("keeps every host law under any interleaving", () => {
    forSeeds(3000, (seed) => new World(seed).play(3 + (seed % 4), 40 + (seed % 120)));
  });

  it("replays every process, cut at every input", () => {
    let runs = 0;
    forSeeds(400, (seed) => {
      const world = new World(100_000 + seed);
      world.play(4, 60);
      for (const recording of world.recordings()) {
        assertReplays(recording);
        runs++;
      }
    });
    expect(runs).toBeGreaterThan(1000);
  });

  const plants: [string, Planted][] = [
    ["envelopes queued at a death vanish", { forgetQueued: true }],
    ["an unlink removes refs that it did not know", { unlinkAll: true }],
    ["repeats are taken again", { takeRepeats: true }],
  ];
  for (const [bug, planted] of plants) {
    it(`notices when ${bug}`, () => {
      expect(() => forSeeds(3000, (seed) => new World(seed, planted).play(3 + (seed % 4), 40 + (seed % 120)))).toThrow(
        /law broken/,
      );
    });
  }
});
