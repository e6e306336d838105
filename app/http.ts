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
  const app = buildRoutes(config, node, entry.id);
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

function buildRoutes(config: AppConfig, node: Node, serverId: string): Hono {
  const app = new Hono();
  for (const router of entriesOfKind(config, "http.router").filter((other) => other.server === serverId)) {
    const origins = router.options["cors.allow.origins"];
    if (router.middleware.includes("cors")) {
      app.use(`${router.prefix}/*`, cors(typeof origins === "string" ? { origin: origins.split(",") } : {}));
    }
    for (const endpoint of entriesOfKind(config, "http.endpoint").filter((other) => other.router === router.id)) {
      const path = joinPath(router.prefix, endpoint.path);
      app.on(endpoint.method, path.pattern, (context) => handle(node, endpoint, path, context));
    }
  }
  app.notFound((context) => context.json(errorBody(failure("NOT_FOUND", `no endpoint at ${context.req.path}`)), 404));
  return app;
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
): Promise<Response> {
  const body = new Uint8Array(await context.req.arrayBuffer());
  if (body.byteLength > maxBodyBytes) {
    return context.json(errorBody(failure("INVALID", `request body is larger than ${maxBodyBytes} bytes`)), 413);
  }
  const names = path.tail === undefined ? path.params : [...path.params, path.tail];
  const url = new URL(context.req.url);
  const http: Payload = {
    method: context.req.method,
    path: url.pathname,
    query: context.req.queries(),
    headers: context.req.header(),
    host: context.req.header("host") ?? url.host,
    remote_addr: remoteAddress(context),
    params: Object.fromEntries(names.map((name) => [name, context.req.param(name) ?? ""])),
    body: body.byteLength === 0 ? null : bytesPayload(base64(body)),
  };
  const outcome = await node.functions.run({ target: endpoint.func, args: [], context: {}, options: { http } });
  return respond(context, outcome);
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
    body: string | { $bytes: string } | null;
  } | null;
  readonly value: Payload;
}

/** A written response wins; else an error is a 500, and a returned value JSON. */
function respond(context: Context, outcome: Outcome): Response {
  if (!outcome.ok) return context.json(errorBody(outcome.error), 500);
  const { response, value } = outcome.value as unknown as HttpResult;
  if (response === null) return value === null ? context.body(null, 204) : context.json(value);
  const { status, headers, body } = response;
  const content = body === null || typeof body === "string" ? body : (fromBase64(body.$bytes) ?? null);
  return new Response(content as ConstructorParameters<typeof Response>[0], { status, headers });
}

function errorBody(error: Failure): { error: { kind: string; message: string; retryable: boolean | null } } {
  return { error: { kind: error.kind, message: error.message, retryable: error.retryable ?? null } };
}
