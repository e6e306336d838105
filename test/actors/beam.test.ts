/**
 * Random scripts on real Erlang processes and on ours: who got what, in which order per pair, who is bound to whom, and who lives. What
 * is meant to differ is in docs/erlang.md.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { differenceInLua, differenceInMemory } from "../support/beam/memory.js";
import { type ErlangNode, startErlang } from "../support/beam/node.js";
import { planted } from "../support/beam/planted.js";
import { chunkOf, chunkSize, type PlayedScript, search } from "../support/beam/search.js";
import { describeErlang } from "../support/erlang.js";

const { PERDURE_SEED: only, PERDURE_SEEDS: many } = process.env;
const count = only === undefined ? Number(many ?? 1500) : chunkSize;
const firstSeed = Number(only ?? 1);

describeErlang("random scripts on the BEAM and on memory hosts", () => {
  let erlang: ErlangNode;
  let some: PlayedScript[];
  beforeAll(async () => {
    erlang = startErlang("beam_scripts");
    some = (await Promise.all([1, 2, 3, 4].map((seed) => chunkOf(erlang, seed)))).flat();
  });
  afterAll(() => erlang.close());

  it(
    "come out the same",
    async () => {
      const started = Date.now();
      const { scripts, steps } = await search(erlang, firstSeed, count, (played) => differenceInMemory(played));
      const seconds = (Date.now() - started) / 1000;
      console.log(`${scripts} scripts of ${steps} steps from seed ${firstSeed} on: no difference, in ${seconds} s`);
    },
    60_000 + count * 50,
  );

  it(
    "come out the same in Lua",
    async () => {
      const fewer = Math.ceil(count / 10);
      const { scripts, steps } = await search(erlang, firstSeed, fewer, differenceInLua);
      console.log(`in Lua: ${scripts} scripts of ${steps} steps from seed ${firstSeed} on: no difference`);
    },
    60_000 + count * 50,
  );

  it("come out the same each time on the BEAM", async () => {
    const again = await Promise.all([1, 2, 3, 4].map((seed) => chunkOf(erlang, seed)));
    expect(again.flat()).toEqual(some);
  });

  it.each(Object.keys(planted))("notice when %s", (bug) => {
    const caught = some.findIndex((played) => differenceInMemory(played, planted[bug]) !== undefined);
    expect(caught, `${bug}: not noticed by ${some.length} scripts`).toBeGreaterThanOrEqual(0);
    console.log(`${bug}: noticed by script ${caught + 1}`);
  });
});
