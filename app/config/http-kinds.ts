/** Schemas of the HTTP kinds: a server, a group of paths, one path. */

import { z } from "zod";
import { duration, entryFields, entryId, fields, lifecycle, metaFields, text } from "./fields.js";

const methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"] as const;

export interface ListenAddress {
  /** Undefined: every interface. */
  readonly host: string | undefined;
  /** 0: any free port. */
  readonly port: number;
}

const addressForm = /^(?:\[([\da-fA-F:.]+)\]|([^\s:[\]/]*)):(\d{1,5})$/;

const listenAddress = z.string().transform((value, context): ListenAddress => {
  const match = addressForm.exec(value);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    const message = `must be host:port with a port up to 65535, such as ":8080" or "127.0.0.1:0", not ${JSON.stringify(value)}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }
  return { host: match[1] ?? (match[2] || undefined), port };
});

/** 0, the default, means no limit. */
const timeout = duration.default(0);
const timeouts = fields({ read: timeout, write: timeout, idle: timeout })
  .transform((given) => ({ readMs: given.read, writeMs: given.write, idleMs: given.idle }))
  .prefault({});

export const httpService = entryFields({ addr: listenAddress, timeouts, lifecycle }).transform((given) => ({
  addr: given.addr,
  timeouts: given.timeouts,
  lifecycle: given.lifecycle,
}));

const prefix = z
  .string()
  .refine((value) => value === "" || /^\/[^\s?#]*$/.test(value), "must start with /, such as /api");
const middlewareOptions = z.record(z.string(), z.unknown()).default({});

export const httpRouter = entryFields(
  {
    prefix: prefix.default(""),
    middleware: z.array(text).default([]),
    options: middlewareOptions,
    post_middleware: z.array(text).default([]),
    post_options: middlewareOptions,
  },
  metaFields({ server: entryId }),
).transform((given) => ({
  server: given.meta.server,
  prefix: given.prefix,
  middleware: given.middleware,
  options: given.options,
  postMiddleware: given.post_middleware,
  postOptions: given.post_options,
}));

const paramForm = /^\{[A-Za-z_]\w*\}$/;
const tailForm = /^\{[A-Za-z_]\w*\.\.\.\}$/;

/** What is wrong with a path pattern, as a predicate. */
function pathFault(path: string): string | undefined {
  if (!path.startsWith("/") || /[\s?#]/.test(path)) return "must start with / and have no spaces, ? or #";
  const segments = path.slice(1).split("/");
  const names = new Set<string>();
  for (const [index, segment] of segments.entries()) {
    if (!/[{}]/.test(segment)) continue;
    const tail = tailForm.test(segment);
    if (!tail && !paramForm.test(segment))
      return `has "${segment}"; a parameter is a whole segment: {name}, or {name...} at the end`;
    if (tail && index !== segments.length - 1)
      return `has "${segment}" in the middle; a {name...} parameter must come last`;
    const name = segment.replace(/[{}.]/g, "");
    if (names.has(name)) return `names the parameter "${name}" twice`;
    names.add(name);
  }
  return undefined;
}

const path = z.string().superRefine((value, context) => {
  const message = pathFault(value);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

export const httpEndpoint = entryFields(
  {
    method: z.enum(methods),
    path,
    func: entryId,
  },
  metaFields({ router: entryId }),
).transform((given) => ({
  router: given.meta.router,
  method: given.method,
  path: given.path,
  func: given.func,
}));
