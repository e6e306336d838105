/** `http.service`: routers and endpoints served by hono; each request is one call of a function entry. */
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import type { Outcome } from "../actors/index.js";
import { base64, bytesPayload, type Failure, failure, fromBase64, type Payload } from "../mailbox/index.js";
import type { AppConfig, EntryOf } from "./entries.js";
import { entriesOfKind } from "./entries.js";
import type { Node } from "./node.js";

/** Bytes of a request body that are read at most; the payload limit of a call is below it anyway. */
const maxBodyBytes = 700 * 1024;

export interface HttpPart {
  readonly part: "http";
  /** `http://host:port` as bound. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startHttp(
  config: AppConfig,
  node: Node,
  entry: EntryOf<"http.service">,
): Promise<HttpPart | Failure> {
  const app = buildRoutes(config, node, entry);
  const { host, port } = entry.addr;
  const opened = await listen(app, host, port);
  if ("kind" in opened) return opened;
  const server = opened;
  const { readMs, idleMs } = entry.timeouts;
  if ("requestTimeout" in server) {
    if (readMs > 0) server.requestTimeout = readMs;
    if (idleMs > 0) server.keepAliveTimeout = idleMs;
  }
  const address = server.address() as AddressInfo;
  const shown = address.address.includes(":") ? `[${address.address}]` : address.address;
  const url = `http://${shown}:${address.port}`;
  node.system.events.emit("health", { id: entry.id, state: "up", detail: `listening on ${url}` });
  return { part: "http", url, stop: () => closeServer(server, entry.lifecycle.stopTimeoutMs) };
}

function listen(app: Hono, hostname: string | undefined, port: number): Promise<ServerType | Failure> {
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port, ...(hostname === undefined ? {} : { hostname }) }, () =>
      resolve(server),
    );
    server.once("error", (error: NodeJS.ErrnoException) => {
      const where = `${hostname ?? ""}:${port}`;
      const inUse =
        error.code === "EADDRINUSE" ? `${where} is in use; stop the other program or change addr` : error.message;
      resolve(failure("UNAVAILABLE", `cannot listen on ${where}: ${inUse}`));
    });
  });
}

/** Stop taking connections, let running requests finish, and cut what is left after the time-out. */
function closeServer(server: ServerType, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    if ("closeIdleConnections" in server) server.closeIdleConnections();
  });
}

function buildRoutes(config: AppConfig, node: Node, server: EntryOf<"http.service">): Hono {
  const app = new Hono();
  for (const router of entriesOfKind(config, "http.router").filter((other) => other.server === server.id)) {
    useMiddleware(app, node, router);
    for (const { endpoint, path } of endpointsOf(config, router)) {
      const timeoutMs = server.timeouts.writeMs > 0 ? server.timeouts.writeMs : undefined;
      const answer = (context: Context) => handle(node, endpoint, path, context, timeoutMs);
      // hono asks the handlers of GET for HEAD too, and no others.
      if (endpoint.method !== "HEAD") app.on(endpoint.method, path.pattern, answer);
      else app.get(path.pattern, (context, next) => (context.req.method === "HEAD" ? answer(context) : next()));
    }
  }
  app.notFound((context) => context.json(errorBody(failure("NOT_FOUND", `no endpoint at ${context.req.path}`)), 404));
  app.onError((error, context) => {
    const detail = `${context.req.method} ${context.req.path} failed: ${error.message}`;
    node.system.events.emit("health", { id: server.id, state: "degraded", detail });
    return context.json(errorBody(failure("INTERNAL", error.message)), 500);
  });
  return app;
}

/** A name that is not known is reported: a router that was meant to be guarded is not. */
function useMiddleware(app: Hono, node: Node, router: EntryOf<"http.router">): void {
  const origins = router.options["cors.allow.origins"];
  if (router.middleware.includes("cors")) {
    app.use(`${router.prefix}/*`, cors(typeof origins === "string" ? { origin: origins.split(",") } : {}));
  }
  const unknown = [...router.middleware.filter((name) => name !== "cors"), ...router.postMiddleware];
  if (unknown.length === 0) return;
  const detail = `there is no middleware ${unknown.join(", ")}, so its paths run without; there is cors`;
  node.system.events.emit("health", { id: router.id, state: "degraded", detail });
}

