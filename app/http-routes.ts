/** The paths of a server's endpoints: their order, their spelling for hono, and which methods a path knows. */
import { Hono } from "hono";
import { type AppConfig, type EntryOf, entriesOfKind } from "./entries.js";

export type Endpoint = EntryOf<"http.endpoint">;

export interface Route {
  readonly endpoint: Endpoint;
  readonly path: RoutePath;
}

export interface RoutePath {
  /** In hono's spelling. */
  readonly pattern: string;
  readonly params: readonly string[];
  /** Parameter that takes the rest of the path, which may be empty. */
  readonly tail?: string;
}

/** The endpoints of a router, the more particular paths first, as the first that matches answers. */
export function routesOf(config: AppConfig, router: EntryOf<"http.router">): readonly Route[] {
  return entriesOfKind(config, "http.endpoint")
    .filter((endpoint) => endpoint.router === router.id)
    .map((endpoint) => ({ endpoint, path: joinPath(router.prefix, endpoint.path), rank: rankOf(endpoint) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
}

/** Sorts by segment: fixed text, then a parameter, then the rest of the path; HEAD before the GET that would answer it too. */
function rankOf({ path, method }: Endpoint): string {
  const segments = path
    .split("/")
    .map((segment) => (segment.endsWith("...}") ? "2" : segment.startsWith("{") ? "1" : "0"));
  return `${segments.join("")}${method === "HEAD" ? "" : "3"}`;
}

function joinPath(prefix: string, path: string): RoutePath {
  const joined = `${prefix.replace(/\/$/, "")}${path}`;
  const tail = /\{([^}]+)\.\.\.\}$/.exec(joined)?.[1];
  const params = [...joined.matchAll(/\{([^}.]+)\}/g)].map((match) => match[1]!);
  const pattern = joined.replace(/\{([^}]+)\.\.\.\}$/, ":$1{.*}").replace(/\{([^}.]+)\}/g, ":$1");
  return { pattern: pattern === "" ? "/" : pattern, params, ...(tail === undefined ? {} : { tail }) };
}

/** Which methods the endpoints have for a path, for the answer to another one. */
export class KnownMethods {
  private readonly probe = new Hono();
  private readonly methods = new Set<string>();

  add(method: string, pattern: string): void {
    this.probe.on(method, pattern, (context) => context.body(null));
    this.methods.add(method);
  }

  /** Sorted; GET answers HEAD as well. Empty for a path that nobody serves. */
  of(path: string): string[] {
    const known = [...this.methods].filter((method) => this.probe.router.match(method, path)[0].length > 0);
    if (known.includes("GET") && !known.includes("HEAD")) known.push("HEAD");
    return known.sort();
  }
}
