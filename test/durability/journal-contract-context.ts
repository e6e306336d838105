/** What the laws of the journal contract share: a storage, what was opened on it, and commits and texts to try. */
import type {
  Commit,
  CommitResult,
  Journal,
  JournalHealth,
  JournalImage,
  ProcessWrite,
  Superseded,
} from "../../durability/journal/journal.js";

/** One empty place to keep a journal in; driver instances come and go on it. */
export interface JournalStorage {
  /** What happens when a second instance claims while the first is open: it takes over, or it is refused with CONFLICT. */
  readonly second: "fences" | "refused";
  open(events: { health(health: JournalHealth): void; lost(why: Superseded, detail: string): void }): Promise<Journal>;
  /** Called after every journal was closed. */
  dispose(): Promise<void>;
}

export interface Opened {
  readonly journal: Journal;
  readonly lost: Superseded[];
  readonly health: JournalHealth[];
}

export interface ContractContext {
  storage(): JournalStorage;
  open(): Promise<Opened>;
  claimed(): Promise<Opened & { readonly image: JournalImage }>;
  reopened(before: Opened): Promise<Opened & { readonly image: JournalImage }>;
}

export const committed: CommitResult = { kind: "committed" };
/** Long enough for any commit under way. */
export const graceMs = 10_000;

/** A commit with only what the test is about. */
export function commitOf(number: number, writes: readonly Partial<ProcessWrite>[], rest: Partial<Commit> = {}): Commit {
  return {
    number,
    writes: writes.map((write, index) => ({ id: `p${index}`, reset: false, records: [], state: "s", ...write })),
    sources: [],
    dropSources: [],
    ...rest,
  };
}

/** Any characters, at most 1000 bytes of UTF-8. */
export const awkwardIds = [
  "0",
  " ",
  "a b",
  "a/b",
  "a/b/c",
  "a//",
  "a",
  "a:b{c}d",
  "{tag}",
  `quotes " ' \``,
  "back\\slash",
  "nul\0in the middle",
  "nul at the end\0",
  "line\nfeed\r\ttab\x7f",
  "*?[a-z]",
  "..",
  "ünïcödé",
  "漢字",
  "🦜".repeat(250),
  "x".repeat(1000),
  `${"x".repeat(999)}y`,
  "__proto__",
  "constructor",
  "1e3",
  "\uffff",
  "\u0000",
];

export const awkwardTexts = [
  "",
  " ",
  "\0",
  "a\0b\0",
  "ünïcödé 漢字 🦜 \u2028 \ufeff",
  JSON.stringify({ lone: "\ud800", pair: "\ud83e\udd9c", nul: "\0" }),
  '"\\ud800 \\udfff"',
  "\r\n",
  "x".repeat(100_000),
];
