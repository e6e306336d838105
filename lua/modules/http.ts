/** The module `http` for endpoint functions. Reference: lua-api 2.11. Streaming, forms and server-sent events are not in it. */
import type { Call } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { fail } from "./answers.js";
import { httpConstants } from "./http/constants.js";
import { exchangeOf, newResponse } from "./http/exchange.js";
import { requestType } from "./http/request.js";
import { responseType } from "./http/response.js";

export { type HttpRequest, hasHttpResponse, httpResponseOf, httpResultOf } from "./http/exchange.js";

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
        const limit = call.optTable(1)?.get("max_body");
        if (typeof limit === "number") exchange.maxBody = limit;
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
