/** A commit as the arguments of commands/commit.lua, which names them. */
import type { Commit, ProcessWrite } from "../journal.js";
import type { Claim } from "./claim.js";
import { fieldOf } from "./keys.js";
import { scripts } from "./scripts.js";

export function commitArguments(commit: Commit, claim: Claim): string[] {
  const { keys } = claim;
  const recordKeys: string[] = [];
  const kept: string[] = [];
  const forgotten: string[] = [];
  const records: string[] = [];
  for (const write of commit.writes) {
    const field = fieldOf(write.id);
    if (write.state === undefined) forgotten.push(field);
    else kept.push(field, write.state);
    if (!changesRecords(write)) continue;
    recordKeys.push(keys.records(field));
    appendRecords(records, write);
  }
  const sources = commit.sources.flat();
  const counts = [kept, forgotten, sources, commit.dropSources].map((list) => String(list.length));
  const owned = [String(claim.epoch), claim.token, String(commit.number)];
  return [scripts.commit.sha, String(3 + recordKeys.length), keys.meta, keys.states, keys.sources].concat(
    recordKeys,
    owned,
    counts,
    kept,
    forgotten,
    sources,
    commit.dropSources,
    records,
  );
}

function changesRecords({ reset, records, state }: ProcessWrite): boolean {
  return reset || records.length > 0 || state === undefined;
}

function appendRecords(list: string[], { reset, records, state }: ProcessWrite): void {
  const kept = state === undefined ? [] : records;
  list.push(reset || state === undefined ? `!${kept.length}` : String(kept.length));
  for (const record of kept) list.push(record);
}
