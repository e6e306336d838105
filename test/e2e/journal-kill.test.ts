/**
 * A node with a journal host is killed by SIGKILL again and again: from outside at random moments, and by itself at each named point.
 * PERDURE_KILLS sets how often for each driver (a few by default, 200 for the full proof), PERDURE_SEED repeats a run.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { VictimPlace } from "../support/journal-victim-life.js";
import { killLoop } from "../support/journal-victim-loop.js";
import { Random } from "../support/random.js";
import { redisIsSkipped, startRedis } from "../support/redis.js";

const kills = Number(process.env.PERDURE_KILLS ?? 14);
const seed = Number(process.env.PERDURE_SEED ?? Date.now() % 1_000_000);
const killsPerJournal = 7;

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Where = { readonly driver: "redis"; readonly url: string } | { readonly driver: "lmdb"; readonly path: string };

async function lmdb(): Promise<(round: number) => Where> {
  const folder = mkdtempSync(join(tmpdir(), "perdure-kill-"));
  ends.push(() => rmSync(folder, { recursive: true }));
  return (round) => ({ driver: "lmdb", path: join(folder, `${round}.mdb`) });
}

async function redis(): Promise<(round: number) => Where> {
  const server = await startRedis();
  ends.push(() => server.remove());
  return () => ({ driver: "redis", url: server.url });
}

const tiers = [
  { driver: "lmdb", open: lmdb, skip: false },
  { driver: "redis", open: redis, skip: redisIsSkipped },
];

for (const { driver, open, skip } of tiers) {
  describe.skipIf(skip)(`a node on ${driver} that is killed ${kills} times`, () => {
    it("has handled what it acknowledged, each number once and in order", {
      timeout: 60_000 + kills * 4_000,
    }, async () => {
      const where = await open();
      const random = new Random(seed);
      const place = (round: number): VictimPlace => ({
        ...where(round),
        name: `kill:${round}`,
        // Some journals are passivated, some begin anew, most do neither.
        idleTimeoutMs: random.pick([0, 0, 15]),
        continueAt: random.pick([0, 0, 120]),
        isSplit: round % 2 === 1,
      });
      const begun = performance.now();
      const report = await killLoop({ random, kills, killsPerJournal, place });
      const points = [...report.points].map(([point, count]) => `${point} ${count}`).sort();
      const seconds = Math.round((performance.now() - begun) / 100) / 10;
      console.log(
        `${driver}: ${report.kills} kills, ${report.messages} messages in ${seconds} s, seed ${seed} (${points.join(", ")})`,
      );
      expect(report.problems, `seed ${seed}`).toEqual([]);
    });
  });
}
