/** Schemas of the kinds that hold Lua source. Reading the source and checking module names is sources.ts. */

import { z } from "zod";
import { entryFields, entryId, fields, flag, metaFields, positive, text } from "./fields.js";
import { mailboxBlock } from "./mailbox.js";
import { entryOptions } from "./options.js";

const code = {
  source: z.string().refine((value) => value.trim() !== "", "must be Lua text or file://path.lua, not empty"),
  modules: z.array(text).default([]),
  imports: z.record(text, entryId).default({}),
};

const pool = fields({
  type: z.enum(["inline", "lazy", "static", "adaptive"]).optional(),
  size: positive.optional(),
  workers: positive.optional(),
  buffer: positive.optional(),
  max_size: positive.default(16),
  warm_start: flag,
});

const activity = fields({ worker: entryId, local: flag });

/** The SDK looks a type up among the bundle's exports and their inherited names before it asks for the function of all types. */
const isTakenType = (name: string): boolean => name === "default" || name === "interceptors" || name in {};

const typeName = text.refine(
  (name) => !isTakenType(name),
  "must not be default, interceptors or a name every object has",
);

const workflow = fields({ worker: entryId, name: typeName.optional() });

const activityMeta = metaFields({
  temporal: fields({ activity: activity.optional() }).optional(),
  options: entryOptions,
  default_host: entryId.optional(),
});

const workflowMeta = metaFields({
  temporal: fields({ workflow: workflow.optional() }).optional(),
  options: entryOptions,
  default_host: entryId.optional(),
});

function defaultHost(meta: { default_host?: string | undefined; options: Record<string, unknown> }) {
  const fromOptions = meta.options.default_host;
  return meta.default_host ?? (typeof fromOptions === "string" ? fromOptions : undefined);
}

export const functionLua = entryFields(
  {
    ...code,
    method: text,
    pool: pool.optional(),
  },
  activityMeta,
).transform((given) => ({
  method: given.method,
  /** The Temporal worker that also offers this function as an activity; the type name is the entry id. */
  activity: given.meta.temporal?.activity,
  /** Defaults under the options of each call (lua-api.md 3.6), as written. */
  options: given.meta.options,
}));

export const processLua = entryFields(
  {
    ...code,
    method: text.default("main"),
    mailbox: mailboxBlock.optional(),
  },
  activityMeta,
).transform((given) => ({
  method: given.method,
  /** In place of the limit of its host. */
  mailbox: given.mailbox,
  activity: given.meta.temporal?.activity,
  options: given.meta.options,
  /** Set: `funcs.call` may call this process; it then starts on this host. */
  defaultHost: defaultHost(given.meta),
}));

export const workflowLua = entryFields(
  {
    ...code,
    method: text.default("main"),
  },
  workflowMeta,
).transform((given) => ({
  method: given.method,
  /** `name` is the Temporal workflow type; undefined means the entry id. */
  workflow: given.meta.temporal?.workflow,
  options: given.meta.options,
  /** The registering worker unless the entry names another. */
  defaultHost: defaultHost(given.meta) ?? given.meta.temporal?.workflow?.worker,
}));

export const libraryLua = entryFields(code).transform(() => ({}));
