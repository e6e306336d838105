/** Our supervisor does what OTP's does: random scripts, played on both. docs/erlang.md has the differences that are meant. */
import { afterAll, beforeAll, it } from "vitest";
import { describeErlang } from "../support/erlang.js";
import { Comparison, differenceText } from "../support/supervisor-compare.js";

/** As for every random test: PERDURE_SEED gives the seed, PERDURE_SEEDS how many scripts. */
const seed = Number(process.env.PERDURE_SEED ?? 1);
const count = Number(process.env.PERDURE_SEEDS ?? 1000);

describeErlang("a supervisor", () => {
  let comparison: Comparison;
  beforeAll(() => {
    comparison = new Comparison();
  });
  afterAll(() => comparison.close());

  it(`does what OTP's does, in ${count} scripts`, { timeout: 20_000 + 50 * count }, async () => {
    const begin = Date.now();
    const difference = await comparison!.find(seed, count);
    if (difference !== undefined) throw new Error(differenceText(seed, await comparison!.shrink(seed, difference)));
    console.log(`${count} supervisor scripts, seed ${seed}: no difference from OTP, ${Date.now() - begin} ms`);
  });
});
