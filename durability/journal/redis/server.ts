/** What INFO tells of a server: which one it is, whether it takes writes, and what it does not promise. Asks nothing itself. */
import { Refusal } from "./refusal.js";

export interface ServerFacts {
  /** Another one after every start of the server. */
  readonly runId: string;
  /** Another one after a failover or a full copy from another server. */
  readonly replicationId: string;
  /** Ways in which the server may lose what it has acknowledged, or evict it; for a person. */
  readonly warnings: readonly string[];
}

/** Throws a Refusal when the server is loading or is a replica. */
export function readInfo(info: string): ServerFacts {
  const fields = new Map(
    info.split(/\r?\n/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(":");
      return colon < 0 || line.startsWith("#") ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
  if (fields.get("loading") === "1") throw new Refusal("loading", "the server is loading its data");
  if (fields.get("role") === "slave") throw new Refusal("readonly", "the server is a replica");
  return {
    runId: fields.get("run_id") ?? "",
    replicationId: fields.get("master_replid") ?? "",
    warnings: [...persistenceWarnings(fields), ...evictionWarnings(fields)],
  };
}

export function sameServer(one: ServerFacts, other: ServerFacts): boolean {
  return one.runId === other.runId && one.replicationId === other.replicationId;
}

function* persistenceWarnings(fields: ReadonlyMap<string, string>): Generator<string> {
  if (fields.get("aof_enabled") === "0") {
    yield "persistence is off on this server (appendonly no): when it stops, acknowledged commits are lost; use appendonly yes, appendfsync always";
  }
}

/** The volatile policies evict only keys with an expiry, and a journal sets none. */
function* evictionWarnings(fields: ReadonlyMap<string, string>): Generator<string> {
  const policy = fields.get("maxmemory_policy") ?? "noeviction";
  if (policy.startsWith("allkeys")) {
    yield `eviction is on (maxmemory-policy ${policy}): a full server drops keys of the journal; use noeviction`;
  }
}
