/** The middleware `cors` of a router: from its options to hono's. */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

type Options = Readonly<Record<string, unknown>>;

const known = ["origins", "methods", "headers", "credentials"].map((name) => `cors.allow.${name}`);
const knownOptions: readonly string[] = [...known, "cors.expose.headers", "cors.max.age"];

/** The names of options that nothing is done about. */
export function unknownCorsOptions(options: Options): string[] {
  return Object.keys(options).filter((name) => name.startsWith("cors.") && !knownOptions.includes(name));
}

/**
 * `cors.allow.origins` (`*`; `https://*.example.com` is any host below it), `.methods`, `.headers` (without it, whatever is asked for),
 * `.credentials`, `cors.expose.headers`, `cors.max.age` (86400 seconds). Lists are texts with commas, or YAML lists.
 */
export function corsMiddleware(options: Options): MiddlewareHandler {
  const list = (name: string): string[] | undefined => {
    const value = options[name];
    const items = Array.isArray(value) ? value.map(String) : typeof value === "string" ? value.split(",") : undefined;
    return items?.map((item) => item.trim()).filter((item) => item !== "");
  };
  const origins = list("cors.allow.origins") ?? ["*"];
  const headers = list("cors.allow.headers");
  const exposed = list("cors.expose.headers");
  const maxAge = Number(options["cors.max.age"] ?? 86_400);
  return cors({
    origin: origins.includes("*") ? "*" : (origin) => (origins.some((one) => fits(one, origin)) ? origin : null),
    allowMethods: list("cors.allow.methods") ?? ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"],
    ...(headers === undefined ? {} : { allowHeaders: headers }),
    ...(exposed === undefined ? {} : { exposeHeaders: exposed }),
    ...(Number.isFinite(maxAge) ? { maxAge } : {}),
    credentials: String(options["cors.allow.credentials"] ?? false) === "true",
  });
}

/** `*.example.com` and `https://*.example.com` stand for every host below; without a scheme, with any. */
function fits(allowed: string, origin: string): boolean {
  if (!allowed.includes("*.")) return allowed === origin;
  const [scheme, host] = allowed.split("*.") as [string, string];
  const rest = scheme === "" ? origin.replace(/^https?:\/\//, "") : origin.slice(scheme.length);
  return (scheme === "" || origin.startsWith(scheme)) && rest.endsWith(`.${host}`) && !rest.includes("/");
}
