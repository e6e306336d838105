/** The service `registry`: the entries of an app as they were written, without its secrets. Read only. */
import { type NodeService, type Outcome, type PayloadRecord, unknownOperation } from "../actors/index.js";
import { checkPayloadSize, type Failure, failure, type Payload, type Pid, toPayload } from "../mailbox/index.js";
import { isRecord } from "./config/drafts.js";
import type { AppConfig, Kind } from "./entries.js";
import { type RegistryEntry, registryFilter } from "./registry-filter.js";

type RegistryConfig = Pick<AppConfig, "written">;

/** Fields that a program does not see: they may hold secrets as they are, and no program has any use for them. */
const withheld: Partial<Record<Kind, readonly string[]>> = {
  "temporal.client": ["auth"],
  "env.storage.static": ["values"],
};

/** Operations: `get {id}` and `find {filter}`; what a filter is, `registryFilter` says. */
export class RegistryService implements NodeService {
  private readonly config: RegistryConfig;
  /** Made when first asked for. */
  private all: readonly RegistryEntry[] | undefined;

  constructor(config: RegistryConfig) {
    this.config = config;
  }

  ask(_caller: Pid, operation: string, args: PayloadRecord): Outcome {
    if (operation === "get") return this.get(args.id);
    if (operation === "find") return this.find(args.filter);
    return refused(unknownOperation("registry", operation));
  }

  private get(id: Payload | undefined): Outcome {
    const fields = typeof id === "string" ? this.config.written.get(id) : undefined;
    if (fields !== undefined) return { ok: true, value: { ...entryOf(String(id), fields) } };
    const message = `entry not found: ${typeof id === "string" ? id : JSON.stringify(id ?? null)}`;
    return refused(failure("NOT_FOUND", message, { retryable: false, details: { id: id ?? null } }));
  }

  private find(filter: Payload | undefined): Outcome {
    if (typeof filter !== "object" || filter === null) return refused(invalid("filter must be a table"));
    // An empty table is a list to every tier.
    if (Array.isArray(filter) && filter.length > 0) return refused(invalid("filter must have names as keys"));
    const test = registryFilter(filter as PayloadRecord);
    if (typeof test !== "function") return refused(test);
    this.all ??= [...this.config.written].map(([id, fields]) => entryOf(id, fields));
    const value = this.all.filter(test).map((entry) => ({ ...entry }));
    const tooLarge = checkPayloadSize(value, "what the filter finds");
    return tooLarge === undefined ? { ok: true, value } : refused(tooLarge);
  }
}

function entryOf(id: string, fields: Readonly<Record<string, unknown>>): RegistryEntry {
  const { name: _name, kind, meta, ...others } = fields;
  const hidden = withheld[kind as Kind] ?? [];
  const data = Object.entries(others).filter(([key]) => !hidden.includes(key));
  return {
    id,
    kind: String(kind),
    meta: recordOf(isRecord(meta) ? meta : {}),
    data: recordOf(Object.fromEntries(data)),
  };
}

function recordOf(value: unknown): PayloadRecord {
  return withoutPasswords(toPayload(value)) as PayloadRecord;
}

/** `redis://user:secret@host` becomes `redis://user:***@host`, in texts of any depth. */
function withoutPasswords(value: Payload): Payload {
  if (typeof value === "string") return value.replace(/(\w:\/\/[^\s/:@]*:)[^\s/@]+@/g, "$1***@");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Payload[]).map(withoutPasswords);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutPasswords(item)]));
}

function refused(error: Failure): Outcome {
  return { ok: false, error };
}

function invalid(message: string): Failure {
  return failure("INVALID", message, { retryable: false });
}
