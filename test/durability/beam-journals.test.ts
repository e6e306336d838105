/** The scripts of test/actors/beam.test.ts on journals, and on several hosts at once. */
import { afterAll, beforeAll, it } from "vitest";
import { JournalStage, type Tier } from "../support/beam/journals.js";
import { type ErlangNode, startErlang } from "../support/beam/node.js";
import { chunkSize, search } from "../support/beam/search.js";
import { describeErlang } from "../support/erlang.js";
import { redisIsSkipped, redisUrl } from "../support/redis.js";

const { PERDURE_SEED: only, PERDURE_SEEDS: many } = process.env;
const count = only === undefined ? Number(many ?? 40) : chunkSize;
const firstSeed = Number(only ?? 1);

const stages: readonly (readonly [readonly Tier[], needsRedis: boolean])[] = [
  [["lmdb"], false],
  [["memory", "lmdb"], false],
  [["redis"], true],
  [["redis", "memory", "lmdb"], true],
];

describeErlang("random scripts on the BEAM and on journals", () => {
  let erlang: ErlangNode;
  beforeAll(() => {
    erlang = startErlang("beam_scripts");
  });
  afterAll(() => erlang.close());

  for (const [tiers, needsRedis] of stages) {
    const test = needsRedis && redisIsSkipped ? it.skip : it;
    test(
      `come out the same on ${tiers.join(", ")}`,
      async () => {
        const stage = await JournalStage.open(tiers, needsRedis ? redisUrl() : undefined);
        const started = Date.now();
        try {
          const { scripts, steps } = await search(erlang, firstSeed, count, (played) => stage.difference(played));
          const seconds = (Date.now() - started) / 1000;
          console.log(`${tiers}: ${scripts} scripts of ${steps} steps from seed ${firstSeed} on, in ${seconds} s`);
        } finally {
          await stage.close();
        }
      },
      120_000 + count * 1000,
    );
  }
});
