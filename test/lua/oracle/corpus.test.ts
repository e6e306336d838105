/** Our Lua next to the distribution's lua5.3, chunk by chunk; each intended difference is listed with its reason. */
import { expect, it } from "vitest";
import { describeLua } from "../../support/lua.js";
import { type Case, onLua, onOurs } from "./compare.js";
import { control } from "./control.js";
import { library } from "./library.js";
import { numbers } from "./numbers.js";
import { patterns } from "./patterns.js";
import { strings } from "./strings.js";
import { syntax } from "./syntax.js";
import { tables } from "./tables.js";

const corpus: Readonly<Record<string, readonly Case[]>> = {
  control,
  library,
  numbers,
  patterns,
  strings,
  syntax,
  tables,
};

describeLua("our Lua and lua5.3", () => {
  it.each(Object.entries(corpus))("agree on %s, or differ on purpose", (_name, cases) => {
    const chunks = cases.map(({ lua }) => lua);
    const theirs = onLua(chunks);
    const ours = onOurs(chunks);
    const surprises = cases.flatMap(({ lua, differs }, i) => {
      const isIntended =
        differs === undefined ? ours[i] === theirs[i] : ours[i] === differs.ours && ours[i] !== theirs[i];
      return isIntended
        ? []
        : [{ lua, lua53: theirs[i], ours: ours[i], ...(differs === undefined ? {} : { listed: differs.ours }) }];
    });
    expect(surprises).toEqual([]);
  });

  it("compare on hundreds of chunks", () => {
    expect(Object.values(corpus).flat().length).toBeGreaterThan(600);
  });
});
