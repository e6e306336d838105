/** Schema of the `journal` block that makes a process.host durable. Opening the journal is app/journal.ts. */

import { z } from "zod";
import { countOrZero, duration, fields, positive, text } from "./fields.js";

const drivers = ["lmdb", "redis"] as const;
type Driver = (typeof drivers)[number];

/** Fields that only one driver has, and what the other has in their place. */
const fieldsOfDriver = { lmdb: ["path", "sync"], redis: ["url", "wait"] } as const satisfies Record<Driver, unknown>;
type OwnField = (typeof fieldsOfDriver)[Driver][number];

export const defaultRedisUrl = "redis://127.0.0.1:6379";
const maxNameBytes = 200;

/** The node part of pids, of Redis keys and of a Temporal queue: each gives some signs a meaning. */
const journalName = text
  .regex(/^[^{}@|\s\p{Cc}]+$/u, 'must be text without spaces, { } @ and |, such as "orders:durable"')
  .refine((name) => new TextEncoder().encode(name).length <= maxNameBytes, `must have at most ${maxNameBytes} bytes`);

/** The message never shows the text, which may hold a password. */
export const redisUrl = text.refine(
  isRedisUrl,
  "must be redis://host:port or rediss://host:port, optionally with /database",
);

const history = fields({
  continue_at: positive.default(10_000),
}).prefault({});

export const journalBlock = fields({
  driver: z.enum(drivers),
  path: text.optional(),
  sync: z.boolean().optional(),
  url: redisUrl.optional(),
  wait: countOrZero.optional(),
  name: journalName.optional(),
  idle_timeout: duration.default(300_000),
  history,
  catch_up: z.enum(["one", "skip"]).default("one"),
  retention: duration.default(86_400_000),
  snapshot_every: positive.default(100),
}).transform((given, context) => {
  checkDriverFields(given, context);
  const { driver, path, sync = true, url = defaultRedisUrl, wait = 0 } = given;
  return {
    store: driver === "lmdb" ? { driver, path: path ?? "", sync } : { driver, url, wait },
    /** Undefined: the id of the entry. See `journalNameOf`. */
    name: given.name,
    /** 0: idle processes stay in memory. */
    idleTimeoutMs: given.idle_timeout,
    /** Entries after which a program is asked to go on in a new journal. */
    continueAt: given.history.continue_at,
    /** What becomes of firings that fell due while the node was down. */
    catchUp: given.catch_up,
    /** How long the end of a workflow is remembered. */
    retentionMs: given.retention,
    /** Turns of a TypeScript behaviour. */
    snapshotEvery: given.snapshot_every,
  };
});

type Given = { readonly driver: Driver } & { readonly [K in OwnField]?: unknown };

function checkDriverFields(given: Given, context: z.RefinementCtx): void {
  const { driver } = given;
  const other = driver === "lmdb" ? "redis" : "lmdb";
  const fail = (field: OwnField | undefined, message: string) => {
    context.addIssue({ code: "custom", path: field === undefined ? [] : [field], message });
  };
  for (const field of fieldsOfDriver[other]) {
    if (given[field] === undefined) continue;
    const own = fieldsOfDriver[driver].join(" and ");
    fail(field, `is a field of driver ${other}; driver ${driver} has ${own}`);
  }
  if (driver === "lmdb" && given.path === undefined) {
    fail(undefined, "of driver lmdb needs path: a file, relative to the app directory, such as ./data/orders.mdb");
  }
}

/** The node part of the pids of a journal host. */
export function journalNameOf(entry: {
  readonly id: string;
  readonly journal?: { readonly name?: string | undefined };
}) {
  return entry.journal?.name ?? entry.id;
}

function isRedisUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, pathname, search, hash } = new URL(value);
  return /^rediss?:$/.test(protocol) && hostname !== "" && /^(\/\d*)?$/.test(pathname) && search + hash === "";
}
