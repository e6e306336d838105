/** Schemas of the kinds that hold data: environment storages and variables, registry entries, stores. */

import { z } from "zod";
import { countOrZero, duration, entryFields, entryId, flag, lifecycle, text } from "./fields.js";
import { defaultRedisUrl, redisUrl } from "./journal.js";

export const envStorageMemory = entryFields({}).transform(() => ({}));
export const envStorageOs = entryFields({}).transform(() => ({}));

const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: () => "must be text, a number, or true or false",
});

export const envStorageStatic = entryFields({
  values: z.record(z.string(), scalar.transform(String)).default({}),
}).transform((given) => ({ values: given.values }));

/** Octal text, because YAML reads a bare 0644 as the decimal number 644. */
const fileMode = (octal: string) =>
  z
    .string({ error: `must be octal digits in quotes, such as "${octal}"` })
    .regex(/^0?o?[0-7]{3}$/, `must be octal digits in quotes, such as "${octal}"`)
    .default(octal)
    .transform((digits) => Number.parseInt(digits.replace("o", ""), 8));

export const envStorageFile = entryFields({
  file_path: text,
  auto_create: flag,
  file_mode: fileMode("0644"),
  dir_mode: fileMode("0755"),
}).transform((given) => ({
  /** Relative to the app directory. */
  filePath: given.file_path,
  autoCreate: given.auto_create,
  fileMode: given.file_mode,
  dirMode: given.dir_mode,
}));

export const envStorageRouter = entryFields({ storages: z.array(entryId).min(1) }).transform((given) => ({
  /** Read: the first that has the variable. Write: the first. */
  storages: given.storages,
}));

export const envVariable = entryFields({
  variable: z.string().regex(/^\w+$/, "must be letters, digits and _ only").optional(),
  storage: entryId,
  default: scalar.transform(String).optional(),
  readonly: flag,
}).transform((given) => ({
  /** The public name; undefined: reachable by the entry id only. */
  variable: given.variable,
  storage: given.storage,
  default: given.default,
  readonly: given.readonly,
}));

const storeLimits = {
  max_size: countOrZero.default(0),
  cleanup_interval: duration.default(60_000),
};

export const storeMemory = entryFields({ ...storeLimits, lifecycle }).transform((given) => ({
  /** In keys; 0 means unlimited. */
  maxSize: given.max_size,
  /** 0 means that expired keys go when they are asked for, or when the store is full. */
  cleanupIntervalMs: given.cleanup_interval,
  lifecycle: given.lifecycle,
}));

export const storeLmdb = entryFields({
  path: text,
  sync: z.boolean().default(true),
  ...storeLimits,
  lifecycle,
}).transform((given) => ({
  /** A file, relative to the app directory. */
  path: given.path,
  /** False: answered before it is on disk. */
  sync: given.sync,
  /** As those of a store.memory. */
  maxSize: given.max_size,
  cleanupIntervalMs: given.cleanup_interval,
  lifecycle: given.lifecycle,
}));

export const storeRedis = entryFields({
  url: redisUrl.default(defaultRedisUrl),
  prefix: z
    .string()
    .regex(/^[^{}\s]+$/, 'must be text without spaces and braces, such as "orders"')
    .optional(),
  timeout: duration.default(5_000),
  lifecycle,
}).transform((given) => ({
  url: given.url,
  /** Undefined: the id of the entry. */
  prefix: given.prefix,
  /** After that long an operation is UNAVAILABLE. */
  timeoutMs: given.timeout,
  lifecycle: given.lifecycle,
}));

export const registryEntry = z.record(z.string(), z.unknown()).transform((given) => {
  const { name: _name, kind: _kind, meta: _meta, ...data } = given;
  return { data };
});
