/** Random expressions on ours and on lua5.3. `PERDURE_SEEDS` sets how many hundreds, `PERDURE_SEED` runs one hundred alone. */
import { expect, it } from "vitest";
import { describeLua } from "../../support/lua.js";
import { Random } from "../../support/random.js";
import { linesOf, runOnLua, runOnOurs } from "./compare.js";
import { ExpressionGenerator } from "./expressions.js";

const perSeed = 100;

function seedsToRun(): number[] {
  const only = process.env.PERDURE_SEED;
  if (only !== undefined) return [Number(only)];
  return Array.from({ length: Number(process.env.PERDURE_SEEDS ?? 30) }, (_, i) => i + 1);
}

describeLua("random expressions", () => {
  it("have the same values and errors on both", () => {
    const seeds = seedsToRun();
    const expressions = seeds.map((seed) => {
      const generator = new ExpressionGenerator(new Random(seed));
      return Array.from({ length: perSeed }, () => generator.any(4).text);
    });
    const programs = expressions.map(linesOf);
    const theirs = runOnLua(programs);
    const ours = runOnOurs(programs).flatMap((text) => text.split("\n"));
    const surprises = expressions.flatMap((list, i) =>
      list.flatMap((text, j) => {
        const at = i * perSeed + j;
        return ours[at] === theirs[at] ? [] : [{ seed: seeds[i], text, lua53: theirs[at], ours: ours[at] }];
      }),
    );
    expect(surprises).toEqual([]);
    // Most of them must compute something.
    expect(theirs.filter((line) => line.startsWith("true")).length).toBeGreaterThan(theirs.length / 2);
  });
});
