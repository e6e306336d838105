/** The module `registry`: the entries of the app, to be read. Filters are the node's business. Specification 1.3 and 6. */
import { idProblem } from "../../actors/index.js";
import type { ModuleDefinition } from "../owner.js";
import { recordOf } from "../value.js";
import { fail, failWith, textArgument } from "./answers.js";
import { askService } from "./services.js";

/**
 * An entry is `{id, kind, meta, data}`: `data` has every field but name, kind and meta, as written. Placeholders are not filled in.
 *
 * - `get(id)`: the entry, or nil and NOT_FOUND. Yields.
 * - `find(filter)`: an array of entries, in the order in which they were read; see `RegistryService`. Yields.
 * - `parse_id(text)`: `{ns, name}`, parted at the first colon; without one, `ns` is "".
 */
export const registryModule: ModuleDefinition = {
  name: "registry",
  build: ({ engine }) =>
    engine.library({
      get: (call) => {
        const id = textArgument(call, 1, "entry ID");
        if (typeof id !== "string") return failWith(call, id);
        const problem = idProblem(id, idTexts);
        if (problem !== undefined) return failWith(call, problem);
        return askService(call, { service: "registry", operation: "get", args: { id } });
      },
      find: (call) => {
        if (call.type(1) !== "table") return fail(call, "INVALID", "filter must be a table");
        const filter = recordOf(call.owner.shared, call.checkTable(1), "filter");
        if ("error" in filter) return failWith(call, filter.error);
        return askService(call, { service: "registry", operation: "find", args: { filter: filter.record } });
      },
      parse_id: (call) => {
        const text = textArgument(call, 1, "entry ID");
        if (typeof text !== "string") return failWith(call, text);
        const colon = text.indexOf(":");
        const id = call.engine.table();
        id.set("ns", text.slice(0, Math.max(0, colon)));
        id.set("name", text.slice(colon + 1));
        call.push(id);
      },
    }),
};

const idTexts = {
  empty: "entry ID required",
  namespace: "namespace required in entry ID",
  name: "name required in entry ID",
};
