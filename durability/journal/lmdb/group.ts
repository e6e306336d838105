/** Which commits go into one transaction. */
import type { Commit, CommitResult, Superseded } from "../journal.js";

export interface Claim {
  readonly epoch: number;
  superseded: { readonly why: Superseded; readonly detail: string } | undefined;
}

/** A commit that is not answered yet. */
export interface Pending {
  readonly claim: Claim;
  readonly commit: Commit;
  readonly answer: (result: CommitResult) => void;
}

/** One transaction takes at most about so much: it is written in one go on the main thread. */
const maxTexts = 4_000;
const maxChars = 16_000_000;

/** `stale`: of an earlier claim or of one that is void; never to be written. */
export function takeGroup(
  waiting: readonly Pending[],
  claim: Claim,
): { readonly group: readonly Pending[]; readonly stale: readonly Pending[]; readonly rest: Pending[] } {
  const group: Pending[] = [];
  const stale: Pending[] = [];
  let texts = 0;
  let chars = 0;
  let taken = 0;
  for (const pending of waiting) {
    if (texts >= maxTexts || chars >= maxChars) break;
    taken++;
    if (pending.claim !== claim || claim.superseded !== undefined) {
      stale.push(pending);
      continue;
    }
    group.push(pending);
    texts++;
    for (const { records } of pending.commit.writes) {
      texts += 1 + records.length;
      for (const record of records) chars += record.length;
    }
  }
  return { group, stale, rest: waiting.slice(taken) };
}
