/** The global `print`: one line, its arguments by `tostring`, joined with one space. */
import type { ModuleDefinition } from "../owner.js";
import { location } from "./location.js";

export const printModule: ModuleDefinition = {
  name: "print",
  global: true,
  build({ engine }) {
    return engine.fn("print", (call) => {
      const texts: string[] = [];
      for (let n = 1; n <= call.count; n++) texts.push(call.tostring(n));
      const where = location(call);
      const at = where === undefined ? {} : { location: where };
      call.owner.self.log({ level: "info", message: texts.join(" "), fields: {}, print: true, ...at });
    });
  },
};
