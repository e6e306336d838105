/** The Request userdata: what an endpoint function reads. Every method answers `value, err`. */
import type { Call, LuaValue, MethodFunction, Pushable, UserdataType } from "../../fengari.js";
import type { LuaProcess, Shared } from "../../owner.js";
import { fail } from "../answers.js";
import { decodeJson } from "../json/decode.js";
import type { HttpExchange, HttpRequest } from "./exchange.js";

type Method = MethodFunction<HttpExchange, LuaProcess>;

/**
 * `query(k)` is the first value of a key; `query_params()` has a text per key, or an array of texts for a repeated one. Header names
 * are compared without case. What is absent is nil. The body can be read once, by `body` or `body_json`; `stream` and
 * `parse_multipart` are INVALID, as they are not there yet.
 */
export function requestType(shared: Shared): UserdataType<HttpExchange> {
  const value =
    (read: (request: HttpRequest, call: Call<LuaProcess>) => Pushable): Method =>
    (call, self) =>
      call.push(read(self.request, call), undefined);
  return shared.engine.userdataType<HttpExchange>("http.Request", {
    methods: {
      method: value((request) => request.method),
      path: value((request) => request.path),
      host: value((request) => request.host),
      remote_addr: value((request) => request.remote_addr),
      query: value((request, call) => own(request.query, call.checkString(2))?.[0]),
      query_params: value((request, call) => tableOf(call, request.query)),
      header: value((request, call) => own(request.headers, call.checkString(2).toLowerCase())),
      content_type: value((request) => own(request.headers, "content-type")),
      content_length: (call, self) => call.push(self.body.length, undefined),
      param: value((request, call) => own(request.params, call.checkString(2))),
      params: value((request, call) => tableOf(call, request.params)),
      accepts: value((request, call) => accepts(own(request.headers, "accept"), call.checkString(2))),
      is_content_type: value(
        (request, call) => mediaType(own(request.headers, "content-type") ?? "") === mediaType(call.checkString(2)),
      ),
      has_body: (call, self) => call.push(self.body.length > 0, undefined),
      body,
      body_json: bodyJson,
      stream: later("stream", "the whole body is read by body"),
      parse_multipart: later("parse_multipart", "the body as it was sent is read by body"),
    },
  });
}

function later(name: string, instead: string): Method {
  return (call) => fail(call, "INVALID", `${name} is not available in this version; ${instead}`);
}

function own<T>(record: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function tableOf(call: Call<LuaProcess>, record: { readonly [key: string]: string | readonly string[] }): Pushable {
  const table = call.engine.table();
  for (const [key, item] of Object.entries(record)) {
    table.set(key, typeof item === "string" ? item : item.length === 1 ? item[0] : list(call, item));
  }
  return table;
}

function list(call: Call<LuaProcess>, items: readonly string[]): Pushable {
  const table = call.engine.table();
  for (const [i, item] of items.entries()) table.set(i + 1, item);
  return table;
}

function mediaType(header: string): string {
  return header.split(";", 1)[0]!.trim().toLowerCase();
}

/** By the header `Accept`; without one, everything is accepted. A quality of zero refuses. */
function accepts(header: string | undefined, contentType: string): boolean {
  if (header === undefined || header.trim() === "") return true;
  const wanted = mediaType(contentType);
  const [family] = wanted.split("/", 1);
  const quality = new Map(header.split(",").map((range) => [mediaType(range), !/;\s*q=0(\.0*)?\s*(;|$)/.test(range)]));
  return quality.get(wanted) ?? quality.get(`${family}/*`) ?? quality.get("*/*") ?? false;
}

/** The bytes of the body, or why there are none to read. */
function takeBody(self: HttpExchange): Uint8Array | string {
  if (self.bodyRead) return "the request body has been read already";
  if (self.body.length === 0) return "the request has no body";
  if (self.body.length > self.maxBody) return `the request body is larger than ${self.maxBody} bytes`;
  self.bodyRead = true;
  return self.body;
}

const body: Method = (call, self) => {
  const taken = takeBody(self);
  if (typeof taken !== "string") call.push(taken, undefined);
  else fail(call, "INVALID", taken);
};

const bodyJson: Method = (call, self) => {
  const taken = takeBody(self);
  const outcome = typeof taken === "string" ? { ok: false as const, problem: taken } : decodeBody(call, taken);
  if (outcome.ok) call.push(outcome.value, undefined);
  else fail(call, "INVALID", outcome.problem);
};

function decodeBody(call: Call<LuaProcess>, bytes: Uint8Array): ReturnType<typeof decodeJson> {
  const text: LuaValue = call.engine.value(call.engine.ref(bytes));
  if (typeof text === "string") return decodeJson(call.engine, text);
  return { ok: false, problem: "malformed JSON: not valid UTF-8" };
}
