/** `http.service`: routers and endpoints served by hono; each request is one call of a function entry. */
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { Outcome } from "../actors/index.js";
import { base64, bytesPayload, type Failure, failure, fromBase64, type Payload } from "../mailbox/index.js";
import type { AppConfig, EntryOf } from "./entries.js";
import { entriesOfKind } from "./entries.js";
import { EndpointCalls } from "./http-call.js";
import { corsMiddleware, unknownCorsOptions } from "./http-cors.js";
import { KnownMethods, type Route, routesOf } from "./http-routes.js";
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

/** What every request of a server needs. */
interface Serving {
  readonly calls: EndpointCalls;
  readonly timeoutMs: number | undefined;
}

function buildRoutes(config: AppConfig, node: Node, server: EntryOf<"http.service">): Hono {
  const app = new Hono();
  const known = new KnownMethods();
  const calls = new EndpointCalls(node.openClient(`http:${server.id}`));
  const serving = { calls, timeoutMs: server.timeouts.writeMs > 0 ? server.timeouts.writeMs : undefined };
  for (const router of entriesOfKind(config, "http.router").filter((other) => other.server === server.id)) {
    useMiddleware(app, node, router);
    for (const route of routesOf(config, router)) {
      const { method } = route.endpoint;
      const { pattern } = route.path;
      const answer = (context: Context) => handle(serving, route, context);
      known.add(method, pattern);
      // hono asks the handlers of GET for HEAD too, and no others.
      if (method !== "HEAD") app.on(method, pattern, answer);
      else app.get(pattern, (context, next) => (context.req.method === "HEAD" ? answer(context) : next()));
    }
  }
  app.notFound((context) => nobodyAnswers(context, known));
  app.onError((error, context) => {
    const detail = `${context.req.method} ${context.req.path} failed: ${error.message}`;
    node.system.events.emit("health", { id: server.id, state: "degraded", detail });
    return context.json(errorBody(failure("INTERNAL", error.message)), 500);
  });
  return app;
}

function nobodyAnswers(context: Context, known: KnownMethods): Response {
  const { method, path } = context.req;
  const methods = known.of(path);
  if (methods.length === 0) return context.json(errorBody(failure("NOT_FOUND", `no endpoint at ${path}`)), 404);
  const message = `${path} has no ${method}; it has ${methods.join(", ")}`;
  return context.json(errorBody(failure("INVALID", message, { retryable: false })), 405, { allow: methods.join(", ") });
}

/** A name that is not known is reported: a router that was meant to be guarded is not. */
function useMiddleware(app: Hono, node: Node, router: EntryOf<"http.router">): void {
  if (router.middleware.includes("cors")) app.use(`${router.prefix}/*`, corsMiddleware(router.options));
  const report = (detail: string) => node.system.events.emit("health", { id: router.id, state: "degraded", detail });
  const unknown = [...router.middleware.filter((name) => name !== "cors"), ...router.postMiddleware];
  if (unknown.length > 0)
    report(`there is no middleware ${unknown.join(", ")}, so its paths run without; there is cors`);
  const options = unknownCorsOptions(router.options);
  if (options.length > 0) report(`there is no option ${options.join(", ")}, so nothing is done about it`);
}

async function handle({ calls, timeoutMs }: Serving, { endpoint, path }: Route, context: Context): Promise<Response> {
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
  const { signal } = context.req.raw;
  return respond(context, await calls.run({ func: endpoint.func, http, timeoutMs, signal }));
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
