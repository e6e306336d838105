/** One HTTP request and its response as plain data, as the HTTP server and an endpoint function share them. */
import { base64, fromBase64, type Payload } from "../../../mailbox/index.js";
import type { LuaProcess } from "../../owner.js";

/** What the server puts in the spawn option `http`. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: { readonly [key: string]: readonly string[] };
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly host: string;
  readonly remote_addr: string;
  /** Parts of the path that the route names. */
  readonly params: { readonly [name: string]: string };
  readonly body: { readonly $bytes: string } | null;
}

export interface HttpExchange {
  readonly request: HttpRequest;
  readonly body: Uint8Array;
  bodyRead: boolean;
  maxBody: number;
  response: ResponseDraft | undefined;
}

/** What an endpoint function has said so far; nothing is sent before it ends. */
export interface ResponseDraft {
  status: number;
  /** Lower-case name -> the name as written and the value. */
  readonly headers: Map<string, { name: string; value: string }>;
  readonly chunks: Uint8Array[];
  /** After the first write or flush, status and headers stay as they are. */
  begun: boolean;
}

export const defaultMaxBody = 120 * 1024 * 1024;

const stateKey = "http";

/** The exchange of the running endpoint function; undefined outside one. */
export function exchangeOf(owner: LuaProcess): HttpExchange | undefined {
  const request = owner.self.options.http;
  if (!isRequest(request)) return undefined;
  return owner.state<HttpExchange>(stateKey, () => ({
    request,
    body: request.body === null ? new Uint8Array(0) : (fromBase64(request.body.$bytes) ?? new Uint8Array(0)),
    bodyRead: false,
    maxBody: defaultMaxBody,
    response: undefined,
  }));
}

function isRequest(value: Payload | undefined): value is Payload & HttpRequest {
  return typeof value === "object" && value !== null && "method" in value && "path" in value;
}

export function newResponse(): ResponseDraft {
  return { status: 200, headers: new Map(), chunks: [], begun: false };
}

/** What an endpoint function settles with: `{ response, value }`, the response null when Lua never asked for one. Others: the value. */
export function httpResultOf(owner: LuaProcess, value: Payload): Payload {
  const exchange = exchangeOf(owner);
  return exchange === undefined ? value : { response: httpResponseOf(owner) ?? null, value };
}

/** Whether Lua asked for `http.response()`. */
export function hasHttpResponse(owner: LuaProcess): boolean {
  return exchangeOf(owner)?.response !== undefined;
}

/** `{ status, headers, body: { $bytes } }`, or undefined when Lua never asked for `http.response()`. */
export function httpResponseOf(owner: LuaProcess): Payload | undefined {
  const draft = exchangeOf(owner)?.response;
  if (draft === undefined) return undefined;
  const headers = Object.fromEntries([...draft.headers.values()].map(({ name, value }) => [name, value]));
  return { status: draft.status, headers, body: { $bytes: base64(joined(draft.chunks)) } };
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