/** The endpoints of a router, the more particular paths first, as the first that matches answers. */
function endpointsOf(config: AppConfig, router: EntryOf<"http.router">) {
  return entriesOfKind(config, "http.endpoint")
    .filter((endpoint) => endpoint.router === router.id)
    .map((endpoint) => ({ endpoint, path: joinPath(router.prefix, endpoint.path), rank: rankOf(endpoint) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
}

/** Sorts by segment: fixed text, then a parameter, then the rest of the path; HEAD before the GET that would answer it too. */
function rankOf({ path, method }: EntryOf<"http.endpoint">): string {
  const segments = path
    .split("/")
    .map((segment) => (segment.endsWith("...}") ? "2" : segment.startsWith("{") ? "1" : "0"));
  return `${segments.join("")}${method === "HEAD" ? "" : "3"}`;
}

interface RoutePath {
  /** In hono's spelling. */
  readonly pattern: string;
  readonly params: readonly string[];
  /** Parameter that takes the rest of the path. */
  readonly tail?: string;
}

function joinPath(prefix: string, path: string): RoutePath {
  const joined = `${prefix.replace(/\/$/, "")}${path}`;
  const tail = /\{([^}]+)\.\.\.\}$/.exec(joined)?.[1];
  const params = [...joined.matchAll(/\{([^}.]+)\}/g)].map((match) => match[1]!);
  const pattern = joined.replace(/\{([^}]+)\.\.\.\}$/, ":$1{.+}").replace(/\{([^}.]+)\}/g, ":$1");
  return { pattern: pattern === "" ? "/" : pattern, params, ...(tail === undefined ? {} : { tail }) };
}

async function handle(
  node: Node,
  endpoint: EntryOf<"http.endpoint">,
  path: RoutePath,
  context: Context,
  timeoutMs: number | undefined,
): Promise<Response> {
  const body = await readBody(context);
  if (body === undefined) {
    return context.json(errorBody(failure("INVALID", `request body is larger than ${maxBodyBytes} bytes`)), 413);
  }
  const names = path.tail === undefined ? path.params : [...path.params, path.tail];
  const url = new URL(context.req.url);
  const http: Payload = {
    method: context.req.method,
    path: url.pathname,
    query: queryOf(url),
    headers: context.req.header(),
    host: context.req.header("host") ?? url.host,
    remote_addr: remoteAddress(context),
    params: Object.fromEntries(names.map((name) => [name, context.req.param(name) ?? ""])),
    body: body.byteLength === 0 ? null : bytesPayload(base64(body)),
  };
  const outcome = await node.functions.run({
    target: endpoint.func,
    args: [],
    context: {},
    options: { http },
    timeoutMs,
  });
  return respond(context, outcome);
}

/** Undefined for a body that is too large. It is read to its end all the same, or its sender would not see the answer. */
async function readBody(context: Context): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (context.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size <= maxBodyBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size > maxBodyBytes ? undefined : new Uint8Array(Buffer.concat(chunks));
}

/** Keys of any name: hono's own reading would take `__proto__` for the prototype. */
function queryOf(url: URL): { [key: string]: string[] } {
  const all = new Map<string, string[]>();
  for (const [key, value] of url.searchParams) all.set(key, [...(all.get(key) ?? []), value]);
  return Object.fromEntries(all);
}

function remoteAddress(context: Context): string {
  const { incoming } = context.env as { incoming?: { socket?: { remoteAddress?: string; remotePort?: number } } };
  const socket = incoming?.socket;
  return socket?.remoteAddress === undefined ? "" : `${socket.remoteAddress}:${socket.remotePort ?? 0}`;
}

/** What a function with an HTTP request settles with: what it wrote, and what it returned. */
interface HttpResult {
  readonly response: {
    status: number;
    headers: Record<string, string>;
    body: { $bytes: string };
  } | null;
  readonly value: Payload;
}

/** A written response wins; else an error is a 500, and a returned value JSON. */
function respond(context: Context, outcome: Outcome): Response {
  if (!outcome.ok) return context.json(errorBody(outcome.error), 500);
  const { response, value } = outcome.value as unknown as HttpResult;
  if (response === null) return value === null ? context.body(null, 204) : context.json(value);
  const { status, headers, body } = response;
  // These have none; a browser's Response refuses to be made with one.
  if (status === 204 || status === 205 || status === 304) return new Response(null, { status, headers });
  return new Response(fromBase64(body.$bytes) as ConstructorParameters<typeof Response>[0], { status, headers });
}

function errorBody(error: Failure): { error: { kind: string; message: string; retryable: boolean | null } } {
  return { error: { kind: error.kind, message: error.message, retryable: error.retryable ?? null } };
}
