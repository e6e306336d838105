/** Numbers that the programs of several subjects agree on. */

/** W2: messages that a sender sends before it lets others have a turn. */
export const perTurn = 100;

/** W3: children that have not answered yet. */
export const outstanding = 1_000;

/** W5: children of each process. */
export const branches = 10;

/** How many each sender sends. */
export function shares(count: number, senders: number): number[] {
  const share = Math.floor(count / senders);
  const rest = count - share * senders;
  return Array.from({ length: senders }, (_, n) => (n < rest ? share + 1 : share));
}

/** What the sink has to have at the end: each share is the sum of 0, 1, ... */
export function sumOf(shares: readonly number[]): number {
  return shares.reduce((sum, share) => sum + (share * (share - 1)) / 2, 0);
}

/** The leaves below each child, as ranges. */
export function ranges(from: number, size: number): { readonly from: number; readonly size: number }[] {
  let start = from;
  return shares(size, branches)
    .filter((share) => share > 0)
    .map((share) => {
      start += share;
      return { from: start - share, size: share };
    });
}
