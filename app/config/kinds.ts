/** The table of kinds and the types of checked entries that follow from it. */

import type { z } from "zod";
import {
  envStorageFile,
  envStorageMemory,
  envStorageOs,
  envStorageRouter,
  envStorageStatic,
  envVariable,
  registryEntry,
  storeLmdb,
  storeMemory,
  storeRedis,
} from "./data-kinds.js";
import { httpEndpoint, httpRouter, httpService } from "./http-kinds.js";
import { functionLua, libraryLua, processLua, workflowLua } from "./lua-kinds.js";
import { processHost, processService } from "./process-kinds.js";
import { processSupervisor } from "./process-supervisor.js";
import { temporalClient } from "./temporal-client.js";
import { temporalWorker } from "./temporal-worker.js";
import type { Position } from "./yaml.js";

export const kindSchemas = {
  "function.lua": functionLua,
  "process.lua": processLua,
  "workflow.lua": workflowLua,
  "library.lua": libraryLua,
  "process.host": processHost,
  "process.service": processService,
  "process.supervisor": processSupervisor,
  "temporal.client": temporalClient,
  "temporal.worker": temporalWorker,
  "http.service": httpService,
  "http.router": httpRouter,
  "http.endpoint": httpEndpoint,
  "registry.entry": registryEntry,
  "env.storage.memory": envStorageMemory,
  "env.storage.os": envStorageOs,
  "env.storage.static": envStorageStatic,
  "env.storage.file": envStorageFile,
  "env.storage.router": envStorageRouter,
  "env.variable": envVariable,
  "store.memory": storeMemory,
  "store.lmdb": storeLmdb,
  "store.redis": storeRedis,
} as const;

export type Kind = keyof typeof kindSchemas;
export type LuaKind = "function.lua" | "process.lua" | "workflow.lua" | "library.lua";

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

interface EntryBase<K extends Kind> {
  /** `namespace:name`. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly kind: K;
  /** As written, with references made full ids and placeholders filled in. */
  readonly meta: Readonly<Record<string, unknown>>;
  readonly position: Position;
}

/** The code of a Lua entry. */
export interface LuaCode {
  readonly source: string;
  /** For Lua's error messages: the file below the app directory, or `<yaml file>:<id>` for inline text. The same on every machine. */
  readonly sourceName: string;
  /** Lines of the YAML file before the first line of inline text; 0 for a source file. */
  readonly lineOffset: number;
  /** What `require` may load, each once. */
  readonly modules: readonly string[];
  /** `require` name -> id of a library.lua. */
  readonly imports: Readonly<Record<string, string>>;
  /** SHA-256 (hex) of everything that decides what the entry does: source, method, modules, and the same of its imports. */
  readonly hash: string;
}

type FieldsOf<K extends Kind> = DeepReadonly<z.output<(typeof kindSchemas)[K]>>;
type EntryUnion = { [K in Kind]: EntryBase<K> & FieldsOf<K> & (K extends LuaKind ? LuaCode : unknown) };

export type EntryOf<K extends Kind> = EntryUnion[K];
export type Entry = EntryUnion[Kind];
export type LuaEntry = EntryOf<LuaKind>;
export type ProcessServiceEntry = EntryOf<"process.service">;
export type EnvVariableEntry = EntryOf<"env.variable">;
export type Lifecycle = ProcessServiceEntry["lifecycle"];

export const kindNames = Object.keys(kindSchemas) as readonly Kind[];

export function isKind(kind: string): kind is Kind {
  return Object.hasOwn(kindSchemas, kind);
}

export function isLuaKind(kind: string): kind is LuaKind {
  return isKind(kind) && kind.endsWith(".lua");
}

export function isLuaEntry(entry: Entry): entry is LuaEntry {
  return isLuaKind(entry.kind);
}
