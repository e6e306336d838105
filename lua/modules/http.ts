/** The module `http` for endpoint functions. Reference: lua-api 2.11. Streaming, forms and server-sent events are not in it. */
import type { Call } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { absent, fail } from "./answers.js";
import { httpConstants } from "./http/constants.js";
import { exchangeOf, type HttpExchange, newResponse } from "./http/exchange.js";
import { requestType } from "./http/request.js";
import { responseType } from "./http/response.js";

export { type HttpRequest, hasHttpResponse, httpResponseOf, httpResultOf } from "./http/exchange.js";

/** Why the options of `http.request` cannot be taken. */
function readOptions(call: Call<LuaProcess>, exchange: HttpExchange): string | undefined {
  if (absent(call, 1)) return undefined;
  if (call.type(1) !== "table") return `options must be a table, not a ${call.type(1)}`;
  const options = call.checkTable(1);
  for (const name of ["max_body", "timeout"]) {
    const value = options.get(name);
    if (value === undefined || (typeof value === "number" && value >= 0)) continue;
    return `${name} must be a number of ${name === "timeout" ? "milliseconds" : "bytes"}`;
  }
  const limit = options.get("max_body");
  if (typeof limit === "number") exchange.maxBody = limit;
  return undefined;
}

/**
 * `http.request(options?)` and `http.response()` give the same object at each call; both answer `nil, INTERNAL` outside a request.
 * Option `max_body` (bytes) limits what `body` and `body_json` read; `timeout` is accepted, as the body is there already.
 */
export const httpModule: ModuleDefinition = {
  name: "http",
  build(shared) {
    const request = requestType(shared);
    const response = responseType(shared);
    const outside = (call: Call<LuaProcess>, what: string): void =>
      fail(call, "INTERNAL", `http.${what}: there is no HTTP request`);
    const library = shared.engine.library({
      request: (call) => {
        const exchange = exchangeOf(call.owner);
        if (exchange === undefined) return outside(call, "request");
        const problem = readOptions(call, exchange);
        if (problem !== undefined) return fail(call, "INVALID", problem);
        call.push(request.wrap(exchange), undefined);
      },
      response: (call) => {
        const exchange = exchangeOf(call.owner);
        if (exchange === undefined) return outside(call, "response");
        exchange.response ??= newResponse();
        call.push(response.wrap(exchange.response), undefined);
      },
    });
    for (const [group, values] of Object.entries(httpConstants)) {
      const table = shared.engine.table();
      for (const [name, value] of Object.entries(values)) table.set(name, value);
      table.freeze();
      library.set(group, table);
    }
    return library;
  },
};
