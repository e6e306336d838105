/** The service `env`: the env.variable entries of an app, read and written while it runs. What a storage is, is in config/. */
import { resolve } from "node:path";
import { type NodeService, type Outcome, type PayloadRecord, unknownOperation } from "../actors/index.js";
import { type Failure, failure, type Payload, type Pid } from "../mailbox/index.js";
import { type EnvironmentValues, variableKey, variableValue } from "./config/env-values.js";
import type { EnvVariableEntry } from "./config/kinds.js";
import { nearest } from "./config/nearest.js";
import { type AppConfig, type Entry, entriesOfKind } from "./entries.js";
import { EnvFiles, readEnvFile } from "./env-file.js";

type EnvConfig = Pick<AppConfig, "dir" | "entries" | "env">;

/**
 * Operations: `get {key}`, `set {key, value}`, `get_all {}`. A key is a public name or an entry id; `get_all` has the public names
 * that have a value. Programs never see a variable of the operating system that no entry names.
 */
export class EnvironmentService implements NodeService {
  private readonly config: EnvConfig;
  private readonly files = new EnvFiles();
  private readonly memory = new Map<string, Map<string, string>>();
  private readonly public = new Map<string, EnvVariableEntry>();

  constructor(config: EnvConfig) {
    this.config = config;
    for (const variable of entriesOfKind(config, "env.variable")) {
      if (variable.variable !== undefined) this.public.set(variable.variable, variable);
    }
  }

  async ask(_caller: Pid, operation: string, args: PayloadRecord): Promise<Outcome> {
    if (operation === "get_all") return this.getAll();
    if (operation !== "get" && operation !== "set") return refused(unknownOperation("env", operation));
    const variable = this.variable(args.key);
    if (!("storage" in variable)) return refused(variable);
    return operation === "get" ? this.get(variable, String(args.key)) : this.set(variable, args.value);
  }

  private variable(key: Payload | undefined): EnvVariableEntry | Failure {
    if (typeof key !== "string" || key === "") return invalid("a variable's name must be text that is not empty");
    const named = this.public.get(key) ?? this.config.entries.get(key);
    if (named?.kind === "env.variable") return named;
    const near = nearest(key, this.public.keys());
    const hint = near.length === 0 ? "" : ` (did you mean ${near.join(" or ")}?)`;
    return notFound(key, `no env.variable entry has the public name or id ${JSON.stringify(key)}${hint}`);
  }

  private async get(variable: EnvVariableEntry, key: string): Promise<Outcome> {
    const storages = await this.storages([variable.storage]);
    if (!(storages instanceof Map)) return refused(storages);
    const value = variableValue(this.config.entries, variable, { system: this.config.env, storages });
    if (value === undefined) return refused(notFound(key, `the variable ${variable.id} is not set`));
    return { ok: true, value };
  }

  private async getAll(): Promise<Outcome> {
    const variables = [...this.public.entries()];
    const storages = await this.storages(variables.map(([, { storage }]) => storage));
    if (!(storages instanceof Map)) return refused(storages);
    const all = variables.flatMap(([name, variable]): [string, string][] => {
      const value = variableValue(this.config.entries, variable, { system: this.config.env, storages });
      return value === undefined ? [] : [[name, value]];
    });
    return { ok: true, value: Object.fromEntries(all) };
  }

  private async set(variable: EnvVariableEntry, value: Payload | undefined): Promise<Outcome> {
    if (typeof value !== "string") return refused(invalid("the value of a variable must be text"));
    if (variable.readonly) return refused(denied(`the variable ${variable.id} is read-only`));
    const error = await this.write(variable.storage, variableKey(variable), value);
    return error === undefined ? { ok: true, value: true } : refused(error);
  }

  private async write(storageId: string, key: string, value: string): Promise<Failure | undefined> {
    const storage = this.config.entries.get(storageId);
    switch (storage?.kind) {
      case "env.storage.router":
        return this.write(storage.storages[0]!, key, value);
      case "env.storage.memory": {
        const values = this.memory.get(storageId) ?? new Map<string, string>();
        this.memory.set(storageId, values.set(key, value));
        return undefined;
      }
      case "env.storage.file":
        if (/[\r\n\0]/.test(value))
          return invalid(`${storageId} is a file of lines: a value may not have a line break`);
        return this.files.change(storage, this.pathOf(storage.filePath), key, value);
      default:
        return denied(`the storage ${storageId} is read-only`);
    }
  }

  /** The values of these storages, and of those that they lead to, as far as they are not in the entries. */
  private async storages(ids: readonly string[]): Promise<Map<string, EnvironmentValues> | Failure> {
    const found = new Map<string, EnvironmentValues>();
    const reachable = new Set(ids);
    for (const id of reachable) {
      const storage: Entry | undefined = this.config.entries.get(id);
      if (storage?.kind === "env.storage.router") for (const inner of storage.storages) reachable.add(inner);
      if (storage?.kind === "env.storage.memory") found.set(id, Object.fromEntries(this.memory.get(id) ?? []));
      if (storage?.kind !== "env.storage.file") continue;
      const file = await readEnvFile(storage, this.pathOf(storage.filePath));
      if ("error" in file) return file.error;
      found.set(id, file.values);
    }
    return found;
  }

  private pathOf(filePath: string): string {
    return resolve(this.config.dir, filePath);
  }
}

function refused(error: Failure): Outcome {
  return { ok: false, error };
}

function invalid(message: string): Failure {
  return failure("INVALID", message, { retryable: false });
}

function denied(message: string): Failure {
  return failure("PERMISSION_DENIED", message, { retryable: false });
}

function notFound(key: string, message: string): Failure {
  return failure("NOT_FOUND", message, { retryable: false, details: { key } });
}
