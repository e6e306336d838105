/** Random scripts on real Erlang processes and on ours, of which some live on worker threads: who got what, who is bound to whom, who lives. */
import { afterAll, beforeAll, it } from "vitest";
import { type ErlangNode, startErlang } from "../support/beam/node.js";
import { chunkSize, search } from "../support/beam/search.js";
import { WorkersStage } from "../support/beam/workers.js";
import { describeErlang } from "../support/erlang.js";

const { PERDURE_SEED: only, PERDURE_SEEDS: many } = process.env;
const count = only === undefined ? Number(many ?? 250) : chunkSize;
const firstSeed = Number(only ?? 1);

describeErlang("random scripts on the BEAM", () => {
  let erlang: ErlangNode;
  beforeAll(() => {
    erlang = startErlang("beam_scripts");
  });
  afterAll(() => erlang.close());

  it.each([1, 2])(
    "come out the same on %i workers",
    async (workers) => {
      const stage = await WorkersStage.open(workers);
      try {
        const { scripts, steps } = await search(erlang, firstSeed, count, (played) => stage.difference(played));
        console.log(
          `on ${workers} workers: ${scripts} scripts of ${steps} steps from seed ${firstSeed}: no difference`,
        );
      } finally {
        await stage.close();
      }
    },
    60_000 + count * 400,
  );
});
